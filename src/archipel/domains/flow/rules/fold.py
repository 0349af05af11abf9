"""The fold: from the winning versions of a venue's movements to its life, whatever the order of arrival.

Pure and without any clock: :func:`fold_venue` walks the movements in the order of ZBE-2 and draws segments.
Source: IHE PAM France 2.11 (ZBE-2, ZBE-9). ZBE-5 and MSH-7 never order movements: real senders fill them
unreliably.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from archipel.domains.flow.rules.movement import fold_movement
from archipel.domains.flow.values import (
    NOWHERE,
    Action,
    Movement,
    MovementFact,
    Place,
    Plan,
    Segment,
    VenueOwnerFact,
    VenueTimeline,
)

ADMISSIONS = frozenset({"A01", "A04"})
OCCUPYING = frozenset({"A01", "A04", "A02", "A06", "A07", "A21", "A22"})
PLANNING = frozenset({"A05", "A14", "A15", "A16"})
_SILENT = frozenset({"A54", "A55"})
_RANK = {"A05": 0, "A14": 0, "A01": 1, "A04": 1, "A06": 2, "A07": 2, "A02": 3, "A21": 4, "A22": 5, "A03": 9}
_OTHER_RANK = 7
_NO_MOVE = frozenset("MSDC")
_CLASS_ONLY = frozenset("DC")


def _cancelled_anonymously(movements: list[Movement], cancels: Iterable[MovementFact]) -> set[str]:
    """Keys cancelled by messages without ZBE-1: the latest candidate emitted before each cancel."""
    done: set[str] = set()
    for stamp, triggers in sorted({(cancel.stamp, cancel.cancels) for cancel in cancels}):
        candidates = [
            (m.stamp, m.movement)
            for m in movements
            if not m.cancelled and m.stamp < stamp and m.trigger in triggers and m.movement not in done
        ]
        if candidates:
            done.add(max(candidates)[1])
    return done


def _order(movement: Movement) -> tuple[datetime, int, str]:
    return (movement.effective_at, _RANK.get(movement.trigger, _OTHER_RANK), movement.movement)


def _changes_place(movement: Movement) -> bool:
    """ZBE-9: H (hébergement) and L (lit) move the patient; M, S, D and C alone do not; none says nothing."""
    nature = movement.nature
    if not nature or "H" in nature or "L" in nature:
        return True
    return not _NO_MOVE.issuperset(nature)


def _emitted(stamp: str) -> str:
    """The minute in which a message was emitted: ZBE-2 is often given without seconds."""
    return stamp[:12]


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M")


def _name(movement: Movement) -> str:
    return f"Mouvement {movement.movement.rpartition('|')[2]} ({movement.trigger})"


class _Walk:
    """The state carried along the movements of a venue; rows are segments in the making."""

    __slots__ = (
        "admitted",
        "discharged_at",
        "discharges",
        "exit_mode",
        "expected",
        "moves",
        "now",
        "plans",
        "remarks",
        "rows",
    )  # fmt: skip

    def __init__(self) -> None:
        self.rows: list[Segment] = []
        self.now: Segment | None = None
        self.plans: list[Movement] = []
        self.remarks: list[str] = []
        self.admitted = False
        self.discharged_at: datetime | None = None
        self.discharges: list[datetime] = []
        self.moves: list[datetime] = []
        self.exit_mode = ""
        self.expected: tuple[str, datetime] | None = None

    def step(self, movement: Movement) -> None:
        trigger = movement.trigger
        if trigger in OCCUPYING:
            if not self._accepts(movement):
                return
            self._occupy(movement)
        elif trigger == "A03":
            self._discharge(movement)
        elif trigger in PLANNING:
            self.plans.append(movement)
        elif trigger not in _SILENT:
            self.remarks.append(f"{_name(movement)} : évènement sans effet sur le parcours.")
            return
        if movement.expected_exit is not None and trigger != "A16":
            self.expect(movement.stamp, movement.expected_exit)

    def expect(self, stamp: str, at: datetime) -> None:
        """The expected exit is the one announced last."""
        if self.expected is None or (stamp, at) > self.expected:
            self.expected = (stamp, at)

    def _accepts(self, movement: Movement) -> bool:
        """Say whether an occupying movement applies, given a discharge already met."""
        if self.discharged_at is None:
            return True
        if movement.trigger in ADMISSIONS and movement.effective_at > self.discharged_at:
            self.remarks.append(f"{_name(movement)} : nouvelle admission après la sortie, sur la même venue.")
            self.discharged_at = None
            self.exit_mode = ""
            self.expected = None
            return True
        self.remarks.append(f"{_name(movement)} : postérieur à la sortie, non pris en compte.")
        return False

    def _occupy(self, movement: Movement) -> None:
        now = self.now
        self.admitted = True
        if now is None:
            if movement.trigger not in ADMISSIONS:
                self.remarks.append(f"{_name(movement)} : aucune admission connue avant ce mouvement.")
                self.moves.append(movement.effective_at)
            place = movement.place or NOWHERE
            self._turn(
                Segment(
                    movement.effective_at,
                    None,
                    place,
                    movement.uf_medicale,
                    movement.uf_soins,
                    movement.patient_class or _class_of(movement.trigger),
                    movement.trigger != "A21",
                    movement.movement,
                )
            )
            return
        self._turn(self._next(movement, now))

    def _next(self, movement: Movement, now: Segment) -> Segment:
        trigger = movement.trigger
        place, present = now.place, now.present
        uf_medicale, uf_soins = now.uf_medicale, now.uf_soins
        patient_class = movement.patient_class or _class_of(trigger) or now.patient_class
        if trigger in ADMISSIONS:
            self.remarks.append(f"{_name(movement)} : seconde admission alors que la venue est déjà présente.")
        if trigger == "A21":
            present = False
        elif not movement.nature or not _CLASS_ONLY.issuperset(movement.nature):
            uf_medicale = movement.uf_medicale or uf_medicale
            uf_soins = movement.uf_soins or uf_soins
            if movement.place is not None and movement.place != NOWHERE and _changes_place(movement):
                place = _completed(movement.place, place)
        if trigger == "A22":
            present = True
        elif trigger == "A02" and place != now.place:
            self.moves.append(movement.effective_at)
            if not present:
                self.remarks.append(f"{_name(movement)} : mutation pendant une permission, retour supposé.")
                present = True
        elif place != now.place:
            self.moves.append(movement.effective_at)
        begin, key = movement.effective_at, movement.movement
        return Segment(begin, None, place, uf_medicale, uf_soins, patient_class, present, key)

    def _turn(self, new: Segment) -> None:
        """Open ``new``: an empty stretch disappears, an unchanged one continues."""
        rows, now = self.rows, self.now
        if now is not None:
            if _alike(now, new):
                return
            self._close(new.begin)
        if rows and rows[-1].end == new.begin and now is not None and _alike(rows[-1], new):
            new = replace(rows.pop(), end=None)
        self.now = new

    def _close(self, at: datetime) -> None:
        now = self.now
        if now is not None and now.begin < at:
            self.rows.append(
                Segment(
                    now.begin,
                    at,
                    now.place,
                    now.uf_medicale,
                    now.uf_soins,
                    now.patient_class,
                    now.present,
                    now.movement,
                )
            )
        self.now = None

    def _discharge(self, movement: Movement) -> None:
        if self.discharged_at is not None:
            self.remarks.append(f"{_name(movement)} : seconde sortie, la première est gardée.")
            return
        if self.now is None:
            self.remarks.append(f"{_name(movement)} : sortie sans admission connue.")
        self.discharged_at = movement.effective_at
        self.discharges.append(movement.effective_at)
        self.exit_mode = movement.exit_mode
        self._close(movement.effective_at)

    def open_plans(self) -> tuple[Plan, ...]:
        """Plans whose realisation has not come; an A16 also sets the expected exit."""
        if self.discharged_at is not None:
            return ()
        kept: list[Plan] = []
        for plan in self.plans:
            if self._realised(plan):
                continue
            at = plan.effective_at
            if plan.trigger == "A16":
                at = plan.expected_exit or at
                self.expect(plan.stamp, at)
            kept.append(Plan(plan.trigger, at, plan.place, plan.wish, plan.movement, plan.stamp))
        return tuple(kept)

    def _realised(self, plan: Movement) -> bool:
        if plan.trigger in ("A05", "A14"):
            return self.admitted
        done = self.discharges if plan.trigger == "A16" else self.moves
        emitted = _emitted(plan.stamp)
        return any(_minute(at) >= emitted for at in done)


def _class_of(trigger: str) -> str:
    if trigger == "A06":
        return "I"
    return "O" if trigger == "A07" else ""


def _completed(place: Place, previous: Place) -> Place:
    return place if place.uf else Place(previous.uf, place.chambre, place.lit)


def _alike(a: Segment, b: Segment) -> bool:
    return (
        a.place == b.place
        and a.uf_medicale == b.uf_medicale
        and a.uf_soins == b.uf_soins
        and a.patient_class == b.patient_class
        and a.present == b.present
    )


def _had_admission(versions: list[Movement]) -> bool:
    return any(movement.trigger in ADMISSIONS for movement in versions)


def _annulled(walk: _Walk, plans: tuple[Plan, ...], versions: list[Movement], live: list[Movement]) -> bool:
    """Something was cancelled: say whether nothing of the venue is left."""
    if walk.admitted or any(plan.kind in ("A05", "A14") for plan in plans):
        return False
    if walk.discharged_at is None:
        return True
    alive = {movement.movement for movement in live}
    return any(m.trigger in ADMISSIONS and m.movement not in alive for m in versions)


def _patient(versions: list[Movement], owners: Iterable[VenueOwnerFact]) -> str:
    """The owner told last, by a movement or by an A44."""
    latest, patient = "", ""
    for movement in versions:
        if movement.patient and (movement.stamp, movement.patient) > (latest, patient):
            latest, patient = movement.stamp, movement.patient
    for owner in owners:
        if (owner.stamp, owner.patient) > (latest, patient):
            latest, patient = owner.stamp, owner.patient
    return patient


def fold_venue(
    venue: str,
    movements: Iterable[Movement],
    anonymous_cancels: Iterable[MovementFact] = (),
    owners: Iterable[VenueOwnerFact] = (),
) -> VenueTimeline:
    """Fold the winning versions of ONE venue's movements, in any order, into its timeline.

    Args:
        venue: the venue key.
        movements: one :class:`Movement` per key, as given by :func:`fold_movement`.
        anonymous_cancels: CANCEL facts without ZBE-1 (their ``cancels`` is filled).
        owners: explicit owners of the venue (A44); every movement is an implicit one.

    Movements are ordered by ZBE-2, then by the rank of their trigger, then by key. A05, A14, A15 and A16 never
    occupy a bed nor free one: they make plans. Only an A03 discharges.
    """
    versions = list(movements)
    cancels = list(anonymous_cancels)
    undone = _cancelled_anonymously(versions, cancels) if cancels else None
    live = [m for m in versions if not m.cancelled and (undone is None or m.movement not in undone)]
    live.sort(key=_order)
    walk = _Walk()
    for movement in live:
        walk.step(movement)
    plans = walk.open_plans()
    segments = (*walk.rows, walk.now) if walk.now is not None else tuple(walk.rows)
    cancelled = False
    if cancels or len(live) < len(versions):
        cancelled = _annulled(walk, plans, versions, live)
        if segments and not any(m.trigger in ADMISSIONS for m in live) and _had_admission(versions):
            walk.remarks.append("Toutes les admissions sont annulées, mais d'autres mouvements demeurent.")
    expected = walk.expected[1] if walk.expected and walk.discharged_at is None and not cancelled else None
    return VenueTimeline(
        venue,
        _patient(versions, owners),
        segments,
        plans,
        walk.discharged_at,
        walk.exit_mode,
        expected,
        cancelled,
        tuple(walk.remarks),
    )


def fold_facts(venue: str, facts: Iterable[MovementFact], owners: Iterable[VenueOwnerFact] = ()) -> VenueTimeline:
    """Fold raw facts, in any order and with duplicates, into the timeline of ``venue``.

    Facts of a movement key must be complete: a key whose winning version belongs to another venue is left
    out. A CANCEL with ``cancels`` filled is taken as anonymous.
    """
    groups: dict[str, list[MovementFact]] = {}
    anonymous: list[MovementFact] = []
    for fact in facts:
        if fact.action is Action.CANCEL and fact.cancels:
            if fact.venue == venue:
                anonymous.append(fact)
        else:
            groups.setdefault(fact.movement, []).append(fact)
    movements = [fold_movement(group) for group in groups.values()]
    return fold_venue(venue, [m for m in movements if m.venue == venue], anonymous, owners)
