"""One funded project: its ceiling, what the ARS decided, its instalments, its cash, its ledger; opening one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.funding.models import Line
from archipel.programmes.funding.pages import shell
from archipel.programmes.funding.pages.charts import cash_chart
from archipel.programmes.funding.queries.activity import group_parties
from archipel.programmes.funding.queries.programme import Programme
from archipel.programmes.funding.queries.projects import ProjectMoney, project
from archipel.programmes.funding.rules.ledger import standing
from archipel.programmes.funding.services import ledger, opening
from archipel.programmes.funding.services.ledger import Entry, may_write
from archipel.programmes.funding.values import KIND_LABELS, Fact, Kind

FORMS = (Kind.OCTROI, Kind.REFUS, Kind.CONDITION, Kind.ENCAISSEMENT, Kind.COFINANCEMENT, Kind.DEPENSE_PREVUE,
         Kind.DEPENSE)  # fmt: skip
_STATES = {"depose": "depose", "retenu": "retenu", "refuse": "refuse", "solde": "solde"}


def _shown(request: HttpRequest, held: ProjectMoney, error: str = "", nature: str = "") -> HttpResponse:
    scope = shell.scope_of(request)
    names = shell.names(sorted({party.ej for party in held.perimeter}))
    context = {
        "titre": held.title,
        "p": held,
        "etat": _STATES[held.state],
        "lignes": list(_lines(scope, held, names)),
        "graphique": cash_chart(held.cash, timezone.now(), "Trésorerie du projet"),
        "tresorerie": [(line, names.get(line.establishment, line.establishment)) for line in held.cash],
        "criteres": [(one, held.position.reasons.get(one.id, "")) for one in held.programme.criteria],
        "motif": next((one.text for one in reversed(standing(held.facts)) if one.kind is Kind.OCTROI), ""),
        "formulaires": [kind for kind in FORMS if _offered(scope, held, kind)],
        "entites": sorted(names.items(), key=lambda one: one[1]),
        "exercices": held.programme.years or (timezone.localdate().year,),
        "saisi": request.POST,
        "error": error,
        "nature": nature,
        "aujourd_hui": timezone.localdate(),
        "fil": shell.trail((held.title, "")),
    }
    return render(request, "funding/projet.html", context, status=422 if error else 200)


def _offered(scope: Scope, held: ProjectMoney, kind: Kind) -> bool:
    if held.dossier is not None and kind in ledger.DECIDED_ELSEWHERE:
        return False
    if kind in (Kind.CONDITION, Kind.ENCAISSEMENT) and held.position.granted is None:
        return False
    return any(may_write(scope, held, kind, party.ej) for party in held.perimeter)


def _lines(scope: Scope, held: ProjectMoney, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    undone = {fact.undoes: fact for fact in held.facts if fact.undoes is not None}
    labels = {one.id: one.label for one in held.programme.criteria}
    parties = {party.finess: party.name for party in held.perimeter}
    instalments = {one.id: one.label or one.id for one in held.programme.instalments}
    for fact in reversed(held.facts):
        free = fact.kind not in (Kind.ANNULATION, Kind.PERIMETRE) and fact.id not in undone
        yield {
            "f": fact,
            "libelle": KIND_LABELS[fact.kind],
            "entite": names.get(fact.establishment, fact.establishment),
            "echeance": instalments.get(fact.instalment, fact.instalment),
            "motifs": [(labels.get(key, key), text) for key, text in fact.reasons.items()],
            "perimetre": [parties.get(code, code) for code in fact.perimeter],
            "annulee": undone.get(fact.id),
            "peut": free and not fact.source and may_write(scope, held, fact.kind, fact.establishment),
        }


@require_safe
@shell.seeing
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """The project as it is known at a date."""
    return _shown(request, project(number, shell.day_in(request.GET)))


def _entry(request: HttpRequest) -> Entry:
    post = request.POST
    try:
        kind = Kind(post.get("nature", ""))
    except ValueError:
        raise Invalid("Nature de ligne inconnue.", code="nature") from None
    reasons = {name.removeprefix("motif_"): post.get(name, "") for name in post if name.startswith("motif_")}
    return Entry(
        kind=kind,
        effective_on=shell.day_in(post, "date") or timezone.localdate(),
        amount=shell.amount_in(post, "montant"),
        establishment=post.get("entite", ""),
        year=shell.whole_in(post, "exercice"),
        instalment=post.get("echeance", ""),
        reasons=reasons,
        text=post.get("texte", ""),
    )


@require_POST
@shell.seeing
def write(request: HttpRequest, number: int) -> HttpResponse:
    """Add a line to the ledger; what was typed is kept when it is refused."""
    scope, nature = shell.scope_of(request), request.POST.get("nature", "")
    try:
        with transaction.atomic():
            entry = _entry(request)
            ledger.write(scope=scope, project_id=number, entry=entry)
    except ArchipelError as refused:
        if refused.http_status in (403, 404):
            raise
        return _shown(request, project(number), refused.message, nature)
    messages.success(request, f"{KIND_LABELS[entry.kind]} : enregistré au journal.")
    return HttpResponseRedirect(reverse("funding:projet", args=[number]))


@require_POST
@shell.seeing
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """Take a line back, with the reason."""
    line = Line.objects.filter(pk=number).first()
    try:
        with transaction.atomic():
            ledger.undo(scope=shell.scope_of(request), line=number, reason=request.POST.get("motif", ""))
    except ArchipelError as refused:
        if refused.http_status in (403, 404) or line is None:
            raise
        return _shown(request, project(line.project_id), refused.message)
    assert line is not None  # the service has found it
    messages.success(request, "Ligne annulée ; elle reste au journal.")
    return HttpResponseRedirect(reverse("funding:projet", args=[line.project_id]))


# --- opening


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def create(request: HttpRequest) -> HttpResponse:
    """Open a project: theme, title, bearer, parties. A plan of the optimiser fills the form."""
    scope = shell.scope_of(request)
    scope.require(Capability.GERER_PROGRAMMES)
    given = request.POST if request.method == "POST" else request.GET
    about, error = shell.programme_in(given), ""
    if request.method == "POST" and about is not None:
        try:
            return _opened(request, about)
        except ArchipelError as refused:
            if refused.http_status == 403:
                raise
            error = refused.message
    groups = shell.groups(scope)
    group = given.get("ght", "") or (groups[0][0] if groups else "")
    parties = group_parties(group, about.activity_fact, timezone.localdate()) if about and group else []
    context = {
        "titre": "Ouvrir un projet",
        "programme": about,
        "groupes": groups,
        "ght": group,
        "etablissements": [(party, party.finess in given.getlist("etablissement")) for party in parties],
        "porteurs": [party for party in parties if scope.may(Capability.GERER_PROGRAMMES, party.ej)],
        "saisi": given,
        "error": error,
        "fil": shell.trail(("Ouvrir un projet", "")),
    }
    return render(request, "funding/ouvrir.html", context, status=422 if error else 200)


def _opened(request: HttpRequest, about: Programme) -> HttpResponse:
    post = request.POST
    bearer = post.get("porteur", "")
    if not bearer:
        raise Invalid("Choisissez l'établissement porteur.", code="porteur", field="porteur")
    others = [code for code in post.getlist("etablissement") if code != bearer]
    with transaction.atomic():
        made = opening.open_project(
            scope=shell.scope_of(request), pack=about.id, version=about.version, theme=post.get("thematique", ""),
            title=post.get("intitule", ""), perimeter=[bearer, *others],
        )  # fmt: skip
    messages.success(request, "Projet ouvert.")
    return HttpResponseRedirect(reverse("funding:projet", args=[made]))


# --- export


@require_safe
@shell.seeing
def ledger_export(request: HttpRequest, number: int) -> HttpResponse:
    """The ledger of a project as CSV or XLSX."""
    held = project(number)
    columns = ("N°", "Nature", "Montant (€)", "Entité", "Exercice", "Échéance", "Motifs", "Texte", "Date d'effet",
               "Enregistré le", "Par", "Par l'ARS", "Annule la ligne", "Décidé dans")  # fmt: skip
    return shell.table_response(request, f"financement-journal-{number}", columns, map(_exported, held.facts))


def _exported(fact: Fact) -> tuple[object, ...]:
    why = " ; ".join(f"{key} : {text}" for key, text in fact.reasons.items())
    return (
        fact.id, KIND_LABELS[fact.kind], fact.amount, fact.establishment, fact.year, fact.instalment, why,
        fact.text or " ".join(fact.perimeter), fact.effective_on, fact.recorded_at, fact.actor, fact.by_authority,
        fact.undoes, fact.source,
    )  # fmt: skip


urlpatterns = [
    path("programmes/financement/projets/nouveau/", create, name="ouvrir"),
    path("programmes/financement/projets/<int:number>/", detail, name="projet"),
    path("programmes/financement/projets/<int:number>/ecrire", write, name="ecrire"),
    path("programmes/financement/projets/<int:number>/export", ledger_export, name="journal-export"),
    path("programmes/financement/lignes/<int:number>/annuler", undo, name="annuler"),
]
