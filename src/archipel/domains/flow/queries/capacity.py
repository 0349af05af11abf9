"""Capacity of the whole group, without names: beds by site, unit and filière, load of the emergency departments.

Two statements read it all, whatever the number of sites. A figure that nobody can know (no bed described, nothing ever
received) is None, never 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import add
from typing import Any

from django.db import connection

from archipel.domains.flow.queries.bed_rows import BED_ROWS, PLAN_LAPSES, whole_territory
from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

_COUNTS = (
    BED_ROWS
    + """
SELECT establishment, site, uf, filiere,
  count(*) FILTER (WHERE installed OR patients > 0), count(*) FILTER (WHERE state = 'occupe'),
  count(*) FILTER (WHERE state = 'reserve'), count(*) FILTER (WHERE state = 'ferme' AND installed),
  count(*) FILTER (WHERE state = 'non_arme'), count(*) FILTER (WHERE state = 'a_nettoyer'),
  count(*) FILTER (WHERE state = 'libre'), count(*) FILTER (WHERE patients > 1),
  count(*) FILTER (WHERE provisional AND (installed OR patients > 0)), 0::bigint, max(updated_at)
FROM words WHERE usage = 'lit' GROUP BY 1, 2, 3, 4
UNION ALL
SELECT i.establishment, u.site, i.uf, u.filiere, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(i.patients)::bigint, NULL
FROM inside i JOIN territory_uf u ON u.establishment = i.establishment AND u.code = i.uf
WHERE i.lit = '' AND u.filiere <> 'URG' GROUP BY 1, 2, 3, 4
"""
)

_EMERGENCY = (
    "WITH "
    + BED_ROWS.split(",\nplans AS", 1)[0].removeprefix("WITH ")
    + """
SELECT u.establishment, u.site, count(DISTINCT s.venue_id),
  count(DISTINCT s.venue_id) FILTER (WHERE coalesce(l.usage, 'attente') IN ('accueil', 'tri', 'attente')),
  min(v.begin) FILTER (WHERE coalesce(l.usage, 'attente') IN ('accueil', 'tri', 'attente')),
  count(DISTINCT s.venue_id) FILTER (WHERE l.usage = 'aval')
FROM territory_uf u
LEFT JOIN live s ON s.establishment = u.establishment AND s.uf = u.code AND s.begin <= %(now)s AND s.present
LEFT JOIN flow_venue v ON v.id = s.venue_id
LEFT JOIN territory_lit l
  ON l.establishment = s.establishment AND l.uf = s.uf AND l.chambre = s.chambre AND l.lit = s.lit
WHERE u.filiere = 'URG' AND NOT u.closed GROUP BY 1, 2
"""
)

_FRESHNESS = """
SELECT s.establishment, max(m.received_at) FROM journal_sender s
LEFT JOIN LATERAL (
  SELECT received_at FROM journal_message j WHERE j.sender_id = s.id ORDER BY j.id DESC LIMIT 1
) AS m ON true GROUP BY 1
"""

_HEARD = """
SELECT e.code FROM territory_etablissement e
WHERE EXISTS (SELECT 1 FROM flow_segment s WHERE s.establishment = e.code)
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Beds by state, which add up to ``installed``; ``conflicts``, ``provisional`` and ``without_bed`` are beside."""

    installed: int = 0
    occupied: int = 0
    reserved: int = 0
    closed: int = 0
    unstaffed: int = 0
    cleaning: int = 0
    available: int = 0
    conflicts: int = 0
    """Beds that hold two patients."""
    provisional: int = 0
    """Beds that only messages named, waiting for validation."""
    without_bed: int = 0
    """Patients present in the unit, whose bed no message gave."""

    @property
    def opened(self) -> int:
        """Installed, not closed and staffed."""
        return self.installed - self.closed - self.unstaffed

    @property
    def occupancy(self) -> float | None:
        """Occupied beds in per cent of the opened ones; None without any."""
        return 100 * self.occupied / self.opened if self.opened > 0 else None

    def values(self) -> tuple[int, ...]:
        """The fields in their order."""
        return (
            self.installed, self.occupied, self.reserved, self.closed, self.unstaffed, self.cleaning, self.available,
            self.conflicts, self.provisional, self.without_bed,
        )  # fmt: skip

    def __add__(self, other: Counts) -> Counts:
        """The sum of two."""
        return Counts(*map(add, self.values(), other.values()))


@dataclass(frozen=True, slots=True)
class EdLoad:
    """An emergency department now, without names."""

    present: int
    waiting: int
    """At reception, at triage, in a waiting room, or nowhere in particular."""
    oldest_arrival: datetime | None
    """When the one who waits for longest arrived."""
    downstream: int
    """Waiting for a bed."""


@dataclass(frozen=True, slots=True)
class UnitCapacity:
    """The beds of one UF. ``counts`` is None when nothing was ever received from the establishment."""

    establishment: str
    establishment_name: str
    site: str
    site_name: str
    uf: str
    name: str
    pole: str
    filiere: str
    provisional: bool
    counts: Counts
    heard: bool
    """Something was received from the establishment: occupied and free beds are known."""
    updated_at: datetime | None
    """Last message received from the establishment, or last act on one of its beds."""


@dataclass(frozen=True, slots=True)
class SiteCapacity:
    """The beds and the emergency department of one site."""

    establishment: str
    establishment_name: str
    finess: str
    name: str
    commune: str
    latitude: float | None
    longitude: float | None
    provisional: bool
    described: bool
    """The structure describes at least one bed here."""
    heard: bool
    counts: Counts
    by_filiere: Mapping[str, Counts]
    emergency: EdLoad | None
    declared: int
    """Beds declared to the SAE, for the filière asked for."""
    declared_year: int | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Capacity:
    """The whole group at a moment."""

    at: datetime
    sites: tuple[SiteCapacity, ...]
    units: tuple[UnitCapacity, ...]

    @property
    def total(self) -> Counts:
        """All that is known, added up."""
        return sum((site.counts for site in self.sites if site.described), Counts())

    @property
    def filieres(self) -> tuple[tuple[str, str], ...]:
        """(code, label) of the filières that have beds, in the usual order."""
        present = {unit.filiere for unit in self.units if unit.counts.installed}
        return tuple((code, label) for code, label in FILIERE_LABELS.items() if code in present)


def capacity(*, scope: Scope, filiere: str = "", at: datetime | None = None) -> Capacity:
    """Read the capacity of every site and unit of the group.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        filiere: only this one (code), all when empty.
        at: the moment, now by default.

    Raises:
        Denied: without the capability.
    """
    now = at or clock.now()
    parameters = {"now": now, "lapse": PLAN_LAPSES}
    with whole_territory(scope):
        rows = _rows(_COUNTS, parameters)
        emergency = {(row[0], row[1]): EdLoad(*row[2:]) for row in _rows(_EMERGENCY, parameters)}
        received = {row[0]: row[1] for row in _rows(_FRESHNESS, {})}
        heard = {row[0] for row in _rows(_HEARD, {})} | {code for code, last in received.items() if last}
    names = territory.establishment_names()
    sites = {site.finess: site for site in territory.sites()}
    touched = _touched(rows, received)
    units = _units(rows, names, sites, heard, touched, filiere)
    return Capacity(now, _sites(units, names, sites, emergency, heard, touched, filiere), units)


def _rows(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _touched(rows: Iterable[tuple[Any, ...]], received: Mapping[str, datetime | None]) -> dict[str, datetime]:
    """Establishment → when we last learnt something about it."""
    found = {code: last for code, last in received.items() if last is not None}
    for row in rows:
        if row[-1] is not None and (row[0] not in found or row[-1] > found[row[0]]):
            found[row[0]] = row[-1]
    return found


def _units(
    rows: Iterable[tuple[Any, ...]],
    names: Mapping[str, str],
    sites: Mapping[str, territory.SiteInfo],
    heard: set[str],
    touched: Mapping[str, datetime],
    filiere: str,
) -> tuple[UnitCapacity, ...]:
    counts: dict[tuple[str, str], Counts] = defaultdict(Counts)
    for row in rows:
        counts[(row[0], row[2])] += Counts(*row[4:14])
    found = []
    for info in territory.ufs():
        key = (info.establishment, info.code)
        if key not in counts or (filiere and info.filiere != filiere):
            continue
        place = sites.get(info.site)
        found.append(
            UnitCapacity(
                establishment=info.establishment,
                establishment_name=names.get(info.establishment, info.establishment),
                site=info.site,
                site_name=place.name if place else "",
                uf=info.code,
                name=info.name,
                pole=info.pole,
                filiere=info.filiere,
                provisional=info.provisional,
                counts=counts[key],
                heard=info.establishment in heard,
                updated_at=touched.get(info.establishment),
            )
        )
    return tuple(found)


def _sites(
    units: Iterable[UnitCapacity],
    names: Mapping[str, str],
    sites: Mapping[str, territory.SiteInfo],
    emergency: Mapping[tuple[str, str], EdLoad],
    heard: set[str],
    touched: Mapping[str, datetime],
    filiere: str,
) -> tuple[SiteCapacity, ...]:
    by_site: dict[tuple[str, str], dict[str, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for unit in units:
        by_site[(unit.establishment, unit.site)][unit.filiere] += unit.counts
    keys = {(info.establishment, finess) for finess, info in sites.items()} | set(by_site) | set(emergency)
    found = []
    for establishment, finess in keys:
        info = sites.get(finess)
        declared = [d for d in info.installed if not filiere or d.filiere == filiere] if info else []
        by_filiere = dict(by_site.get((establishment, finess), {}))
        total = sum(by_filiere.values(), Counts())
        if filiere and not total.installed and not sum(d.lits for d in declared):
            continue
        found.append(
            SiteCapacity(
                establishment=establishment,
                establishment_name=names.get(establishment, establishment),
                finess=finess,
                name=info.name if info else "Site à préciser",
                commune=info.commune if info else "",
                latitude=info.latitude if info else None,
                longitude=info.longitude if info else None,
                provisional=info.provisional if info else True,
                described=total.installed > 0,
                heard=establishment in heard,
                counts=total,
                by_filiere=by_filiere,
                emergency=emergency.get((establishment, finess)),
                declared=sum(d.lits for d in declared),
                declared_year=max((d.annee for d in declared), default=None),
                updated_at=touched.get(establishment),
            )
        )
    return tuple(sorted(found, key=lambda s: (-s.counts.installed, -s.declared, s.establishment_name, s.name)))
