"""One document: write it, validate it, see where it goes and what became of it, send it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.passages.documents import registry
from archipel.passages.documents.models import Document
from archipel.passages.documents.pages.common import is_fragment, look, names_hidden, scope_of, trace
from archipel.passages.documents.queries import detail, listing
from archipel.passages.documents.queries.detail import Detail
from archipel.passages.documents.services import following, preparing, validating
from archipel.passages.documents.services.validating import Refused
from archipel.passages.documents.values import FLAGS, KINDS, SECTIONS, DeliveryState, Flags, Kind, Recipient
from archipel.passages.documents.values.content import PATIENT_DOMAIN

TARGETS = {"dmp": "DMP"}
RECIPIENT_KINDS = (
    ("ps", "Professionnel"), ("ehpad", "EHPAD"), ("organisation", "Service ou établissement"),
    ("application", "Boîte applicative"),
)  # fmt: skip
MASKS = (
    ("masque_ps", "Masquer aux autres professionnels de santé"),
    ("invisible_patient", "Ne pas rendre visible au patient (avant une consultation d'annonce, par exemple)"),
    ("invisible_rep_legaux", "Ne pas rendre visible aux représentants légaux (mineur)"),
    ("secret", "Séjour secret : connexion secrète au DMP"),
)
DELIVERY_LOOKS = {
    DeliveryState.A_ENVOYER: "a_envoyer",
    DeliveryState.EN_COURS: "en_cours",
    DeliveryState.ACCEPTE: "applied",
    DeliveryState.REJETE: "echec",
    DeliveryState.INCERTAIN: "a_verifier",
    DeliveryState.ANNULE: "document_abandonne",
}


def _context(request: HttpRequest, scope: Scope, found: Detail) -> dict[str, Any]:
    place = found.establishment
    row = Document.objects.get(pk=found.number)
    routing = validating.routing_of(row) if found.draft else None
    flags = routing.flags if routing else Flags(**found.flags) if found.flags else Flags()
    return {
        "titre": found.label,
        "d": found,
        "etat": look(found.state),
        "rubriques": [(name, title, found.sections.get(name, "")) for name, title in SECTIONS.items()],
        "masques": [(name, text, bool(found.wishes.get(name))) for name, text in MASKS],
        "drapeaux": [(label, getattr(flags, name)) for _, name, label in FLAGS],
        "raisons": routing.reasons if routing else found.reasons,
        "part": flags.anywhere,
        "voies": [one.label for one in registry.channels() if one.ready(place)],
        "envois": [(one, DELIVERY_LOOKS[one.state]) for one in found.deliveries],
        "destinations": [(_target(name), told) for name, told in found.outcomes.items()],
        "types_destinataire": RECIPIENT_KINDS,
        "annuaire": listing.correspondents(place),
        "peut_valider": scope.may(Capability.VALIDER_DOCUMENTS, place),
        "peut_suivre": scope.may(Capability.VALIDER_DOCUMENTS, place) or scope.may(Capability.GERER_MESSAGES, place),
        "autre": Kind.FLUDR if found.kind is Kind.CR_PASSAGE else None,
        "fil": [("Documents", reverse("documents:liste")), (f"N° {found.number}", "")],
    }


def _target(name: str) -> str:
    if name.endswith(f"@{PATIENT_DOMAIN}"):
        return "Messagerie du patient (Mon espace santé)"
    return TARGETS.get(name, name)


def _show(request: HttpRequest, number: int, *, errors: list[str] | None = None, status: int = 200) -> HttpResponse:
    scope = scope_of(request)
    found = detail.document(scope=scope, number=number)
    if not names_hidden(request) and not is_fragment(request):
        trace(request, "documents.lecture", [(found.establishment, found.number)])
    context = _context(request, scope, found) | {"erreurs": errors or []}
    template = "documents/_fiche.html" if is_fragment(request) else "documents/fiche.html"
    return render(request, template, context, status=status)


@login_required
@require_safe
def sheet(request: HttpRequest, number: int) -> HttpResponse:
    """What does this document say, where does it go, what became of it?"""
    return _show(request, number)


@login_required
@require_safe
def readable_page(request: HttpRequest, number: int) -> HttpResponse:
    """The PDF, as validated."""
    scope = scope_of(request)
    content = detail.page(scope=scope, number=number)
    found = detail.document(scope=scope, number=number)
    trace(request, "documents.page", [(found.establishment, number)])
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="document-{number}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


# --- acts ---------------------------------------------------------------------------------------------


def _recipients(request: HttpRequest) -> list[Recipient]:
    found = [
        Recipient(one.name, one.address, one.kind, one.identifier)
        for one in listing.correspondents(request.POST.get("etablissement", ""))
        if str(one.pk) in request.POST.getlist("correspondant")
    ]
    address = request.POST.get("adresse", "").strip()
    if address:
        kind = request.POST.get("adresse_type", "ps")
        known = {code for code, _ in RECIPIENT_KINDS}
        name = request.POST.get("adresse_nom", "").strip() or address
        found.append(Recipient(name[:120], address, kind if kind in known else "ps", _number(request)))
    kept = request.POST.getlist("garder")
    addresses = {one.address for one in found}
    for one in detail.document(scope=scope_of(request), number=int(request.POST["document"])).recipients:
        if one["address"] in kept and one["address"] not in addresses:
            found.append(Recipient(**one))
    return found


def _number(request: HttpRequest) -> str:
    return "".join(c for c in request.POST.get("adresse_numero", "") if c.isalnum())[:14]


def _write(request: HttpRequest, scope: Scope, number: int) -> str:
    validating.write(
        scope=scope,
        document=number,
        sections={name: request.POST.get(f"r_{name}", "") for name in SECTIONS},
        recipients=_recipients(request),
        wishes={name: request.POST.get(name) == "1" for name in validating.WISHES},
        secret=request.POST.get("secret") == "1",
    )
    return "Enregistré."


def _validate(request: HttpRequest, scope: Scope, number: int) -> str:
    _write(request, scope, number)
    validating.validate(scope=scope, document=number)
    return "Document validé : il est contrôlé, puis il part."


def _doubt(request: HttpRequest, scope: Scope, number: int, *, sent: bool) -> str:
    text = request.POST.get("envoi", "")
    if not text.isdigit():
        raise Invalid("Le message en doute n'est pas indiqué.", code="envoi")
    following.settle_doubt(scope=scope, document=number, delivery=int(text), sent=sent)
    return "Doute levé."


def _resend(request: HttpRequest, scope: Scope, number: int) -> str:
    following.resend(scope=scope, document=number)
    return "Nouvel envoi demandé."


def _abandon(request: HttpRequest, scope: Scope, number: int) -> str:
    following.abandon(scope=scope, document=number, reason=request.POST.get("motif", ""))
    return "Document abandonné."


ACTS: dict[str, Callable[[HttpRequest, Scope, int], str]] = {
    "ecrire": _write,
    "valider": _validate,
    "renvoyer": _resend,
    "parti": lambda r, s, n: _doubt(r, s, n, sent=True),
    "pas_parti": lambda r, s, n: _doubt(r, s, n, sent=False),
    "abandonner": _abandon,
}


@login_required
@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Do one of :data:`ACTS`; a refusal names each element, and nothing typed is lost."""
    action = request.POST.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    try:
        done = ACTS[action](request, scope_of(request), number)
    except Refused as refused:
        return _show(request, number, errors=[str(one) for one in refused.problems], status=422)
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        return _show(request, number, errors=[error.message], status=error.http_status)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("documents:document", args=[number]))


@login_required
@require_POST
def correct(request: HttpRequest, number: int) -> HttpResponse:
    """Open the next version."""
    fresh = validating.correct(scope=scope_of(request), document=number)
    return HttpResponseRedirect(reverse("documents:document", args=[fresh]))


@login_required
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Prepare a document of a passage by hand."""
    venue, kind = request.POST.get("venue", ""), request.POST.get("type", "")
    if not venue.lstrip("-").isdigit() or kind not in {one.value for one in KINDS}:
        raise Invalid("Choisissez le passage et le type de document.", code="document")
    number = preparing.prepare(scope=scope_of(request), venue=int(venue), kind=Kind(kind))
    return HttpResponseRedirect(reverse("documents:document", args=[number]))


urlpatterns = [
    path("documents/preparer", prepare, name="preparer"),
    path("documents/<int:number>/", sheet, name="document"),
    path("documents/<int:number>/page", readable_page, name="page"),
    path("documents/<int:number>/agir", act, name="agir"),
    path("documents/<int:number>/corriger", correct, name="corriger"),
]
