"""Projects with their money at a date: ceiling, position, cash, ledger; totals by entity and group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.utils import timezone

from archipel.kernel.errors import NotFound
from archipel.programmes.funding.models import Line
from archipel.programmes.funding.models import Project as Row
from archipel.programmes.funding.queries.activity import parties
from archipel.programmes.funding.queries.programme import Programme, programme
from archipel.programmes.funding.rules.caps import ceiling
from archipel.programmes.funding.rules.ledger import CashLine, Position, cash, merged, perimeter, position
from archipel.programmes.funding.values import Ceiling, Fact, Kind, Party
from archipel.programmes.perimetre import public as perimetre

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ProjectMoney:
    """A project and its money at a date; ``ght`` is the group of its bearer."""

    id: int
    reference: str
    title: str
    programme: Programme
    theme: str
    perimeter: tuple[Party, ...]
    ceiling: Ceiling
    position: Position
    cash: tuple[CashLine, ...]
    facts: tuple[Fact, ...]
    ght: str

    @property
    def bearer(self) -> Party:
        """The establishment that bears it."""
        return self.perimeter[0]

    @property
    def theme_label(self) -> str:
        """The theme in French."""
        return self.programme.themes.get(self.theme, self.theme)

    @property
    def dossier(self) -> int | None:
        """The number of the dossier that decides for it; None when decisions are written here."""
        followed = any(fact.source for fact in self.facts)
        number = self.reference.removeprefix("dossier:")
        return int(number) if followed and number != self.reference and number.isdigit() else None

    @property
    def state(self) -> str:
        """``refuse``, ``solde`` (all received), ``retenu`` (granted) or ``depose`` (not decided)."""
        if self.position.refused:
            return "refuse"
        if self.position.granted is None:
            return "depose"
        return "solde" if self.position.received >= self.position.granted else "retenu"


@dataclass(frozen=True, slots=True)
class Totals:
    """Money of some projects, in euros: what may come in all, of which secured, of which received; what is spent.

    ``unknown`` counts the projects whose ceiling is not known: they are not in ``expected``.
    """

    expected: Decimal = ZERO
    secured: Decimal = ZERO
    received: Decimal = ZERO
    cofunded: Decimal = ZERO
    planned: Decimal = ZERO
    spent: Decimal = ZERO
    projects: int = 0
    unknown: int = 0


def fact_of(line: Line) -> Fact:
    """A line of the ledger as the rules read it."""
    return Fact(
        id=line.pk,
        kind=Kind(line.kind),
        effective_on=line.effective_on,
        recorded_at=line.recorded_at,
        amount=line.amount,
        establishment=line.establishment,
        year=line.year,
        instalment=line.instalment,
        reasons=MappingProxyType(dict(line.reasons)),
        perimeter=tuple(line.perimeter),
        text=line.text,
        undoes=line.undoes_id,
        actor=line.actor,
        by_authority=line.by_authority,
        source=line.source,
    )


def facts_of(project: int) -> tuple[Fact, ...]:
    """The whole ledger of a project, the oldest line first."""
    return tuple(fact_of(line) for line in Line.objects.filter(project_id=project).order_by("recorded_at", "id"))


def projects(*, pack: str = "", at: date | None = None, ght: str = "", establishment: str = "") -> list[ProjectMoney]:
    """The projects that the scope sees, with their money at a date (today by default).

    Args:
        pack: of one programme.
        at: what was effective by that date.
        ght: whose bearer is of that group.
        establishment: whose perimeter holds this FINESS EJ.
    """
    rows = Row.objects.order_by("id")
    if pack:
        rows = rows.filter(pack=pack)
    if establishment:
        rows = rows.filter(establishments__contains=[establishment])
    return [one for one in _read(list(rows), at) if not ght or one.ght == ght]


def project(number: int, at: date | None = None) -> ProjectMoney:
    """One project with its money at a date.

    Raises:
        NotFound: none of that number in the scope.
    """
    found = _read(list(Row.objects.filter(pk=number)), at)
    if not found:
        raise NotFound(f"Le projet financé n° {number} est introuvable.", code="projet-introuvable")
    return found[0]


def by_reference(reference: str) -> int | None:
    """The number of the project that somebody keeps under a reference; None when the scope sees none."""
    return Row.objects.filter(reference=reference).values_list("pk", flat=True).first()


def _read(rows: Sequence[Row], at: date | None) -> list[ProjectMoney]:
    day = at or timezone.localdate()
    ledgers: dict[int, list[Fact]] = defaultdict(list)
    for line in Line.objects.filter(project_id__in=[row.pk for row in rows]).order_by("recorded_at", "id"):
        ledgers[line.project_id].append(fact_of(line))
    perimeters = {row.pk: perimeter(ledgers[row.pk], at) for row in rows}
    by_fact: dict[str, set[str]] = defaultdict(set)
    money = {key: programme(*key) for key in {(row.pack, row.version) for row in rows}}
    for row in rows:
        by_fact[money[row.pack, row.version].activity_fact] |= set(perimeters[row.pk])
    known = {(fact, one.finess): one for fact, codes in by_fact.items() for one in parties(sorted(codes), fact, day)}
    found, graph = [], perimetre.graph(day)
    for row in rows:
        about = money[row.pack, row.version]
        members = tuple(known[about.activity_fact, code] for code in perimeters[row.pk])
        if members:
            found.append(_money(row, about, members, tuple(ledgers[row.pk]), at, graph))
    return found


def _money(
    row: Row,
    about: Programme,
    members: tuple[Party, ...],
    facts: tuple[Fact, ...],
    at: date | None,
    graph: perimetre.Graph,
) -> ProjectMoney:
    cap = ceiling(about.bands, members)
    held = position(facts, cap, about.instalments, at)
    years = about.years or (graph.at.year,)
    legal = graph.node(members[0].ej)
    group = graph.ght(legal.key) if legal else None
    return ProjectMoney(
        id=row.pk,
        reference=row.reference,
        title=row.title,
        programme=about,
        theme=row.theme,
        perimeter=members,
        ceiling=cap,
        position=held,
        cash=tuple(cash(facts, held, bearer=members[0].ej, years=years, at=at)),
        facts=facts,
        ght=group.code if group else "",
    )


def totals(found: Iterable[ProjectMoney]) -> Totals:
    """The money of some projects together."""
    listed = list(found)
    held = [one.position for one in listed]
    return Totals(
        expected=sum((one.expected for one in held if one.expected is not None), ZERO),
        secured=sum((one.secured for one in held), ZERO),
        received=sum((one.received for one in held), ZERO),
        cofunded=sum((one.cofunded for one in held), ZERO),
        planned=sum((one.planned for one in held), ZERO),
        spent=sum((one.spent for one in held), ZERO),
        projects=len(listed),
        unknown=sum(one.expected is None for one in held),
    )


def cash_plan(found: Iterable[ProjectMoney], establishments: Iterable[str] | None = None) -> list[CashLine]:
    """The cash of some projects by entity and year; of some entities only, when they are given."""
    plan = merged([one.cash for one in found])
    if establishments is None:
        return plan
    wanted = set(establishments)
    return [line for line in plan if line.establishment in wanted]


def by_entity(found: Iterable[ProjectMoney]) -> Mapping[str, Totals]:
    """The money by entity (FINESS EJ): what comes to whom, who spends. Projects count at their bearer."""
    listed = list(found)
    rows: dict[str, list[CashLine]] = defaultdict(list)
    for line in cash_plan(listed):
        rows[line.establishment].append(line)
    return {code: _entity(code, lines, listed) for code, lines in sorted(rows.items())}


def _entity(code: str, lines: Sequence[CashLine], found: Sequence[ProjectMoney]) -> Totals:
    borne = [one for one in found if one.bearer.ej == code]
    return Totals(
        expected=sum((one.received + one.secured + one.expected for one in lines), ZERO),
        secured=sum((one.received + one.secured for one in lines), ZERO),
        received=sum((one.received for one in lines), ZERO),
        cofunded=sum((one.cofunded for one in lines), ZERO),
        planned=sum((one.planned for one in lines), ZERO),
        spent=sum((one.spent for one in lines), ZERO),
        projects=len(borne),
        unknown=sum(one.position.expected is None for one in borne),
    )
