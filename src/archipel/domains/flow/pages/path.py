"""Finding a patient, and a venue's path as it is known, or was known at a past moment."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.domains.flow.pages.timeline_svg import picture
from archipel.domains.flow.queries import path as queries
from archipel.domains.flow.queries.path import place_text
from archipel.domains.flow.values import Place
from archipel.domains.flow.values.labels import trigger_label
from archipel.foundation.audit.services import record, record_many
from archipel.foundation.scope import NOBODY, Capability, Scope
from archipel.identity import public as identity
from archipel.kernel import clock
from archipel.kernel.errors import Denied, Invalid, NotFound
from archipel.territory import public as territory

_PARIS = ZoneInfo("Europe/Paris")
_STATUS = {
    "inconnue": "inconnue",
    "preadmise": "attendue",
    "presente": "présente",
    "absente": "en permission",
    "sortie": "sortie",
    "annulee": "annulée",
}
_CRITERIA = ("ipp", "ins", "dossier", "nom", "naissance")


def encode_key(key: str) -> str:
    """A venue key as a part of an address (base64url without padding)."""
    return base64.urlsafe_b64encode(key.encode()).rstrip(b"=").decode()


def decode_key(token: str) -> str | None:
    """The venue key of an address, None when it is not one."""
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


def venue_url(establishment: str, key: str) -> str:
    """The address of a venue's path."""
    return reverse("flow:venue", args=[establishment, encode_key(key)])


def _scope(request: HttpRequest) -> Scope:
    scope = getattr(request, "scope", NOBODY)
    return scope if isinstance(scope, Scope) else NOBODY


# --- search -------------------------------------------------------------------------------------------


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Look for a patient by exact identifier, or by birth date and beginning of the name.

    Criteria are posted, so that no identity stands in an address, a history or a log.
    """
    scope = _scope(request)
    if not scope.establishments:
        scope.require(Capability.VOIR_PATIENTS)
        raise Denied("Aucun établissement ne vous est ouvert.", code="perimetre-vide")
    given = {name: request.POST.get(name, "").strip()[:80] for name in _CRITERIA}
    context: dict[str, object] = {"titre": "Recherche de patient", "given": given, "places": _names(scope)}
    status = 200
    if request.method == "POST":
        try:
            rows = _found(scope, given)
        except Invalid as refusal:
            context["problem"], status = refusal.message, refusal.http_status
        else:
            context["results"] = rows
    return render(request, "flow/recherche_patient.html", context, status=status)


def _names(scope: Scope) -> list[str]:
    names = territory.establishment_names()
    return [names.get(place, place) for place in sorted(scope.establishments)]


def _found(scope: Scope, given: dict[str, str]) -> list[dict[str, object]]:
    places = sorted(scope.establishments)
    criterion = next((name for name in ("ipp", "ins", "dossier", "nom") if given[name]), "")
    by_number: list[queries.VenueRow] = []
    if criterion == "ipp":
        patients = identity.search.by_ipp(places, given["ipp"])
    elif criterion == "ins":
        patients = identity.search.by_ins(places, given["ins"])
    elif criterion == "dossier":
        by_number = queries.venues_by_number(places, given["dossier"])
        patients = list(identity.search.by_keys((v.establishment, v.patient) for v in by_number).values())
    elif criterion == "nom":
        patients = identity.search.by_name(places, given["nom"], _birth(given["naissance"]))
    else:
        raise Invalid(
            "Donnez un IPP, un INS, un numéro de dossier, ou un nom et une date de naissance.", code="critere"
        )
    for place in sorted({p.establishment for p in patients}):
        record_many(
            scope=scope,
            action="patient.rechercher",
            establishment=place,
            object_type="patient",
            object_keys=[p.key for p in patients if p.establishment == place],
            details={"critere": criterion, "bris_de_glace": place in scope.break_glass},
        )
    venues = by_number or queries.venues_of((p.establishment, p.key) for p in patients)
    return _result_rows(patients, venues)


def _birth(text: str) -> date:
    if not text:
        raise Invalid("Avec le nom, donnez aussi la date de naissance.", code="naissance")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"« {text[:20]} » n'est pas une date : attendu AAAA-MM-JJ.", code="naissance") from error


def _result_rows(
    patients: Iterable[identity.PatientRow], venues: Iterable[queries.VenueRow]
) -> list[dict[str, object]]:
    names = territory.establishment_names()
    listed = list(venues)
    return [
        {
            "patient": one,
            "place": names.get(one.establishment, one.establishment),
            "venues": _venue_links(
                [v for v in listed if (v.establishment, v.patient) == (one.establishment, one.key)], names
            ),
        }
        for one in patients
    ]


def _venue_links(venues: Iterable[queries.VenueRow], names: dict[str, str]) -> list[dict[str, object]]:
    return [
        {"venue": v, "url": venue_url(v.establishment, v.key), "place": names.get(v.establishment, v.establishment)}
        for v in venues
    ]


# --- one venue ----------------------------------------------------------------------------------------


@never_cache
@login_required
@require_GET
def venue(request: HttpRequest, establishment: str, token: str) -> HttpResponse:
    """A venue's path: ``?au=`` where the patient was then, ``?su=`` with what was known then (Paris time)."""
    scope, key = _scope(request), decode_key(token)
    problems: list[str] = []
    at = _moment(request, "au", problems) or clock.now()
    known_at = _moment(request, "su", problems)
    found = None
    if key is not None and scope.sees_names(establishment):
        found = queries.path(establishment=establishment, key=key, at=at, known_at=known_at)
    if found is None:
        return _not_found(request)
    live = request.headers.get("Archipel-Live") == "1"
    record(
        scope=scope,
        action="venue.lire",
        establishment=establishment,
        object_type="venue",
        object_key=found.key,
        details={
            "patient": found.now.patient,
            "su_le": known_at.isoformat() if known_at else "",
            "bris_de_glace": establishment in scope.break_glass,
            "rafraichissement": live,
        },
    )
    context = {
        **_context(scope, found),
        "problems": problems,
        "given": request.GET,
        "au_choisi": bool(request.GET.get("au")),
    }
    template = "flow/parcours_corps.html" if live else "flow/parcours.html"
    return render(request, template, context, status=422 if problems else 200)


def _not_found(request: HttpRequest) -> HttpResponse:
    """The same answer whether the venue does not exist or is out of reach."""
    may = _scope(request).may(Capability.BRIS_DE_GLACE)
    return render(request, "flow/parcours_introuvable.html", {"titre": "Venue introuvable", "bris": may}, status=404)


def _moment(request: HttpRequest, name: str, problems: list[str]) -> datetime | None:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.append(f"« {text[:30]} » n'est pas un moment : attendu AAAA-MM-JJTHH:MM.")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=_PARIS)


def _context(scope: Scope, found: queries.Path) -> dict[str, object]:
    place = found.establishment
    names = territory.establishment_names()
    keys = {(place, found.timeline.patient), *((place, patient) for patient, _, _ in found.owners)}
    people = identity.search.by_keys(keys)
    patient = people.get((place, found.timeline.patient))
    others = identity.search.same_person(sorted(scope.establishments), patient) if patient else []
    persons = [patient, *others] if patient else []
    venues = queries.venues_of((p.establishment, p.key) for p in persons)
    venues = [v for v in venues if (v.establishment, v.key) != (place, found.key)]
    lanes = [("Connu alors" if found.known_at else "Parcours", found.stretches)]
    if found.differs:
        lanes.append(("Connu aujourd'hui", found.stretches_now))
    current = found.state_now.segment
    units = {code: info.name for code, info in territory.uf_index(place).items()}
    segment = found.state.segment
    return {
        "unit": place_text(Place(segment.place.uf), units) if segment else "",
        "titre": "Parcours de la venue",
        "path": found,
        "place": names.get(place, place),
        "status": _STATUS.get(found.state.status.value, found.state.status.value),
        "status_now": _STATUS.get(found.state_now.status.value, found.state_now.status.value),
        "patient": patient,
        "representative": next((p for p in others if patient and p.key == patient.representative), None),
        "others": [{"patient": p, "place": names.get(p.establishment, p.establishment)} for p in others],
        "owners": [(people.get((place, key)), key, when, number) for key, when, number in found.owners],
        "merges": identity.search.merges(place, patient.key) if patient else [],
        "venues": _venue_links(venues, names),
        "picture": picture(lanes, found.at),
        "plans": [(plan, trigger_label(plan.kind), place_text(plan.place, units)) for plan in found.timeline.plans],
        "movements": [(m, place_text(m.place, units)) for m in found.movements],
        "stretches": [(s, place_text(s.segment.place, units)) for s in found.stretches],
        "stretches_now": [(s, place_text(s.segment.place, units)) for s in found.stretches_now],
        "reads_messages": scope.may(Capability.GERER_MESSAGES, place),
        "keeps_identities": scope.may(Capability.GERER_IDENTITES, place),
        "topic": f"flow.uf:{place}:{current.place.uf}" if current and found.known_at is None else "",
        "venue_url": venue_url(place, found.key),
        "token": encode_key(found.key),
        "fil": [("Recherche de patient", reverse("flow:patients")), ("Parcours", None)],
    }


@never_cache
@login_required
@require_GET
def venue_by_number(request: HttpRequest, establishment: str, number: int) -> HttpResponse:
    """From a venue's number, as the boards know it, to its path."""
    key = None
    if _scope(request).sees_names(establishment):
        key = queries.venue_key(establishment, number)
    return _not_found(request) if key is None else redirect(venue_url(establishment, key))


@login_required
@require_POST
def decide_merge(request: HttpRequest, establishment: str, token: str) -> HttpResponse:
    """Undo a merge of the patient of this venue, or do it again."""
    key = decode_key(token)
    if key is None or not _scope(request).sees_names(establishment):
        return _not_found(request)
    act = {"defaire": identity.undo_merge, "refaire": identity.redo_merge}.get(request.POST.get("acte", ""))
    if act is None:
        raise Invalid("Dites s'il faut défaire ou refaire la fusion.", code="acte")
    try:
        act(
            scope=_scope(request),
            establishment=establishment,
            loser=request.POST.get("perdant", ""),
            survivor=request.POST.get("survivant", ""),
            reason=request.POST.get("motif", ""),
        )
    except NotFound:
        return _not_found(request)
    success(request, "Fusion défaite." if act is identity.undo_merge else "Fusion rétablie.")
    return redirect(venue_url(establishment, key) + "#fusions")


urlpatterns: list[URLPattern] = [
    path("patients/", search, name="patients"),
    path("venues/<str:establishment>/n/<int:number>/", venue_by_number, name="venue-numero"),
    path("venues/<str:establishment>/<str:token>/", venue, name="venue"),
    path("venues/<str:establishment>/<str:token>/fusion/", decide_merge, name="venue-fusion"),
]
