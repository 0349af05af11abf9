"""The inventory of a day, as a scenario freezes it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from archipel.domains.systems import public as systems
from archipel.domains.systems.public import Inventory, Kind, Reader, Record
from archipel.kernel.errors import Invalid
from archipel.scenarios.trajectory.values.facts import (
    Exchange,
    Facts,
    FunctionFact,
    GroupFact,
    Member,
    Product,
    Use,
)


def read_facts(members: Sequence[str], day: date | None = None, known_at: datetime | None = None) -> Facts:
    """What the inventory says of these establishments.

    Args:
        members: FINESS EJ, within the scope of the transaction.
        day: the day described; today by default.
        known_at: with what had been recorded by then; now by default.

    Raises:
        Invalid: no establishment, or no application in service in any of them.
    """
    moment = known_at or timezone.now()
    known = systems.inventory(day, moment)
    wanted = sorted(set(members))
    uses = tuple(_uses(known, wanted))
    if not wanted or not uses:
        raise Invalid(
            "Aucune application en service n'est décrite pour ces établissements : importez d'abord leur inventaire.",
            code="inventaire-vide",
        )
    model = systems.functions()
    return Facts(
        day=known.day.isoformat(),
        known_at=moment.isoformat(),
        ledger=systems.ledger_version(moment),
        model=model.version,
        members=tuple(Member(code, known.names.get(code, code)) for code in wanted),
        functions=tuple(FunctionFact(f.id, f.label, f.group, f.mandatory, f.why) for f in model.functions),
        groups=tuple(GroupFact(g.id, g.label, g.after) for g in sorted(model.groups, key=lambda g: g.rank)),
        uses=uses,
        products=tuple(_products(known)),
        exchanges=tuple(_exchanges(known, wanted)),
        targets=tuple(sorted(systems.targets(known, Reader(known)).items())),
        endings=tuple(
            (f"{one.technology.name} {one.technology.text('version')}".strip(), one.ends.isoformat(),
             sum(app.key.establishment in wanted for app in one.applications))
            for one in systems.endings(known)
        ),
    )  # fmt: skip


def _uses(known: Inventory, members: Sequence[str]) -> Iterable[Use]:
    reader, carbon, ends = Reader(known), _carbon(known), _contract_ends(known)
    golden = {one.name for one in known.of(Kind.PRODUIT)}
    for one in sorted(known.live(), key=lambda record: record.key):
        place, code = one.key.establishment, one.key.code
        if place not in members:
            continue
        product, level = reader.product(one), one.number("souverainete")
        run = [cost for name in ("cout_exploitation", "cout_personnel") if (cost := one.number(name)) is not None]
        yield Use(
            establishment=place, code=code, name=one.name, product=product, vendor=reader.vendor(one),
            golden=product in golden, functions=reader.functions(one), users=_whole(one.number("utilisateurs")),
            licence=_whole(one.number("cout_licence")), run=_whole(sum(run, Decimal(0))) if run else None,
            hosting=one.shown("hebergement"), sovereignty=_whole(level),
            phasing_out=one.text("statut") == "extinction", ends=_day(one.day("fin_prevue")),
            contract_end=_day(ends.get((place, code))), carbon=_whole(carbon.get((place, code))),
        )  # fmt: skip


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else round(value)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _contract_ends(known: Inventory) -> dict[tuple[str, str], date]:
    """The end of the last contract that names an application and has not ended."""
    found: dict[tuple[str, str], date] = {}
    for contract in known.of(Kind.CONTRAT):
        end = contract.day("fin")
        if end is None or end < known.day:
            continue
        for code in contract.items("applications"):
            key = contract.key.establishment, code
            found[key] = max(end, found.get(key, end))
    return found


def _carbon(known: Inventory) -> dict[tuple[str, str], Decimal]:
    """kg CO2e a year of an application: the equipment that says what it carries, shared evenly."""
    factors, found = systems.carbon(), defaultdict[tuple[str, str], Decimal](Decimal)
    for one in known.of(Kind.EQUIPEMENT):
        carried, factor = one.items("applications"), factors.factors.get(one.text("type"))
        if not carried or factor is None:
            continue
        said = one.number("electricite")
        kwh = (factor.kwh if said is None else said) * (factors.pue if factor.room else 1)
        count = one.number("quantite") or Decimal(1)
        whole = count * (factor.once / factor.years + kwh * factors.kg_per_kwh)
        for code in carried:
            found[one.key.establishment, code] += whole / len(carried)
    return found


def _products(known: Inventory) -> Iterable[Product]:
    reader = Reader(known)
    for one in sorted(known.of(Kind.PRODUIT), key=lambda record: record.key):
        yield Product(one.name, reader.vendor(one), one.items("fonctions"))


def _exchanges(known: Inventory, members: Sequence[str]) -> Iterable[Exchange]:
    """The pairs of functions between which interfaces are described, by the first function of each application."""
    reader = Reader(known)
    first: dict[tuple[str, str], str] = {}
    for one in known.live():
        functions = reader.functions(one)
        if functions:
            first[one.key.establishment, one.key.code] = functions[0]
    counts: Counter[tuple[str, str]] = Counter()
    for flow in known.of(Kind.INTERFACE):
        ends = _ends(flow)
        if flow.key.establishment in members and all(end in first for end in ends):
            a, b = sorted(first[end] for end in ends)
            if a != b:
                counts[a, b] += 1
    return (Exchange(a, b, count) for (a, b), count in sorted(counts.items()))


def _ends(flow: Record) -> tuple[tuple[str, str], tuple[str, str]]:
    place = flow.key.establishment
    return (place, flow.text("source")), (flow.text("etablissement_cible") or place, flow.text("cible"))
