"""The emergency departments: who is there, at which step, since when; and the load of each, without names.

Names come through row-level security only: a scope that does not see the establishment gets the counts alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from archipel.domains.flow.queries import ed_rows
from archipel.domains.flow.queries.bed_rows import whole_territory
from archipel.domains.flow.queries.ed_rows import RequestRow, Stay, VenueFacts
from archipel.domains.flow.queries.ed_values import FEED, DepartmentLoad, EdBoard, EdEntry, EdPatient, Orientation
from archipel.domains.flow.rules import ed_status, fold_ed_facts, standing
from archipel.domains.flow.values import Place, Plan, VenueTimeline
from archipel.domains.flow.values.ed import EdFact, EdFactKind, EdStatus, EdStep
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

PARIS = ZoneInfo("Europe/Paris")
RECENT_EXIT = timedelta(hours=2)
"""Patients who left stay on the board this long."""
CARE_USAGES = frozenset({"box", "dechocage"})
"""Places where somebody is examined and treated: the capacity of an emergency department."""


def ed_ufs(site: str = "") -> list[territory.UfInfo]:
    """The open UF that are an emergency department, of one site or of all."""
    return [uf for uf in territory.ufs() if uf.filiere == "URG" and not uf.closed and (not site or uf.site == site)]


def ed_loads(*, scope: Scope, at: datetime | None = None) -> tuple[DepartmentLoad, ...]:
    """The load of every emergency department of the group, the busiest first. Raises Denied."""
    now = at or clock.now()
    return tuple(sorted(_loads(scope, ed_ufs(), now), key=lambda load: (-load.present, load.site.name)))


def ed_board(*, scope: Scope, site: str, at: datetime | None = None) -> EdBoard:
    """One emergency department.

    Args:
        scope: who asks, inside its transaction; ``VOIR_CAPACITE`` for the counts, the establishment in the scope and
            ``VOIR_PATIENTS`` for the patients.
        site: FINESS EG.
        at: the moment, now by default.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
        NotFound: the site has no emergency department.
    """
    scope.require(Capability.VOIR_CAPACITE)
    now = at or clock.now()
    units = ed_ufs(site)
    if not units:
        raise NotFound("Ce site n'a pas de service d'urgences dans la structure.", code="urgences-inconnues")
    establishment = units[0].establishment
    codes = tuple(uf.code for uf in units)
    if not scope.sees_names(establishment):
        (load,) = _loads(scope, units, now)
        return EdBoard(load, False, (), codes, now)
    patients, usages = patients_of(units, now)
    (load,) = _reduce(units, patients, usages, now)
    return EdBoard(load, True, tuple(patients), codes, now)


def ed_patient(*, scope: Scope, venue: int, at: datetime | None = None) -> EdPatient:
    """One passage, even over. Raises NotFound when it is out of the scope, or never was in an emergency department."""
    scope.require(Capability.VOIR_CAPACITE)
    now = at or clock.now()
    stay = ed_rows.stay(venue)
    known = ed_rows.venues([venue])
    if stay is not None and known:
        units = [uf for uf in ed_ufs() if uf.establishment == stay.establishment]
        found, _ = _described([stay], known, units, now)
        if found:
            return found[0]
    raise NotFound("Ce patient n'est pas aux urgences, ou n'est pas visible par votre compte.", code="venue-inconnue")


def site_of(patient: EdPatient) -> str:
    """FINESS EG of the department where the passage is, or was last; empty when unknown."""
    return next(
        (uf.site for uf in ed_ufs() if (uf.establishment, uf.code) == (patient.establishment, patient.place.uf)), ""
    )


# --- loads --------------------------------------------------------------------------------------------


def _loads(scope: Scope, units: Sequence[territory.UfInfo], now: datetime) -> list[DepartmentLoad]:
    """Counted with everything in sight; only counts and moments leave."""
    with whole_territory(scope):
        patients, usages = patients_of(units, now)
        return _reduce(units, patients, usages, now)


def _reduce(
    units: Sequence[territory.UfInfo],
    patients: Iterable[EdPatient],
    usages: Mapping[tuple[str, Place], tuple[str, str]],
    now: datetime,
) -> list[DepartmentLoad]:
    site_of_uf = {(uf.establishment, uf.code): uf.site for uf in units}
    by_site: dict[str, list[EdPatient]] = defaultdict(list)
    for patient in patients:
        by_site[site_of_uf.get((patient.establishment, patient.place.uf), "")].append(patient)
    places = Counter(
        site_of_uf.get((establishment, place.uf), "")
        for (establishment, place), (usage, _) in usages.items()
        if usage in CARE_USAGES
    )
    sites = {info.finess: info for info in territory.sites()}
    names = territory.establishment_names()
    heard = ed_rows.heard(sorted({uf.establishment for uf in units}))
    found = []
    for finess, establishment in sorted({(uf.site, uf.establishment) for uf in units}):
        site = sites.get(finess) or territory.SiteInfo(
            finess, establishment, "Site à préciser", "", "", None, None, True
        )
        here = by_site[finess]
        found.append(
            DepartmentLoad(
                site=site,
                establishment_name=names.get(establishment, establishment),
                steps={step: sum(1 for p in here if p.step is step) for step in EdStep},
                places=places[finess],
                in_care_places=sum(1 for p in here if p.status.usage in CARE_USAGES),
                oldest_wait=_oldest(here, EdStep.ACCUEIL, EdStep.TRI, EdStep.ATTENTE),
                oldest_downstream=min((p.status.since for p in here if p.step is EdStep.ATTENTE_AVAL), default=None),
                heard_at=heard.get(establishment),
            )
        )
    return found


def _oldest(patients: Iterable[EdPatient], *steps: EdStep) -> datetime | None:
    return min((p.status.arrived_at for p in patients if p.step in steps), default=None)


# --- patients -----------------------------------------------------------------------------------------

_Usages = Mapping[tuple[str, Place], tuple[str, str]]


def patients_of(units: Sequence[territory.UfInfo], now: datetime) -> tuple[list[EdPatient], _Usages]:
    """Who is in these departments, or left them lately, and what their places are for; as the scope sees them."""
    keys = [(uf.establishment, uf.code) for uf in units]
    stays = ed_rows.stays(keys, now, now - RECENT_EXIT)
    return _described(stays, ed_rows.venues([stay.venue_id for stay in stays]), units, now)


def _described(
    stays: Sequence[Stay],
    venues: Mapping[int, VenueFacts],
    units: Sequence[territory.UfInfo],
    now: datetime,
) -> tuple[list[EdPatient], _Usages]:
    usages = ed_rows.usages([(uf.establishment, uf.code) for uf in units])
    by_establishment: dict[str, dict[Place, str]] = defaultdict(dict)
    for (establishment, place), (usage, _) in usages.items():
        by_establishment[establishment][place] = usage
    codes: dict[str, set[str]] = defaultdict(set)
    for uf in units:
        codes[uf.establishment].add(uf.code)
    keys = [(venue.establishment, venue.key) for venue in venues.values()]
    facts = ed_rows.facts(keys)
    requests = ed_rows.requests(keys)
    stamps = ed_rows.stamps(
        [(v.establishment, str(p["movement"])) for v in venues.values() for p in v.plans if p["kind"] == "A15"]
    )
    wishes = _Wishes()
    found = []
    for stay in stays:
        venue = venues.get(stay.venue_id)
        if venue is None:
            continue
        key = (venue.establishment, venue.key)
        timeline = _timeline(stay, venue, stamps)
        status = ed_status(
            timeline,
            usages=by_establishment[stay.establishment],
            ed_ufs=codes[stay.establishment],
            ledger=fold_ed_facts(facts.get(key, ()), now, now),
            at=now,
        )
        if status is None or (status.step is EdStep.SORTIE and len(stays) > 1 and status.since < now - RECENT_EXIT):
            continue
        kept = standing(facts.get(key, ()), now)
        place = _place(stay, codes[stay.establishment], now)
        name = usages.get((stay.establishment, place), ("", ""))[1]
        found.append(_patient(stay, venue, status, kept, place, name, timeline, wishes, requests.get(key), now))
    return found, usages


def _timeline(stay: Stay, venue: VenueFacts, stamps: Mapping[tuple[str, str], str]) -> VenueTimeline:
    plans = tuple(
        Plan(
            kind=str(plan["kind"]),
            at=datetime.fromisoformat(str(plan["at"])),
            place=Place(str(plan["uf"]), str(plan["chambre"]), str(plan["lit"])) if plan["uf"] else None,
            wish=str(plan["wish"]),
            movement=str(plan["movement"]),
            stamp=stamps.get((venue.establishment, str(plan["movement"])), ""),
        )
        for plan in venue.plans
    )
    return VenueTimeline(
        venue=venue.key,
        patient="",
        segments=stay.segments,
        plans=plans,
        discharged_at=venue.discharged_at,
        exit_mode=venue.exit_mode,
        expected_exit=venue.expected_exit,
        cancelled=False,
    )


def _patient(
    stay: Stay,
    venue: VenueFacts,
    status: EdStatus,
    kept: Sequence[EdFact],
    place: Place,
    place_name: str,
    timeline: VenueTimeline,
    wishes: _Wishes,
    request: RequestRow | None,
    now: datetime,
) -> EdPatient:
    levels = [fact for fact in kept if fact.kind is EdFactKind.TRI and fact.details.get("niveau")]
    return EdPatient(
        venue_id=stay.venue_id,
        establishment=venue.establishment,
        key=venue.key,
        nom=venue.nom,
        prenom=venue.prenom,
        naissance=venue.naissance,
        age=age_in_years(venue.naissance, now),
        sexe=venue.sexe or stay.sexe,
        status=status,
        place=place,
        place_label=place_name or "-".join(part for part in (place.chambre, place.lit) if part),
        triage_by=levels[-1].actor if levels else "",
        orientations=() if status.step is EdStep.SORTIE else _orientations(venue, status, kept, timeline, wishes),
        request=request,
        entries=tuple(EdEntry(f.fact_id, f.kind, f.effective_at, f.actor, f.details) for f in kept),
        exit_mode=venue.exit_mode,
        updated_at=venue.updated_at,
    )


def _place(stay: Stay, codes: Iterable[str], now: datetime) -> Place:
    """The place in the department now, else the last one; a venue known by its UF médicale only has no room."""
    known = set(codes)
    inside = [s for s in stay.segments if s.begin <= now and (s.place.uf or s.uf_medicale) in known]
    if not inside:
        return Place()
    last = inside[-1]
    return last.place if last.place.uf else Place(last.uf_medicale)


def _orientations(
    venue: VenueFacts, status: EdStatus, kept: Sequence[EdFact], timeline: VenueTimeline, wishes: _Wishes
) -> tuple[Orientation, ...]:
    found = []
    if status.request is not None:
        asked = [fact for fact in kept if fact.kind is EdFactKind.DEMANDE_AVAL]
        last = asked[-1]
        found.append(
            Orientation(
                source=last.actor,
                since=status.request.since,
                wish="",
                filiere=status.request.filiere,
                sexe=status.request.sexe,
                isolement=status.request.isolement,
                needs=last.details.get("besoins", ""),
            )
        )
    for plan in timeline.plans:
        if plan.kind == "A15":
            wish = plan.wish or (plan.place.uf if plan.place else "")
            filiere, words = wishes.read(venue.establishment, wish)
            since = next((at for step, at in status.steps if step is EdStep.ATTENTE_AVAL), status.since)
            found.append(Orientation(FEED, since, words, filiere))
    return tuple(found)


class _Wishes:
    """What a pending transfer asks for: a filière, or a UF of the establishment whose filière is known."""

    def __init__(self) -> None:
        self._ufs: dict[str, dict[str, territory.UfInfo]] = {}

    def read(self, establishment: str, wish: str) -> tuple[str, str]:
        """(filière, words); both empty when the message only repeats where the patient is."""
        if wish.upper() in FILIERE_LABELS:
            return wish.upper(), ""
        if establishment not in self._ufs:
            self._ufs[establishment] = territory.uf_index(establishment)
        unit = self._ufs[establishment].get(wish)
        if unit is None:
            return "", wish
        if unit.filiere == "URG":
            return "", ""
        return ("" if unit.filiere == "AUTRE" else unit.filiere), unit.name


def age_in_years(birth: date | None, at: datetime) -> int | None:
    """Completed years at the moment, in Paris; None when the birth date is unknown or ahead."""
    if birth is None:
        return None
    today = at.astimezone(PARIS).date()
    years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    return years if years >= 0 else None
