"""The GHT as a stream: HL7 messages as their senders' systems send them, and what staff do beside. Pure.

Messages carry real IHE PAM France 2.11 content; a configurable share of them has the faults of real feeds, each
labelled. The same seed gives the same bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from archipel.demo.faults import Sent, spoil
from archipel.demo.segments import Writer
from archipel.demo.senders import Sender, make_senders
from archipel.demo.simulator import calendar
from archipel.demo.simulator.core import Deed, Fact
from archipel.demo.simulator.emergency import NO_SURGE, Surge
from archipel.demo.simulator.engine import Simulation
from archipel.demo.structure import DemoStructure, build_structure
from archipel.territory.reference_values import RefGht

STAFF_KINDS = (
    "tri", "demande_aval", "lit_reserve", "lit_libere", "nettoyage_a_faire", "lit_nettoye", "lit_ferme", "lit_ouvert",
    "rpu",
)  # fmt: skip
"""What :attr:`StaffAction.kind` may be."""
_STAFF_DELAY = {"lit_reserve": 1, "lit_libere": 1, "lit_ferme": 1, "lit_ouvert": 1}
"""Seconds; the other acts come a little after the message of the move has left."""
_IDENTITY = frozenset({"A28", "A31", "A40", "A44", "A47"})


@dataclass(frozen=True, slots=True)
class Emission:
    """One message leaving a sender."""

    at: datetime
    """Simulated time at which it leaves (UTC)."""
    establishment: str
    """FINESS EJ of the sender."""
    raw: bytes
    """The message, without MLLP framing."""
    event: str
    """What MSH-9.2 says, or was going to say."""
    fault: str | None
    """None, or a label of :data:`archipel.demo.faults.KINDS` (``correction``: sent right after a fault)."""


@dataclass(frozen=True, slots=True)
class StaffAction:
    """Something that staff do and that PAM does not carry."""

    at: datetime
    establishment: str
    kind: str
    uf: str
    chambre: str
    lit: str
    venue: str
    """Venue key ``"<FINESS>|<number>"`` as the listener makes it; empty when no patient is concerned."""
    details: tuple[tuple[str, str], ...] = ()
    """For example ``(("niveau", "2"),)`` for a triage, ``(("filiere", "MED"),)`` for a downstream request."""


class _Out:
    """Messages on their way, sorted by the time at which they leave."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str, bytes, str, str | None, Deed | None]] = []
        self._order = 0

    def push(self, at: int, establishment: str, raw: bytes, event: str, fault: str | None) -> None:
        self._order += 1
        heapq.heappush(self._heap, (at, self._order, establishment, raw, event, fault, None))

    def push_deed(self, at: int, establishment: str, venue: str, deed: Deed) -> None:
        self._order += 1
        heapq.heappush(self._heap, (at, self._order, establishment, b"", venue, None, deed))

    def before(self, now: int) -> Iterator[Emission | StaffAction]:
        """What leaves before an instant."""
        heap = self._heap
        while heap and heap[0][0] < now:
            at, _, establishment, raw, event, fault, deed = heapq.heappop(heap)
            when = calendar.moment(at)
            if deed is None:
                yield Emission(when, establishment, raw, event, fault)
            else:
                bed = deed.bed
                yield StaffAction(
                    when, establishment, deed.kind, deed.ward.uf.code, bed.chambre if bed else "",
                    bed.lit if bed else "", event, deed.details,
                )  # fmt: skip


class Emitter:
    """Turns facts into messages; one writer per sender."""

    def __init__(self, senders: dict[str, Sender], random: Random, faults: float) -> None:
        self.out = _Out()
        self._random = random
        self._faults = faults
        self._writers = {finess: Writer(sender) for finess, sender in senders.items()}
        self._controls = dict.fromkeys(senders, 0)
        self._start = ""

    def control(self, finess: str) -> str:
        """The next MSH-10 of a sender."""
        self._controls[finess] += 1
        return f"{finess[-6:]}{self._controls[finess]:08d}"

    def take(self, facts: list[Fact | Deed]) -> None:
        """Write everything that just happened."""
        for fact in facts:
            if isinstance(fact, Fact):
                self._fact(fact)
            else:
                self._deed(fact)

    def _deed(self, deed: Deed) -> None:
        member = deed.site.member
        writer = self._writers[member.finess]
        venue = ""
        if deed.stay is not None:
            venue = f"{deed.stay.member.finess}|{self._writers[deed.stay.member.finess].venue(deed.stay)}"
        if writer.sender.rooms:
            self.out.push_deed(deed.at + _STAFF_DELAY.get(deed.kind, 90), member.finess, venue, deed)

    def _wanted(self, fact: Fact, sender: Sender) -> bool:
        trigger = fact.trigger
        if trigger == "A28":
            return sender.identities
        if trigger in ("A16", "A25"):
            return sender.expected_exits
        if trigger in ("A15", "A26"):
            return sender.orientation
        return sender.rooms or trigger != "A02" or fact.nature != "L"

    def _fact(self, fact: Fact) -> None:
        finess = fact.member.finess
        writer = self._writers[finess]
        if not self._wanted(fact, writer.sender):
            return
        random = self._random
        control = self.control(finess)
        stay = fact.stay
        if stay is None or fact.trigger in _IDENTITY:
            at = fact.known_at + 1
            if stay is not None:
                stay.sent_at = at = max(at, stay.sent_at + 1)
            text = writer.identity(fact, at, control)
        else:
            at = fact.known_at + 2 + int(random.random() * (40 if stay.klass == "E" else 80))
            if at <= stay.sent_at:
                at = stay.sent_at + 1
            stay.sent_at = at
            text = writer.stay(fact, at, control)
        if self._faults and random.random() < self._faults:
            for sent in spoil(random, writer, fact, at, control, text, lambda: self.control(finess)):
                self._push(finess, writer, sent)
        else:
            self.out.push(at, finess, text.encode(writer.sender.codec, "replace"), fact.trigger, None)

    def _push(self, finess: str, writer: Writer, sent: Sent) -> None:
        raw = sent.text.encode(sent.codec or writer.sender.codec, "replace")
        self.out.push(sent.at, finess, raw[: sent.cut] if sent.cut else raw, sent.event, sent.fault)


def simulate(
    ght: RefGht,
    *,
    start: datetime,
    end: datetime | None,
    seed: int,
    faults: float = 0.02,
    structure: DemoStructure | None = None,
    surge: tuple[datetime, datetime, float] | None = None,
) -> Iterator[Emission | StaffAction]:
    """Live the GHT and yield what leaves its systems, in the order of time; streaming.

    Args:
        ght: the reference data of the GHT.
        start: beginning (aware). The hospitals are already full then: the stays under way and the last hours of the
            emergency departments come first, with an ``at`` before ``start``.
        end: last instant, excluded (messages that would leave later are not given); None: for ever.
        seed: the same seed gives the same bytes.
        faults: share of messages that have one of the faults of real feeds, 0 to 1.
        structure: the structure to live in; by default that of ``build_structure(ght, seed=seed)``.
        surge: from when to when, and by how much, more patients than usual come to the supporting hospital.

    Raises:
        ValueError: a date without time zone, or ``faults`` out of range.
    """
    if not 0.0 <= faults <= 1.0:
        raise ValueError("faults is a share between 0 and 1")
    last = calendar.seconds(end) if end is not None else None
    built = structure if structure is not None else build_structure(ght, seed=seed)
    more = NO_SURGE if surge is None else Surge(calendar.seconds(surge[0]), calendar.seconds(surge[1]), surge[2])
    simulation = Simulation(ght, built, start=calendar.seconds(start), seed=seed, surge=more)
    emitter = Emitter(make_senders(ght), Random(f"emitter-{seed}"), faults)  # noqa: S311 - a simulation
    for now, facts in simulation.run():
        yield from emitter.out.before(now if last is None else min(now, last))
        if last is not None and now >= last:
            return
        emitter.take(facts)
