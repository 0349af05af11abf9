"""The history of payments of past programmes."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.facts.pages import shell
from archipel.programmes.facts.queries.payments import payments
from archipel.programmes.facts.queries.table import subjects_in_scope
from archipel.programmes.facts.rules.importing import PAYMENT_COLUMNS
from archipel.programmes.facts.rules.payments import PROGRAMMES
from archipel.programmes.facts.rules.typed import decimal_of
from archipel.programmes.facts.services import payments as service
from archipel.programmes.facts.services.subjects import may_write, place, resolve
from archipel.programmes.facts.values import PAYMENT_KINDS, Maille, Payment, PaymentKind
from archipel.programmes.perimetre import public as perimetre

FIELDS = ("finess", "programme", "nature", "montant", "date", "source", "libelle", "preuve")


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def listing(request: HttpRequest) -> HttpResponse:
    """The payments received, and the form that records one."""
    scope, error = shell.scope_of(request), ""
    if request.method == "POST":
        try:
            return _record(request)
        except ArchipelError as found:
            if found.http_status in (403, 404):
                raise
            error = found.message
    names = subjects_in_scope(scope, perimetre.graph())
    every = request.GET.get("tout") == "1"
    rows = [one for one in payments(replaced=every) if _kept(request, one)]
    owned = [
        (s.code, name) for s, name in names.items()
        if s.maille is Maille.FINESS_PMSI and may_write(scope, place(s, timezone.localdate()))
    ]  # fmt: skip
    context = {
        "titre": "Versements des programmes passés",
        "lignes": [(one, names.get(one.subject, ""), PROGRAMMES.get(one.programme, one.programme),
                    PAYMENT_KINDS[one.kind]) for one in rows],
        "total": sum((one.amount for one in rows if not one.replaced and not one.retracted), Decimal(0)),
        "programmes": PROGRAMMES.items(),
        "natures": [(kind.value, label) for kind, label in PAYMENT_KINDS.items()],
        "etablissements": sorted(owned, key=lambda one: one[1]),
        "valeurs": {name: request.POST.get(name, "") for name in FIELDS},
        "choix": {"programme": request.GET.get("programme", ""), "tout": every},
        "error": error,
        "fil": [("Programmes", "/programmes/"), ("Faits", reverse("facts:accueil")), ("Versements", "")],
    }  # fmt: skip
    return render(request, "facts/versements.html", context, status=422 if error else 200)


def _kept(request: HttpRequest, one: Payment) -> bool:
    programme = request.GET.get("programme", "")
    return not programme or one.programme == programme


def _record(request: HttpRequest) -> HttpResponse:
    post = request.POST
    amount = decimal_of(post.get("montant", ""))
    if amount is None:
        raise Invalid(f"« {post.get('montant', '')[:30]} » n'est pas un montant en euros.", code="versement-montant")
    if post.get("nature", "") not in {kind.value for kind in PaymentKind}:
        raise Invalid("Dites la nature du versement : d'usage, ou autre.", code="versement-nature", field="nature")
    day = shell.day_in(post, "date")
    number = service.record_payment(
        scope=shell.scope_of(request), subject=resolve(post.get("finess", ""), Maille.FINESS_PMSI, day),
        programme=post.get("programme", ""), kind=PaymentKind(post["nature"]), amount=amount, paid_on=day,
        source=post.get("source", ""), label=post.get("libelle", ""), proof=post.get("preuve", ""),
    )  # fmt: skip
    messages.success(request, f"Versement n° {number} enregistré.")
    return HttpResponseRedirect(reverse("facts:versements"))


@require_POST
@shell.seeing
def retract(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw a payment, or take its withdrawal back."""
    try:
        scope, reason = shell.scope_of(request), request.POST.get("motif", "")
        service.retract_payment(scope=scope, number=number, reason=reason)
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, "C'est enregistré ; l'historique garde tout.")
    return HttpResponseRedirect(reverse("facts:versements"))


@require_safe
@shell.seeing
def export(request: HttpRequest) -> HttpResponse:
    """The payments that hold, in the columns that the import reads."""
    rows = [
        [p.subject.code, p.programme, p.kind.value, p.amount, p.paid_on, p.source, p.label, p.proof]
        for p in payments()
        if _kept(request, p)
    ]
    return shell.table_response(request, "versements", [column.name for column in PAYMENT_COLUMNS], rows)


urlpatterns = [
    path("programmes/versements/", listing, name="versements"),
    path("programmes/versements/export", export, name="versements-export"),
    path("programmes/versements/<int:number>/retirer", retract, name="versement-retirer"),
]
