"""The search for a downstream bed, and the requests sent and received."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages import shell
from archipel.domains.flow.pages.ed_board import STATUS_CHIPS, patient_context, shown, trace_reading
from archipel.domains.flow.pages.neighbours import elsewhere
from archipel.domains.flow.public import BedKey, EdPatient, RequestAct, RequestLine
from archipel.domains.flow.queries.requests import Side
from archipel.domains.flow.services.ed import ISOLATIONS, ORIENTATIONS
from archipel.domains.flow.values.ranking import BedRequest
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import ArchipelError, Invalid, NotFound
from archipel.territory.values import FILIERE_LABELS

SEPARATOR = "|"
SIDES = {Side.RECUE: "Reçue", Side.ENVOYEE: "Envoyée", Side.INTERNE: "Interne"}


def bed_of(text: str) -> BedKey:
    """The bed named by a form: ``establishment|uf|chambre|lit``. Raises Invalid."""
    parts = text.split(SEPARATOR)
    if len(parts) != 4 or not parts[0] or not parts[1]:
        raise Invalid("Choisissez un lit dans la liste.", code="lit-manquant", field="lit")
    return BedKey(*parts)


# --- search -------------------------------------------------------------------------------------------


def _wanted(request: HttpRequest, patient: EdPatient) -> dict[str, str]:
    """What the form asks for, else what was said of the orientation."""
    said = patient.orientation
    filiere = request.GET.get("filiere", said.filiere if said else "")
    given = "filiere" in request.GET
    sexe = request.GET.get("sexe", "") if given else (said.sexe if said else "") or patient.sexe
    isolement = request.GET.get("isolement", "") if given else said.isolement if said else ""
    return {
        "filiere": filiere if filiere in ORIENTATIONS else "",
        "sexe": sexe if sexe in ("F", "M") else "",
        "isolement": isolement if isolement in ISOLATIONS else "",
        "seule": "1" if request.GET.get("seule") == "1" else "",
        "besoins": said.needs if said else "",
    }


@login_required
@require_safe
def search(request: HttpRequest, venue: int) -> HttpResponse:
    """Which bed of the group suits this patient, and why?"""
    scope = shell.scope_of(request)
    patient = flow.ed_patient(scope=scope, venue=venue)
    scope.require(Capability.DEMANDER_LIT, patient.establishment)
    trace_reading(request, [patient], f"recherche:{venue}", fresh=True)
    wanted = _wanted(request, patient)
    found = None
    if wanted["filiere"]:
        asked = BedRequest(
            filiere=wanted["filiere"],
            sexe=wanted["sexe"],
            isolement=wanted["isolement"],
            age=patient.age,
            origin_eg=flow.site_of(patient),
            single_room=bool(wanted["seule"]),
        )
        found = flow.search_beds(scope=scope, request=asked)
    context = patient_context(request, patient) | {
        "titre": "Chercher un lit d'aval",
        "voulu": wanted,
        "filiere_voulue": FILIERE_LABELS.get(wanted["filiere"], ""),
        "resultat": found,
        "ailleurs": elsewhere(scope=scope, filiere=wanted["filiere"], finess=flow.site_of(patient)) if found else [],
        "reserve_ici": scope.may(Capability.GERER_LITS, patient.establishment),
        "separateur": SEPARATOR,
    }
    context["fil"] = [
        *context["fil"][:2],
        ("Passage", reverse("flow:urgences-patient", args=[venue])),
        ("Lit d'aval", ""),
    ]
    return render(request, "flow/urgences_recherche.html", context)


@login_required
@require_POST
def ask(request: HttpRequest, venue: int) -> HttpResponse:
    """Ask for the chosen bed: reserved at once where one manages it, else a request goes to those who do."""

    def do() -> RequestAct:
        return flow.create_request(
            scope=shell.scope_of(request),
            venue=venue,
            bed=bed_of(request.POST.get("lit", "")),
            filiere=request.POST.get("filiere", ""),
            sexe=request.POST.get("sexe", ""),
            isolation=request.POST.get("isolement", ""),
            needs=request.POST.get("besoins", ""),
            force=request.POST.get("force") == "1",
        )

    return _answer(request, do, reverse("flow:urgences-recherche", args=[venue]))


# --- inbox --------------------------------------------------------------------------------------------


def _line(line: RequestLine) -> dict[str, Any]:
    return {"d": line, "puce": STATUS_CHIPS[line.status], "sens": SIDES[line.side], "ouverte": line.open}


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Which requests wait for us, and what became of ours?"""
    lines = flow.requests_of(scope=shell.scope_of(request))
    context = {
        "titre": "Demandes de lits",
        "a_repondre": [_line(line) for line in lines if line.waits_for_us],
        "en_cours": [_line(line) for line in lines if line.open and not line.waits_for_us],
        "terminees": [_line(line) for line in lines if not line.open],
        "plus_ancienne": min((line.since for line in lines if line.waits_for_us), default=None),
    }
    return render(request, "flow/_demandes.html" if shell.is_fragment(request) else "flow/demandes.html", context)


@login_required
@require_safe
def inbox_export(request: HttpRequest) -> HttpResponse:
    """The requests as a file, without identity."""
    titles = [
        "N°", "Sens", "État", "Depuis", "Filière", "Sexe", "Âge", "Isolement", "Besoins", "Origine", "Vers", "Unité",
        "Lit", "Créée", "Motif",
    ]  # fmt: skip
    rows = (
        [
            line.number, SIDES[line.side], line.status_label, line.since, line.filiere_label, line.sexe, line.age,
            line.isolation, line.needs, line.origin, line.receiving, line.unit_name, line.bed_label, line.created_at,
            line.reason,
        ]
        for line in flow.requests_of(scope=shell.scope_of(request))
    )  # fmt: skip
    return shell.table_response(request, "demandes-de-lits", titles, rows)


def _identity(request: HttpRequest, line: RequestLine) -> dict[str, Any]:
    """Who it is, where this account may know; each reading leaves a trace."""
    if shell.names_hidden(request):
        return {"identite_masquee": True}
    scope = shell.scope_of(request)
    if line.venue_id is not None:
        try:
            patient = flow.ed_patient(scope=scope, venue=line.venue_id)
        except NotFound:
            return {}
        trace_reading(request, [patient], f"demande:{line.number}", fresh=True)
        return {"identite_nom": shown(patient)["nom"], "identite_naissance": patient.naissance, "passage": patient}
    if scope.may(Capability.RECEVOIR_DEMANDE, line.receiving_establishment):
        who = flow.read_identity(scope=scope, request=line.number)
        if who is not None:
            return {"identite_nom": who.nom, "identite_naissance": who.naissance, "identite_tracee": True}
    return {}


@login_required
@require_safe
def detail(request: HttpRequest, number: int) -> HttpResponse:
    """What is asked, who asks, who answers, and what can be done?"""
    scope = shell.scope_of(request)
    line = flow.request_line(scope=scope, number=number)
    choices: list[Any] = []
    if line.may_answer:
        asked = BedRequest(line.filiere, line.sexe, line.isolation, line.age)
        choices = list(flow.search_beds(scope=scope, request=asked, establishment=line.receiving_establishment).found)
    named = (line.receiving_establishment, line.uf, line.chambre, line.lit)
    context = {
        "titre": f"Demande n° {number}",
        "ligne": _line(line),
        "d": line,
        "etapes": flow.request_steps(scope=scope, number=number),
        "choix": [
            (SEPARATOR.join((b.establishment, b.uf, b.chambre, b.lit)), b)
            for b in choices
            if (b.establishment, b.uf, b.chambre, b.lit) != named and b.state == "libre"
        ],
        "lit_demande": SEPARATOR.join(named) if line.lit else "",
        "motifs_refus": ("Plus de lit disponible", "Équipe incomplète", "Besoins non couverts", "Isolement impossible"),
        "fil": [("Demandes", reverse("flow:demandes")), (f"Demande n° {number}", "")],
        **_identity(request, line),
    }
    return render(request, "flow/demande.html", context)


def _accept(request: HttpRequest, scope: Scope, number: int) -> RequestAct:
    text = request.POST.get("lit", "")
    bed = bed_of(text) if text else None
    return flow.accept_request(scope=scope, request=number, bed=bed, force=request.POST.get("force") == "1")


ACTS: dict[str, Callable[[HttpRequest, Scope, int], RequestAct]] = {
    "accepter": _accept,
    "refuser": lambda r, s, n: flow.refuse_request(scope=s, request=n, reason=r.POST.get("motif", "")),
    "annuler": lambda r, s, n: flow.cancel_request(scope=s, request=n, reason=r.POST.get("motif", "")),
    "reprendre": lambda r, s, n: flow.undo_answer(scope=s, request=n),
}


@login_required
@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Do one of :data:`ACTS`; goes to the request, where an answer may be taken back for a few seconds."""
    action = request.POST.get("action", "") or request.GET.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    back = reverse("flow:demande", args=[number])
    return _answer(request, lambda: ACTS[action](request, shell.scope_of(request), number), back)


def _answer(request: HttpRequest, do: Callable[[], RequestAct], back: str) -> HttpResponse:
    try:
        done = do()
    except ArchipelError as error:
        if shell.is_htmx(request) or error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
        return HttpResponseRedirect(back)
    if shell.is_htmx(request):
        undo_url = f"{reverse('flow:demande-agir', args=[done.number])}?action=reprendre" if done.undoable else ""
        context = {"message": done.message, "undo_url": undo_url, "undo_label": "Reprendre"}
        return render(request, "ui/_toast.html", context)
    messages.success(request, done.message)
    return HttpResponseRedirect(reverse("flow:demande", args=[done.number]))


urlpatterns = [
    path("urgences/patients/<int:venue>/recherche/", search, name="urgences-recherche"),
    path("urgences/patients/<int:venue>/demander", ask, name="urgences-demander"),
    path("demandes/", inbox, name="demandes"),
    path("demandes/export", inbox_export, name="demandes-export"),
    path("demandes/<int:number>/", detail, name="demande"),
    path("demandes/<int:number>/agir", act, name="demande-agir"),
]
