"""Costs by user, contracts by date, two establishments side by side."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from archipel.domains.systems.rules.coverage import Reader, matrix
from archipel.domains.systems.rules.exposure import endings
from archipel.domains.systems.values.functions import FunctionModel
from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import Kind


@dataclass(frozen=True, slots=True)
class Heat:
    """Cost by user of one product or function in each establishment; ``levels`` from 1 (least) to 4, 0: unknown."""

    label: str
    values: tuple[Decimal | None, ...]
    levels: tuple[int, ...]

    @property
    def dispersion(self) -> Decimal | None:
        """The highest over the lowest; None with fewer than two."""
        known = [value for value in self.values if value]
        return max(known) / min(known) if len(known) > 1 else None


def heat(known: Inventory, model: FunctionModel, establishments: Sequence[str], by: str = "fonction") -> list[Heat]:
    """Euros a year for one user, by function or by product.

    An application that covers several functions counts whole in each: the figure compares, it does not add up.
    """
    reader = Reader(known)
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for one in known.live():
        users, cost = one.number("utilisateurs"), one.cost
        if users and cost is not None:
            labels = reader.functions(one) if by == "fonction" else (reader.product(one),)
            for label in labels:
                pair = sums.setdefault((label, one.key.establishment), [Decimal(0), Decimal(0)])
                pair[0] += cost
                pair[1] += users
    names = {one.id: one.label for one in model.functions}
    order = [one.id for one in model.functions] if by == "fonction" else sorted({label for label, _ in sums})
    lines = []
    for label in order:
        values = tuple(
            sums[label, place][0] / sums[label, place][1] if (label, place) in sums else None
            for place in establishments
        )
        if any(value is not None for value in values):
            lines.append(Heat(names.get(label, label), values, _levels(values)))
    return lines


def _levels(values: Sequence[Decimal | None]) -> tuple[int, ...]:
    known = sorted(value for value in values if value is not None)
    if len(known) < 2:
        return tuple(0 for _ in values)
    low, high = known[0], known[-1]
    span = high - low
    return tuple(
        0 if value is None else 1 if not span else min(4, 1 + int(4 * (value - low) / span)) for value in values
    )


@dataclass(frozen=True, slots=True)
class Deadline:
    """A contract, or the support of a technology, on the line of time."""

    record: Record
    what: str
    begin: date | None
    end: date | None
    notice: date | None
    """The last day to give notice."""
    amount: Decimal | None

    def state(self, day: date) -> str:
        """``fini``, ``preavis`` (the notice is due within six months or past), ``court`` or ``sans_fin``."""
        if self.end is None:
            return "sans_fin"
        if self.end < day:
            return "fini"
        return "preavis" if (self.notice or self.end) <= months(day, 6) else "court"


def months(day: date, count: int) -> date:
    """The same day some months later or earlier; the last day of the month when there is none."""
    rank = day.year * 12 + day.month - 1 + count
    year, month = divmod(rank, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def deadlines(known: Inventory) -> list[Deadline]:
    """The contracts and the ends of support, by end."""
    found = []
    for one in known.of(Kind.CONTRAT):
        end, notice = one.day("fin"), one.number("preavis_mois")
        last = months(end, -int(notice)) if end and notice is not None else None
        found.append(Deadline(one, "Contrat", one.day("debut"), end, last, one.number("montant")))
    for ending in endings(known):
        found.append(Deadline(ending.technology, "Fin de support", None, ending.ends, None, None))
    return sorted(found, key=lambda one: (one.end or date.max, one.record.key))


@dataclass(frozen=True, slots=True)
class Difference:
    """One function in two establishments."""

    function: str
    group: str
    left: tuple[str, ...]
    right: tuple[str, ...]

    @property
    def state(self) -> str:
        """``meme``, ``different``, ``gauche`` or ``droite`` (covered on one side only)."""
        if self.left and self.right:
            return "meme" if set(self.left) & set(self.right) else "different"
        return "gauche" if self.left else "droite"


@dataclass(frozen=True, slots=True)
class Totals:
    """What an establishment holds."""

    applications: int
    products: int
    interfaces: int
    cost: Decimal
    unpriced: int


def compare(known: Inventory, model: FunctionModel, left: str, right: str) -> tuple[list[Difference], list[Totals]]:
    """Two establishments function by function, and what each holds in all."""
    found = matrix(known, model, [left, right])
    lines = [
        Difference(line.function.label, line.group, line.cells[0].products, line.cells[1].products)
        for line in found.lines
        if line.covered
    ]
    return lines, [totals(known, place) for place in (left, right)]


def totals(known: Inventory, establishment: str) -> Totals:
    """What an establishment holds on the day."""
    reader = Reader(known)
    here = [one for one in known.live() if one.key.establishment == establishment]
    costs = [one.cost for one in here]
    return Totals(
        len(here), len({reader.product(one) for one in here}), len(known.of(Kind.INTERFACE, establishment)),
        sum((cost for cost in costs if cost is not None), Decimal(0)), sum(cost is None for cost in costs),
    )  # fmt: skip


def spending(known: Inventory) -> dict[str, Decimal]:
    """Euros a year by establishment."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in known.live():
        sums[one.key.establishment] += one.cost or 0
    return dict(sums)
