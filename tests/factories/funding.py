"""Money for tests: activities told, a project open, its ledger begun."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from archipel.foundation.scope import Scope, in_scope
from archipel.programmes.funding import public as funding
from archipel.programmes.funding.public import Entry, Kind
from tests.factories.programmes import CHU, LANGRES, ej, load_region, pmsi, region_scope, tell

PACK, AC = "hopen2-aap", "activite-combinee"
SINCE, DAY = date(2026, 1, 1), date(2026, 6, 15)
CHAUMONT, DIJON = "520780032", CHU
ACTIVITIES: Mapping[str, int] = {CHU: 900_000, LANGRES: 120_000, CHAUMONT: 115_000}


def tell_activities(activities: Mapping[str, int] = ACTIVITIES) -> Scope:
    """The region's graph and the activity of some of its establishments; the scope that sees them all."""
    load_region()
    scope = region_scope()
    with in_scope(scope):
        for code, value in activities.items():
            tell(scope, pmsi(code), AC, Decimal(value), SINCE)
    return scope


def make_eligible(scope: Scope, *codes: str) -> None:
    """What HospiConnect asks for, told of these entities; no usage payment, proved."""
    with in_scope(scope):
        for code in codes:
            for fact in ("hospiconnect-candidature-validee", "hospiconnect-note-cadrage-deposee",
                         "hospiconnect-indicateurs-maturite-complets"):  # fmt: skip
                tell(scope, ej(code), fact, True, SINCE)


def open_project(scope: Scope, *perimeter: str, theme: str = "urgences", title: str = "Aval des urgences") -> int:
    """A project of these establishments, the first one bearing it."""
    with in_scope(scope):
        return funding.open_project(
            scope=scope, pack=PACK, theme=theme, title=title, perimeter=perimeter, effective_on=SINCE
        )


def write(scope: Scope, project: int, kind: Kind, amount: object = None, **more: object) -> int:
    """A line of its ledger."""
    entry = Entry(kind, more.pop("day", DAY), None if amount is None else Decimal(str(amount)), **more)  # type: ignore[arg-type]
    with in_scope(scope):
        return funding.write(scope=scope, project_id=project, entry=entry)
