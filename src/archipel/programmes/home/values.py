"""What a director's page says: frozen, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """A group whose programmes the account follows: code, name, its members that are seen."""

    code: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Something due, or at risk: what, by when, why it matters, and where to act.

    ``state`` is ``a_l_heure``, ``en_retard`` or ``bloque``; ``due`` None: no source gives the day.
    """

    what: str
    about: str
    why: str
    state: str
    due: date | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """Euros of the group's projects; ``unknown``: projects whose ceiling is not known, left out of ``expected``."""

    expected: Decimal
    secured: Decimal
    received: Decimal
    spent: Decimal
    projects: int
    unknown: int


@dataclass(frozen=True, slots=True)
class PackLine:
    """The requirements of a programme by status, now and some days before."""

    pack: str
    title: str
    counts: Mapping[str, int]
    before: Mapping[str, int]
    url: str = ""

    @property
    def total(self) -> int:
        """How many requirements."""
        return sum(self.counts.values())

    @property
    def proved_delta(self) -> int:
        """Requirements proved now and not before, less the reverse."""
        return self.counts.get("prouve", 0) - self.before.get("prouve", 0)


@dataclass(frozen=True, slots=True)
class Home:
    """The page of a group."""

    group: Group
    due: tuple[Item, ...]
    risks: tuple[Item, ...]
    money: Money
    requirements: tuple[PackLine, ...]

    @property
    def proved(self) -> int:
        """Requirements proved, over every programme."""
        return sum(line.counts.get("prouve", 0) for line in self.requirements)

    @property
    def total(self) -> int:
        """Requirements, over every programme."""
        return sum(line.total for line in self.requirements)

    @property
    def late(self) -> int:
        """Items past their day."""
        return sum(item.state == "en_retard" for item in self.due)
