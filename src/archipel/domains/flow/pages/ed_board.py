"""The emergency departments: the list with their load, one department by step, one passage and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.flow import public as flow
from archipel.domains.flow.pages import shell
from archipel.domains.flow.public import DepartmentLoad, EdAct, EdBoard, EdPatient
from archipel.domains.flow.queries.ed_values import FEED
from archipel.domains.flow.queries.sheet_links import sheet_links
from archipel.domains.flow.services.ed import ISOLATIONS, LEVELS, NEEDS_LIMIT, ORIENTATIONS
from archipel.domains.flow.values.ed import EdFactKind, EdStep
from archipel.domains.flow.values.requests import RequestStatus
from archipel.foundation.audit.services import record_many
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.formats import PARIS, person_age
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.territory.values import FILIERE_LABELS

STEPS: dict[EdStep, tuple[str, str, str]] = {
    EdStep.ACCUEIL: ("Accueil", "login", "Arrivés, pas encore triés"),
    EdStep.TRI: ("Tri", "flag", "Au poste de tri"),
    EdStep.ATTENTE: ("Attente", "hourglass", "Triés, attendent un médecin"),
    EdStep.SOINS: ("Soins", "stethoscope", "Pris en charge"),
    EdStep.ATTENTE_AVAL: ("Attente d'aval", "bed", "Un lit est demandé"),
    EdStep.SORTIE: ("Sorties récentes", "logout", "Depuis moins de 2 h"),
}
"""Step → (words, icon, what it means)."""
LEVEL_TONES = {"1": "conflit", "2": "a_nettoyer", "3": "reserve", "4": "occupe", "5": "ferme"}
STATUS_CHIPS = {
    RequestStatus.ENVOYEE: "pending",
    RequestStatus.ACCEPTEE: "libre",
    RequestStatus.REFUSEE: "bloque",
    RequestStatus.ANNULEE: "ignored",
    RequestStatus.EXPIREE: "perime",
    RequestStatus.CLOSE: "applied",
}
"""Status of a request → state of the shell that looks like it."""
ENTRY_WORDS = {
    EdFactKind.TRI: "Tri",
    EdFactKind.PRISE_EN_CHARGE: "Prise en charge médicale",
    EdFactKind.DEMANDE_AVAL: "Lit d'aval demandé",
    EdFactKind.ANNULATION_DEMANDE: "Orientation annulée",
}
_SEEN = "urgences_lectures"
_SEEN_LIMIT = 400


# --- what is shown ------------------------------------------------------------------------------------


def trace_reading(request: HttpRequest, patients: Iterable[EdPatient], page: str, *, fresh: bool) -> None:
    """One entry per passage whose name is shown: at each opening, then for who appears while the page is open."""
    if shell.names_hidden(request):
        return
    seen: dict[str, list[str]] = request.session.get(_SEEN, {})
    known = set() if fresh else set(seen.get(page, ()))
    new = [patient for patient in patients if patient.key not in known]
    if not new:
        return
    for establishment in sorted({patient.establishment for patient in new}):
        record_many(
            scope=shell.scope_of(request),
            action="urgences.lecture",
            establishment=establishment,
            object_type="venue",
            object_keys=[patient.key for patient in new if patient.establishment == establishment],
            details={"page": page},
        )
    request.session[_SEEN] = {page: sorted(known | {patient.key for patient in new})[:_SEEN_LIMIT]}


def shown(patient: EdPatient) -> dict[str, Any]:
    """A passage as the templates read it."""
    orientation, request = patient.orientation, patient.request
    return {
        "p": patient,
        "nom": f"{patient.nom.upper()} {patient.prenom}".strip() or "Identité inconnue",
        "niveau": patient.status.triage_level,
        "ton": LEVEL_TONES.get(patient.status.triage_level, ""),
        "etape": "Sortie" if patient.step is EdStep.SORTIE else STEPS[patient.step][0],
        "age": person_age(patient.naissance, clock.now().astimezone(PARIS).date()),
        "orientation": orientation,
        "par_messages": orientation is not None and orientation.source == FEED,
        "demande": request if request and (request.status is not RequestStatus.CLOSE) else None,
        "puce": STATUS_CHIPS[request.status] if request else "",
        "mot": _request_word(patient),
    }


def _request_word(patient: EdPatient) -> str:
    if patient.request is None:
        return ""
    return {
        RequestStatus.ENVOYEE: "Lit demandé",
        RequestStatus.ACCEPTEE: "Lit réservé",
        RequestStatus.REFUSEE: "Lit refusé",
        RequestStatus.ANNULEE: "Demande annulée",
        RequestStatus.EXPIREE: "Demande expirée",
        RequestStatus.CLOSE: "Demande terminée",
    }[patient.request.status]


@login_required
@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """How busy are the emergency departments of the group?"""
    loads = flow.ed_loads(scope=shell.scope_of(request))
    context = {
        "titre": "Urgences",
        "services": loads,
        "presents": sum(load.present for load in loads),
        "attente": sum(load.waiting for load in loads),
        "aval": sum(load.steps[EdStep.ATTENTE_AVAL] for load in loads),
        "lignes": [(load, [load.steps[step] for step in STEPS]) for load in loads],
        "etapes": [(step.value, *STEPS[step]) for step in STEPS],
        "plus_ancien": min((load.heard_at for load in loads if load.heard_at), default=None),
    }
    return render(request, "flow/_urgences.html" if shell.is_fragment(request) else "flow/urgences.html", context)


def _load_row(load: DepartmentLoad) -> list[object]:
    return [
        load.establishment_name,
        load.site.name,
        load.site.finess,
        load.present,
        load.places,
        *(load.steps[step] for step in STEPS),
        load.oldest_wait,
        load.oldest_downstream,
        load.heard_at,
    ]


@login_required
@require_safe
def departments_export(request: HttpRequest) -> HttpResponse:
    """The list as a file."""
    titles = ["Établissement", "Site", "FINESS", "Présents", "Places de soins", *(STEPS[step][0] for step in STEPS)]
    titles += ["Attend un médecin depuis", "Attend un lit depuis", "Dernier message"]
    return shell.table_response(
        request, "urgences", titles, map(_load_row, flow.ed_loads(scope=shell.scope_of(request)))
    )


def _board(request: HttpRequest, eg: str) -> EdBoard:
    return flow.ed_board(scope=shell.scope_of(request), site=eg)


@login_required
@require_safe
def board(request: HttpRequest, eg: str) -> HttpResponse:
    """Who is in this department, at which step, since when?"""
    found = _board(request, eg)
    fragment = shell.is_fragment(request)
    trace_reading(request, found.patients, f"urgences:{eg}", fresh=not fragment)
    load = found.load
    topics = [f"flow.site:{eg}", *(f"flow.uf:{load.site.establishment}:{code}" for code in found.ufs)]
    context = {
        "titre": f"Urgences · {load.site.name}",
        "tableau": found,
        "service": load,
        "colonnes": [
            (step.value, *STEPS[step], load.steps[step], [shown(p) for p in found.at_step(step)]) for step in STEPS
        ],
        "aval": load.steps[EdStep.ATTENTE_AVAL],
        "sujets": " ".join(topics),
        "vue": "tableau" if request.GET.get("vue") == "tableau" else "colonnes",
        "peut_agir": shell.scope_of(request).may(Capability.GERER_URGENCES, load.site.establishment),
        "fil": [("Urgences", reverse("flow:urgences")), (load.site.name, "")],
    }
    template = "flow/_urgences_site.html" if fragment else "flow/urgences_site.html"
    return render(request, template, context)


@login_required
@require_safe
def board_export(request: HttpRequest, eg: str) -> HttpResponse:
    """The department as a file: with names where the screen shows them, and a trace."""
    found = _board(request, eg)
    hidden = shell.names_hidden(request)
    trace_reading(request, found.patients, f"export:{eg}", fresh=True)
    titles = [
        "Étape", "Tri", "Nom", "Prénom", "Naissance", "Sexe", "Place", "Arrivée", "À cette étape depuis",
        "Orientation", "Source", "Demande de lit",
    ]  # fmt: skip
    rows = (
        [
            STEPS[p.step][0], p.status.triage_level, "" if hidden else p.nom, "" if hidden else p.prenom,
            None if hidden else p.naissance, p.sexe, p.place_label, p.status.arrived_at, p.status.since,
            p.orientation.label if p.orientation else "", p.orientation.source if p.orientation else "",
            _request_word(p),
        ]
        for step in STEPS
        for p in found.at_step(step)
    )  # fmt: skip
    return shell.table_response(request, f"urgences-{eg}", titles, rows)


# --- one passage --------------------------------------------------------------------------------------


def patient_context(request: HttpRequest, patient: EdPatient) -> dict[str, Any]:
    """All that the sheet of a passage shows."""
    scope, site = shell.scope_of(request), flow.site_of(patient)
    establishment = patient.establishment
    taken_back = [entry for entry in patient.entries if entry.kind in ENTRY_WORDS]
    return {
        "titre": "Passage aux urgences",
        "fiche": shown(patient),
        "p": patient,
        "site": site,
        "parcours": [(STEPS[step][0], STEPS[step][1], at) for step, at in patient.status.steps],
        "saisies": [(entry, ENTRY_WORDS[entry.kind], _entry_text(entry.details)) for entry in taken_back],
        "niveaux": LEVELS,
        "filieres": [(code, FILIERE_LABELS[code]) for code in ORIENTATIONS],
        "isolements": ISOLATIONS,
        "besoins_max": NEEDS_LIMIT,
        "present": patient.step is not EdStep.SORTIE,
        "peut_agir": scope.may(Capability.GERER_URGENCES, establishment),
        "peut_demander": scope.may(Capability.DEMANDER_LIT, establishment),
        "peut_resumer": scope.may(Capability.SAISIR_RPU, establishment),
        "prise_en_charge": any(entry.kind is EdFactKind.PRISE_EN_CHARGE for entry in patient.entries),
        "saisie_orientation": patient.status.request is not None,
        "source_messages": FEED,
        "liens": sheet_links(scope, patient),
        "fil": [
            ("Urgences", reverse("flow:urgences")),
            ("Tableau du service", reverse("flow:urgences-site", args=[site]) if site else ""),
            ("Passage", ""),
        ],
    }


def _entry_text(details: Any) -> str:
    if "niveau" in details:
        return f"niveau {details['niveau']}"
    parts = [FILIERE_LABELS.get(details.get("filiere", ""), ""), details.get("isolement", "")]
    return ", ".join(part for part in [*parts, details.get("besoins", ""), details.get("motif", "")] if part)


def _sheet(request: HttpRequest, venue: int) -> HttpResponse:
    patient = flow.ed_patient(scope=shell.scope_of(request), venue=venue)
    trace_reading(request, [patient], f"passage:{venue}", fresh=request.method == "GET")
    template = "flow/_urgences_patient.html" if shell.is_htmx(request) else "flow/urgences_patient.html"
    return render(request, template, patient_context(request, patient))


@login_required
@require_safe
def sheet(request: HttpRequest, venue: int) -> HttpResponse:
    """Where does this passage stand, who said so, and what can be done?"""
    return _sheet(request, venue)


def _triage(request: HttpRequest, scope: Scope, venue: int) -> EdAct:
    text = request.POST.get("niveau", "")
    if not text.isdigit():
        raise Invalid("Choisissez le niveau de tri, de 1 à 5.", code="niveau-tri", field="niveau")
    return flow.record_triage(scope=scope, venue=venue, level=int(text))


def _orient(request: HttpRequest, scope: Scope, venue: int) -> EdAct:
    return flow.ask_orientation(
        scope=scope,
        venue=venue,
        filiere=request.POST.get("filiere", ""),
        sexe=request.POST.get("sexe", ""),
        isolation=request.POST.get("isolement", ""),
        needs=request.POST.get("besoins", ""),
    )


ACTS: dict[str, Callable[[HttpRequest, Scope, int], EdAct]] = {
    "tri": _triage,
    "prise_en_charge": lambda r, s, v: flow.record_medical_start(scope=s, venue=v),
    "orienter": _orient,
    "desorienter": lambda r, s, v: flow.cancel_orientation(scope=s, venue=v, reason=r.POST.get("motif", "")),
}


@login_required
@require_POST
def act(request: HttpRequest, venue: int) -> HttpResponse:
    """Do one of :data:`ACTS`; the sheet comes back up to date, with a notice that can undo it."""
    action = request.POST.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    return _answer(request, venue, lambda: ACTS[action](request, shell.scope_of(request), venue))


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back one entry: ``fait`` is its number."""
    text = request.GET.get("fait", "")
    if not text.isdigit():
        raise Invalid("La saisie à annuler n'est pas indiquée.", code="fait")
    done = flow.undo_ed(scope=shell.scope_of(request), fact=int(text))
    return _answer(request, done.venue, lambda: done)


def _answer(request: HttpRequest, venue: int, do: Callable[[], EdAct]) -> HttpResponse:
    try:
        done = do()
    except ArchipelError as error:
        if shell.is_htmx(request) or error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("flow:urgences-patient", args=[venue]))
    undo_url = f"{reverse('flow:urgences-annuler')}?{urlencode({'fait': done.fact})}"
    if not shell.is_htmx(request):
        messages.success(request, done.message)
        return HttpResponseRedirect(reverse("flow:urgences-patient", args=[done.venue]))
    patient = flow.ed_patient(scope=shell.scope_of(request), venue=done.venue)
    context = patient_context(request, patient) | {"message": done.message, "undo_url": undo_url, "annonce": True}
    return render(request, "flow/_urgences_patient.html", context)


urlpatterns = [
    path("urgences/", departments, name="urgences"),
    path("urgences/export", departments_export, name="urgences-export"),
    path("urgences/annuler", undo, name="urgences-annuler"),
    path("urgences/patients/<int:venue>/", sheet, name="urgences-patient"),
    path("urgences/patients/<int:venue>/agir", act, name="urgences-agir"),
    path("urgences/<str:eg>/", board, name="urgences-site"),
    path("urgences/<str:eg>/export", board_export, name="urgences-site-export"),
]
