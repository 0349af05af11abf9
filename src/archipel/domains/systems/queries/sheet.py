"""Everything that is known of one thing: its fields, its past, what it is linked to, who else uses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from statistics import median

from archipel.domains.systems.queries.store import versions
from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.names import normal
from archipel.domains.systems.rules.technologies import technologies, technology_index
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import FIELDS, Kind


@dataclass(frozen=True, slots=True)
class Version:
    """One statement about the thing."""

    number: int
    since: date
    recorded_at: datetime
    actor: str
    reason: str
    state: str
    changes: tuple[tuple[str, str, str], ...]
    last: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same product in another establishment, and its price."""

    record: Record
    establishment: str
    users: Decimal | None
    cost: Decimal | None

    @property
    def per_user(self) -> Decimal | None:
        """Euros a year for one user."""
        return self.cost / self.users if self.cost is not None and self.users else None


@dataclass(frozen=True, slots=True)
class Prices:
    """What one user of a product costs a year, in the establishments that the account sees."""

    lowest: Decimal
    middle: Decimal
    highest: Decimal
    known: int
    rank: int | None
    """Of this application among those whose price is known, 1 for the cheapest; None: its own is not known."""

    @property
    def ratio(self) -> Decimal | None:
        """The highest over the lowest; None when the lowest is free."""
        return self.highest / self.lowest if self.lowest else None


@dataclass(frozen=True, slots=True)
class Links:
    """What an application is linked to."""

    depends_on: tuple[Record, ...]
    needed_by: tuple[Record, ...]
    flows_in: tuple[Record, ...]
    flows_out: tuple[Record, ...]
    contracts: tuple[Record, ...]
    equipment: tuple[Record, ...]
    technologies: tuple[Record, ...]
    elsewhere: tuple[Elsewhere, ...]


def past(key: Key) -> list[Version]:
    """The statements about a thing, newest first, each with what it changed."""
    rows = versions(key)
    labels = {field.name: field.label for field in FIELDS[key.kind]}
    made = []
    for rank, row in enumerate(rows):
        older = Record(key, rows[rank + 1].content) if rank + 1 < len(rows) else Record(key, {})
        newer = Record(key, row.content)
        names = dict.fromkeys([*newer.content, *older.content])
        changes = tuple(
            (labels.get(name, name), older.shown(name), newer.shown(name))
            for name in names
            if older.shown(name) != newer.shown(name)
        )
        state = "annulé" if row.void else "retiré" if row.withdrawn else "dit"
        made.append(
            Version(row.pk, row.valid_from, row.recorded_at, row.actor, row.reason, state,
                    changes if not row.void else (), rank == 0)
        )  # fmt: skip
    return made


def links(known: Inventory, application: Record) -> Links:
    """What an application depends on, who needs it, its flows, contracts, equipment, and the same product elsewhere."""
    place, code = application.key.establishment, application.key.code
    reader = Reader(known)
    here = {one.key.code: one for one in known.of(Kind.APPLICATION, place)}
    flows = known.of(Kind.INTERFACE)
    return Links(
        tuple(here[one] for one in application.items("depend_de") if one in here),
        tuple(one for one in here.values() if code in one.items("depend_de")),
        tuple(one for one in flows if one.text("cible") == code and (one.text("etablissement_cible") or
              one.key.establishment) == place),
        tuple(one for one in flows if one.key.establishment == place and one.text("source") == code),
        tuple(one for one in known.of(Kind.CONTRAT, place) if code in one.items("applications")),
        tuple(one for one in known.of(Kind.EQUIPEMENT, place) if code in one.items("applications")),
        technologies(technology_index(known), application),
        elsewhere(known, reader, application),
    )  # fmt: skip


def elsewhere(known: Inventory, reader: Reader, application: Record) -> tuple[Elsewhere, ...]:
    """The other applications of the same product, in the establishments that the account sees."""
    wanted = normal(reader.product(application))
    return tuple(
        Elsewhere(one, known.names.get(one.key.establishment, one.key.establishment), one.number("utilisateurs"),
                  one.cost)
        for one in known.of(Kind.APPLICATION)
        if one.key != application.key and normal(reader.product(one)) == wanted
    )  # fmt: skip


def prices(application: Record, others: tuple[Elsewhere, ...]) -> Prices | None:
    """The dispersion of the prices of a product; None when fewer than two are known."""
    users = application.number("utilisateurs")
    own = application.cost / users if application.cost is not None and users else None
    known = sorted(
        [price for one in others if (price := one.per_user) is not None] + ([own] if own is not None else [])
    )
    if len(known) < 2:
        return None
    rank = None if own is None else 1 + sum(price < own for price in known)
    return Prices(known[0], median(known), known[-1], len(known), rank)
