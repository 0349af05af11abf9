"""Beds: who is in which, what people said about each, and the single word to show.

Everything is a function of sets of facts and of a moment given by the caller. A bed is freed by an actual
discharge or transfer only; a planned exit frees nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from archipel.domains.flow.rules.reading import entered
from archipel.domains.flow.values import Place, VenueTimeline
from archipel.domains.flow.values.beds import (
    BedFact,
    BedFactKind,
    BedLedger,
    BedState,
    BedStateKind,
    Closure,
    Occupancy,
    Occupant,
    Reservation,
    RoomBed,
    RoomState,
)

RESERVED_WITHIN = timedelta(hours=24)
"""R330 04: réservé means a known patient within 24 hours."""


class LedgerRow(Protocol):
    """What a row of a ledger with undo has."""

    @property
    def fact_id(self) -> int:
        """Its number, which grows with time."""

    @property
    def recorded_at(self) -> datetime:
        """When it was written down."""

    @property
    def undoes(self) -> int | None:
        """The number of the row that it takes back, if any."""


Row = TypeVar("Row", bound=LedgerRow)


def standing(facts: Iterable[Row], known_at: datetime) -> list[Row]:
    """Facts recorded by ``known_at`` that were not taken back, in the order of recording, without the undos.

    An undo may itself be undone, which restores the fact. An undo only reaches facts recorded before it; one
    row given twice counts once.
    """
    known = {fact.fact_id: fact for fact in facts if fact.recorded_at <= known_at}
    ordered = sorted(known.values(), key=lambda fact: (fact.recorded_at, fact.fact_id))
    taken_back: set[int] = set()
    kept: list[Row] = []
    for fact in reversed(ordered):
        if fact.fact_id in taken_back:
            continue
        if fact.undoes is not None:
            taken_back.add(fact.undoes)
        else:
            kept.append(fact)
    kept.reverse()
    return kept


def _held(facts: list[BedFact], on: BedFactKind, off: BedFactKind, at: datetime) -> Closure | None:
    """The last ``on`` that neither lapsed nor was followed by an ``off``; ``facts`` are in effective order."""
    holding: list[BedFact] = []
    for fact in facts:
        if fact.kind is off:
            holding = []
        elif fact.kind is on and (fact.until is None or fact.until > at):
            holding.append(fact)
    if not holding:
        return None
    last = holding[-1]
    return Closure(last.effective_at, last.reason, last.value, last.until)


def _last(facts: list[BedFact], *kinds: BedFactKind) -> BedFact | None:
    return next((fact for fact in reversed(facts) if fact.kind in kinds), None)


def _reservations(facts: list[BedFact], at: datetime) -> tuple[Reservation, ...]:
    """Reservations in the order people spoke: a later one for the same subject replaces the earlier."""
    held: dict[str, Reservation] = {}
    for fact in facts:
        if fact.kind is BedFactKind.RESERVATION:
            held[fact.subject] = Reservation(fact.subject, fact.effective_at, fact.until, fact.reason)
        elif fact.kind is BedFactKind.ANNULATION_RESERVATION and fact.effective_at <= at:
            if fact.subject:
                held.pop(fact.subject, None)
            else:
                held.clear()
    alive = [r for r in held.values() if r.until is None or r.until > at]
    return tuple(sorted(alive, key=lambda r: (r.expected_at, r.subject)))


def _next_change(facts: list[BedFact], at: datetime) -> datetime | None:
    moments = [fact.effective_at for fact in facts if fact.effective_at > at]
    moments += [fact.until for fact in facts if fact.until is not None and fact.until > at]
    return min(moments, default=None)


def fold_bed_facts(facts: Iterable[BedFact], at: datetime, known_at: datetime) -> BedLedger:
    """Read the ledger of ONE bed at ``at``, with what was known at ``known_at``; order never matters.

    A closure or an un-staffing holds from its effective time to its ``until``, or until it is lifted. A
    reservation counts as soon as it is known, even for a later date.
    """
    known = standing(facts, known_at)
    ordered = sorted(known, key=lambda f: (f.effective_at, f.recorded_at, f.fact_id))
    past = [fact for fact in ordered if fact.effective_at <= at]
    isolation = _last(past, BedFactKind.ISOLEMENT, BedFactKind.FIN_ISOLEMENT)
    if isolation is not None and isolation.kind is BedFactKind.FIN_ISOLEMENT:
        isolation = None
    sexe = _last(past, BedFactKind.SEXE_CHAMBRE)
    cleaned, dirty = _last(past, BedFactKind.NETTOYE), _last(past, BedFactKind.A_NETTOYER)
    return BedLedger(
        closure=_held(past, BedFactKind.FERMETURE, BedFactKind.REOUVERTURE, at),
        unstaffed=_held(past, BedFactKind.DESARME, BedFactKind.ARME, at),
        reservations=_reservations(known, at),
        isolation=(isolation.value or "isolement") if isolation else "",
        isolation_since=isolation.effective_at if isolation else None,
        sexe=sexe.value if sexe else "",
        cleaned_at=cleaned.effective_at if cleaned else None,
        to_clean_at=dirty.effective_at if dirty else None,
        next_change_at=_next_change(known, at),
    )


# --- one bed ------------------------------------------------------------------------------------------


def _needs_cleaning(
    vacated_at: datetime | None,
    cleaned_at: datetime | None,
    to_clean_at: datetime | None,
    tracks_cleaning: bool,
) -> datetime | None:
    """Since when the bed waits for cleaning, None when it is clean."""
    wanted = [at for at in (vacated_at if tracks_cleaning else None, to_clean_at) if at is not None]
    pending = [at for at in wanted if cleaned_at is None or cleaned_at < at]
    return min(pending, default=None)


def _occupied_reasons(occupants: tuple[Occupant, ...], closed: bool, armed: bool) -> list[str]:
    reasons = []
    if len(occupants) > 1:
        reasons.append(f"{len(occupants)} patients sont enregistrés dans ce lit.")
    if not all(occupant.present for occupant in occupants):
        reasons.append("Patient en permission : le lit est gardé.")
    if occupants and closed:
        reasons.append("Lit fermé mais occupé.")
    if occupants and not armed:
        reasons.append("Lit non armé mais occupé.")
    return reasons


def _unusable_reasons(installed: bool, closure: Closure | None, unstaffed: Closure | None) -> list[str]:
    reasons = []
    if not installed:
        reasons.append("Lit absent de la structure à cette date.")
    if closure is not None:
        reasons.append(f"Fermé : {closure.reason or 'motif non précisé'}.")
    if unstaffed is not None:
        reasons.append(f"Non armé : {unstaffed.reason or 'motif non précisé'}.")
    return reasons


def _word(
    inside: tuple[Occupant, ...],
    closure: Closure | None,
    closed: bool,
    unstaffed: Closure | None,
    dirty_since: datetime | None,
    near: bool,
    freed: tuple[datetime | None, ...],
) -> tuple[BedStateKind, datetime | None]:
    """The word to show, by priority, and since when."""
    if inside:
        return BedStateKind.OCCUPE, inside[0].since
    if closed:
        return BedStateKind.FERME, closure.since if closure else None
    if unstaffed is not None:
        return BedStateKind.NON_ARME, unstaffed.since
    if dirty_since is not None:
        return BedStateKind.A_NETTOYER, dirty_since
    if near:
        return BedStateKind.RESERVE, None
    return BedStateKind.LIBRE, max((moment for moment in freed if moment is not None), default=None)


def bed_state(
    *,
    installed: bool,
    closure: Closure | None,
    reservations: Iterable[Reservation],
    occupants: Iterable[Occupant],
    vacated_at: datetime | None,
    cleaned_at: datetime | None,
    tracks_cleaning: bool,
    at: datetime,
    unstaffed: Closure | None = None,
    to_clean_at: datetime | None = None,
) -> BedState:
    """Say what a bed is at ``at``.

    One word by priority: occupé, fermé, non armé, à nettoyer, réservé, libre; the facts stay separate beside
    it. Two patients in one bed raise ``conflict``, never an error. ``since`` is None when nobody knows.
    """
    inside = tuple(sorted({o.venue: o for o in occupants}.values(), key=lambda o: (o.since, o.venue)))
    awaited = sorted(
        (r for r in reservations if r.until is None or r.until > at), key=lambda r: (r.expected_at, r.subject)
    )
    venues = {occupant.venue for occupant in inside}
    near = [r for r in awaited if r.expected_at <= at + RESERVED_WITHIN and r.subject not in venues]
    dirty_since = None if inside else _needs_cleaning(vacated_at, cleaned_at, to_clean_at, tracks_cleaning)
    closed, armed = closure is not None or not installed, unstaffed is None
    reasons = _occupied_reasons(inside, closed, armed)
    reasons += _unusable_reasons(installed, closure, unstaffed)
    if len({r.subject for r in near}) > 1:
        reasons.append("Réservé pour plusieurs patients dans les 24 heures.")
    if near and inside:
        reasons.append("Réservé alors qu'il est encore occupé.")
    state, since = _word(inside, closure, closed, unstaffed, dirty_since, bool(near), (vacated_at, cleaned_at))
    clean = dirty_since is None
    return BedState(
        state=state,
        since=since,
        installed=installed,
        armed=armed,
        closed=closed,
        occupied=bool(inside),
        reserved=bool(near),
        clean=clean,
        available=not (closed or inside or near) and armed and clean,
        conflict=len(inside) > 1,
        reasons=tuple(reasons),
    )


# --- rooms --------------------------------------------------------------------------------------------


def room_state(beds: Iterable[RoomBed]) -> RoomState:
    """Say what a room imposes on a newcomer: the sex of a shared room, and an isolation in force.

    The sex given in the ledger prevails, else that of the occupants. A room whose occupants differ, or differ
    from what was given, is a conflict to look at; with an isolation its free beds are blocked.
    """
    room = sorted(beds, key=lambda bed: bed.lit)
    given = sorted({bed.sexe for bed in room if bed.sexe})
    found = sorted({o.sexe for bed in room for o in bed.occupants if o.sexe in ("F", "M")})
    reasons = []
    if len(given) > 1:
        reasons.append("Les lits de la chambre sont déclarés pour des sexes différents.")
    if len(found) > 1:
        reasons.append("Des patients de sexes différents partagent la chambre.")
    sexe = given[0] if len(given) == 1 else found[0] if len(found) == 1 and not given else ""
    if len(given) == 1 and found and found != given:
        reasons.append("Un occupant n'est pas du sexe déclaré pour la chambre.")
    isolations = sorted({bed.isolation for bed in room if bed.isolation})
    blocked: tuple[str, ...] = ()
    if isolations and len(room) > 1:
        blocked = tuple(bed.lit for bed in room if not bed.occupants and not bed.isolation)
        reasons.append(f"Isolement en cours dans la chambre : {', '.join(isolations)}.")
    shared = len(room) > 1
    return RoomState(
        sexe=sexe if shared else "",
        isolation=", ".join(isolations),
        conflict=shared and (len(given) > 1 or len(found) > 1 or bool(given and found and found != given)),
        blocked=blocked,
        reasons=tuple(reasons) if shared else (),
    )


# --- from timelines to places -------------------------------------------------------------------------


def occupancies(
    timelines: Iterable[VenueTimeline], at: datetime, sexe_of: Callable[[str], str] = lambda patient: ""
) -> dict[Place, Occupancy]:
    """Who is in each place at ``at``, who is expected there, and when it was last left.

    Args:
        timelines: the venues, in any order.
        at: the moment.
        sexe_of: patient key → F, M or an empty text.

    Future segments and plans never occupy: they are ``expected``. Leaving is a segment that ended in the past
    and was not continued in the same place.
    """
    inside: dict[Place, list[Occupant]] = {}
    expected: dict[Place, list[Reservation]] = {}
    vacated: dict[Place, datetime] = {}
    for timeline in timelines:
        if timeline.cancelled:
            continue
        for index, segment in enumerate(timeline.segments):
            place = segment.place
            if segment.begin > at:
                expected.setdefault(place, []).append(Reservation(timeline.venue, segment.begin))
            elif segment.end is None or segment.end > at:
                sexe = sexe_of(timeline.patient)
                occupant = Occupant(timeline.venue, entered(timeline.segments, segment), segment.present, sexe)
                inside.setdefault(place, []).append(occupant)
            else:
                after = timeline.segments[index + 1] if index + 1 < len(timeline.segments) else None
                stays = after is not None and after.begin == segment.end and after.place == place
                if not stays and (place not in vacated or vacated[place] < segment.end):
                    vacated[place] = segment.end
        for plan in timeline.plans:
            if plan.place is not None and plan.kind != "A16":
                expected.setdefault(plan.place, []).append(Reservation(timeline.venue, plan.at))
    return {
        place: Occupancy(
            place,
            tuple(sorted(inside.get(place, ()), key=lambda o: (o.since, o.venue))),
            vacated.get(place),
            tuple(sorted(expected.get(place, ()), key=lambda r: (r.expected_at, r.subject))),
        )
        for place in {*inside, *expected, *vacated}
    }
