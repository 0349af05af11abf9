"""What every process of the simulation shares: the agenda, the dice, the world, and the way out for facts."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from math import exp
from random import Random
from typing import Any

from archipel.demo.simulator import calendar
from archipel.demo.simulator.people import Person
from archipel.demo.simulator.profiles import LENGTHS
from archipel.demo.simulator.world import Bed, Member, Site, Stay, Ward, World
from archipel.demo.structure import DemoUf


@dataclass(slots=True)
class Fact:
    """Something that happened (or was planned) to a stay or a person, to be told by the emitter at once.

    ``trigger`` borrows the names of HL7 events (A01 … A54, Z99), which are what the hospitals of a GHT share.
    """

    at: int
    """When it takes effect (seconds)."""
    trigger: str
    member: Member
    person: Person
    stay: Stay | None = None
    known_at: int = 0
    """When it is known (and may be sent)."""
    nature: str = "HMS"
    """Which parts change, as ZBE-9 letters."""
    movement: int = 0
    when: int = 0
    """Expected date of a plan."""
    mode: str = ""
    """PMSI mode of exit."""
    wish: str = ""
    """What a pending transfer asks for (filière)."""
    other: Person | None = None
    """The record that disappears (A40, A47), or the former owner (A44)."""
    original: str = ""
    """Trigger of the movement that is updated or cancelled."""
    bed: Bed | None = None
    """Where the patient was at that moment (as are the next three)."""
    uf: DemoUf | None = None
    medical: DemoUf | None = None
    klass: str = ""
    room: str = ""


@dataclass(slots=True)
class Deed:
    """Something that staff do and that HL7 PAM does not carry."""

    at: int
    kind: str
    site: Site
    ward: Ward
    bed: Bed | None
    stay: Stay | None
    details: tuple[tuple[str, str], ...] = ()


class Core:
    """Agenda and dice."""

    def __init__(self, world: World, random: Random, start: int) -> None:
        self.world = world
        self.random = random
        self.now = start
        self._agenda: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._order = 0
        self.facts: list[Fact | Deed] = []
        """What was told since the engine last looked."""

    def rank(self) -> int:
        """A number that only grows, to keep ties in order."""
        self._order += 1
        return self._order

    def later(self, at: int, action: Callable[[Any], None], argument: Any) -> None:
        """Put an action in the agenda."""
        heapq.heappush(self._agenda, (at, self.rank(), action, argument))

    def step(self) -> bool:
        """Run the next action of the agenda; False when there is none."""
        if not self._agenda:
            return False
        self.now, _, action, argument = heapq.heappop(self._agenda)
        action(argument)
        return True

    def next_at(self) -> int:
        """When the next action takes place."""
        return self._agenda[0][0]

    def tell(self, trigger: str, stay: Stay, nature: str = "HMS", *, at: int = 0, known_at: int = 0,
             when: int = 0, mode: str = "", wish: str = "", movement: int = 0, original: str = "") -> Fact:  # fmt: skip
        """Tell a fact about a stay; a new movement gets its number here."""
        at = at or self.now
        fact = Fact(at, trigger, stay.member, stay.person, stay, known_at or self.now, nature,
                    movement or stay.member.movement(), when, mode, wish, None, original,
                    stay.bed, stay.uf, stay.medical, stay.klass, stay.room)  # fmt: skip
        if not movement and trigger in _MOVES:
            stay.last_trigger, stay.last_movement, stay.last_at = trigger, fact.movement, at
        self.facts.append(fact)
        return fact

    def tell_person(self, trigger: str, member: Member, person: Person, other: Person | None = None,
                    stay: Stay | None = None) -> None:  # fmt: skip
        """Tell a fact about an identity (and, for A44, about a venue)."""
        fact = Fact(self.now, trigger, member, person, stay, self.now, other=other)
        if stay is not None:
            fact.bed, fact.uf, fact.medical, fact.klass = stay.bed, stay.uf, stay.medical, stay.klass
        self.facts.append(fact)

    def deed(self, kind: str, ward: Ward, bed: Bed | None, stay: Stay | None, **details: str) -> None:
        """Tell what staff do."""
        self.facts.append(Deed(self.now, kind, ward.site, ward, bed, stay, tuple(sorted(details.items()))))

    def spread(self, median: float, sigma: float = 0.5) -> float:
        """A log-normal duration around a median, in the same unit."""
        return median * exp(sigma * self.random.gauss(0.0, 1.0))

    def pick(self, table: tuple[tuple[Any, float], ...]) -> Any:
        """One value of a table of (value, weight)."""
        left = self.random.random() * sum(weight for _, weight in table)
        for value, weight in table:
            left -= weight
            if left < 0:
                return value
        return table[-1][0]

    def length(self, filiere: str, scale: float = 1.0) -> int:
        """A length of stay in seconds."""
        law = LENGTHS[filiere]
        days = min(self.spread(law.median, law.sigma), law.median * 8)
        return int(max(days * scale, 0.15) * calendar.DAY)

    def new_stay(self, member: Member, person: Person, klass: str, need: str, ward: Ward) -> Stay:
        """Open a venue that begins in that ward (not yet placed)."""
        rank = member.dossier()
        year = calendar.hl7(self.now)[2:4]
        person.stays += 1
        return Stay(
            member, person, f"{year}{rank:07d}", f"{year}9{rank:07d}", klass, need, ward.uf, ward.uf, ward.site,
            begun=self.now,
        )  # fmt: skip


_MOVES = frozenset({"A01", "A04", "A02", "A06", "A21", "A22", "A03"})
