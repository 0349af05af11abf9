"""The state of a project's money and the cash plan, folded from the ledger. No clock, no order of arrival.

A line that another one takes back counts no more. Of two lines that replace one another (grant, forecast of an entity
for an exercise), the one with the later effective date holds, then the one recorded later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from archipel.programmes.funding.rules.instalments import payments
from archipel.programmes.funding.values import Amount, Ceiling, Fact, Instalment, Kind, Payment

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Position:
    """The money of a project at a date.

    ``expected`` is the most that may come: what is granted, else the ceiling while the ARS has not decided, else zero
    for a project that is not retained; None: unknown. ``secured`` is the part whose condition is met; ``received`` what
    has come; ``planned`` and ``spent`` the forecast and actual spend; ``cofunded`` what others promise.
    """

    expected: Amount | None
    granted: Amount | None
    refused: bool
    secured: Amount
    received: Amount
    cofunded: Amount
    planned: Amount
    spent: Amount
    reasons: Mapping[str, str]
    schedule: tuple[Payment, ...]


@dataclass(frozen=True, slots=True)
class CashLine:
    """The cash of an entity over a year: what comes in, what goes out, and the balance from the first year on.

    ``expected`` is money whose condition is not met yet; ``outgoing`` is, project by project, the greater of the
    forecast and of the actual spend. ``balance`` counts what is expected and promised, ``certain`` does not.
    """

    establishment: str
    year: int
    received: Amount
    secured: Amount
    expected: Amount
    cofunded: Amount
    planned: Amount
    spent: Amount
    outgoing: Amount
    balance: Amount
    certain: Amount


def standing(facts: Iterable[Fact], at: date | None = None) -> list[Fact]:
    """The lines that count at a date, in the order in which they hold."""
    seen = [fact for fact in facts if at is None or fact.effective_on <= at]
    undone = {fact.undoes for fact in seen if fact.kind is Kind.ANNULATION}
    kept = [fact for fact in seen if fact.kind is not Kind.ANNULATION and fact.id not in undone]
    return sorted(kept, key=lambda fact: (fact.effective_on, fact.recorded_at, fact.id))


def perimeter(facts: Iterable[Fact], at: date | None = None) -> tuple[str, ...]:
    """The establishments of the project at a date, the bearer first; empty when the ledger says none yet."""
    said = [fact for fact in standing(facts, at) if fact.kind is Kind.PERIMETRE]
    return said[-1].perimeter if said else ()


def _sum(facts: Iterable[Fact]) -> Amount:
    return sum((fact.amount for fact in facts if fact.amount is not None), ZERO)


def forecasts(facts: Sequence[Fact]) -> dict[tuple[str, int], Amount]:
    """(entity, exercise) → forecast spend: the last word of each."""
    found: dict[tuple[str, int], Amount] = {}
    for fact in facts:
        if fact.kind is Kind.DEPENSE_PREVUE and fact.year is not None and fact.amount is not None:
            found[fact.establishment, fact.year] = fact.amount
    return found


def position(
    facts: Iterable[Fact], ceiling: Ceiling, instalments: Sequence[Instalment], at: date | None = None
) -> Position:
    """The money of a project at a date (None: as known now), from its ledger and its ceiling."""
    lines = standing(facts, at)
    decisions = [fact for fact in lines if fact.kind in (Kind.OCTROI, Kind.REFUS)]
    last = decisions[-1] if decisions else None
    refused = last is not None and last.kind is Kind.REFUS
    granted = last.amount if last is not None and not refused else None
    met = {fact.instalment for fact in lines if fact.kind is Kind.CONDITION}
    came: dict[str, Amount] = defaultdict(lambda: ZERO)
    for fact in lines:
        if fact.kind is Kind.ENCAISSEMENT and fact.amount is not None:
            came[fact.instalment] += fact.amount
    ceiling_amount = None if ceiling.amount is None else Decimal(ceiling.amount)
    expected = ZERO if refused else granted if granted is not None else ceiling_amount
    schedule = payments(expected, instalments, met=met, received=came) if expected is not None and instalments else ()
    secured = sum((one.amount for one in schedule if one.secured), ZERO) if granted is not None else ZERO
    return Position(
        expected=expected,
        granted=granted,
        refused=refused,
        secured=secured,
        received=_sum(fact for fact in lines if fact.kind is Kind.ENCAISSEMENT),
        cofunded=_sum(fact for fact in lines if fact.kind is Kind.COFINANCEMENT),
        planned=sum(forecasts(lines).values(), ZERO),
        spent=_sum(fact for fact in lines if fact.kind is Kind.DEPENSE),
        reasons=last.reasons if last is not None else MappingProxyType({}),
        schedule=schedule,
    )


@dataclass(slots=True)
class _Year:
    received: Amount = ZERO
    secured: Amount = ZERO
    expected: Amount = ZERO
    cofunded: Amount = ZERO
    planned: Amount = ZERO
    spent: Amount = ZERO
    outgoing: Amount = ZERO


def cash(
    facts: Iterable[Fact], held: Position, *, bearer: str, years: Sequence[int], at: date | None = None
) -> list[CashLine]:
    """The cash plan of a project, by entity and year.

    Instalments go to the bearer's entity until a receipt says who got the money; an instalment that was received
    counts where and when it was. An instalment without a year falls on the last of ``years``.

    Args:
        facts: the ledger of the project.
        held: its position at the same date.
        bearer: FINESS EJ of the bearer.
        years: the exercises to show; those that the ledger names are added.
        at: the date; None: as known now.
    """
    lines = standing(facts, at)
    cells: dict[tuple[str, int], _Year] = defaultdict(_Year)
    for (entity, year), amount in forecasts(lines).items():
        cells[entity, year].planned = amount
    for fact in lines:
        if fact.amount is None or fact.kind is Kind.DEPENSE_PREVUE:
            continue
        year = fact.year if fact.year is not None else fact.effective_on.year
        if fact.kind is Kind.ENCAISSEMENT:
            cells[fact.establishment or bearer, year].received += fact.amount
        elif fact.kind is Kind.COFINANCEMENT:
            cells[fact.establishment or bearer, year].cofunded += fact.amount
        elif fact.kind is Kind.DEPENSE:
            cells[fact.establishment or bearer, year].spent += fact.amount
    for payment in held.schedule:
        left = max(payment.amount - payment.received, ZERO)
        cell = cells[bearer, payment.instalment.year or years[-1]]
        if payment.secured and held.granted is not None:
            cell.secured += left
        else:
            cell.expected += left
    for cell in cells.values():
        cell.outgoing = max(cell.planned, cell.spent)
    return _balanced(cells, sorted({*years, *(year for _, year in cells)}))


def _balanced(cells: Mapping[tuple[str, int], _Year], years: Sequence[int]) -> list[CashLine]:
    found = []
    for entity in sorted({entity for entity, _ in cells}):
        balance = certain = ZERO
        for year in years:
            one = cells.get((entity, year), _Year())
            sure = one.received + one.secured
            balance += sure + one.expected + one.cofunded - one.outgoing
            certain += sure - one.outgoing
            found.append(
                CashLine(
                    entity, year, one.received, one.secured, one.expected, one.cofunded, one.planned, one.spent,
                    one.outgoing, balance, certain,
                )
            )  # fmt: skip
    return found


def merged(plans: Iterable[Sequence[CashLine]]) -> list[CashLine]:
    """Several cash plans as one, by entity and year, the balances computed again."""
    cells: dict[tuple[str, int], _Year] = defaultdict(_Year)
    for line in (line for plan in plans for line in plan):
        cell = cells[line.establishment, line.year]
        cell.received += line.received
        cell.secured += line.secured
        cell.expected += line.expected
        cell.cofunded += line.cofunded
        cell.planned += line.planned
        cell.spent += line.spent
        cell.outgoing += line.outgoing
    return _balanced(cells, sorted({year for _, year in cells}))
