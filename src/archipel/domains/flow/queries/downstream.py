"""The search for a downstream bed across the whole group, from capacity alone: no patient is read but the one sought.

One statement reads every bed; the pure ranking says which ones do, in which order and why.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from archipel.domains.flow.queries.bed_rows import BED_ROWS, PLAN_LAPSES, whole_territory
from archipel.domains.flow.queries.downstream_config import SearchConfig, search_config
from archipel.domains.flow.rules import rank_beds, with_protection
from archipel.domains.flow.values.beds import BedStateKind, bed_label
from archipel.domains.flow.values.ranking import BedCandidate, BedRequest, RankedBed
from archipel.foundation.bulk import plain_reading
from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.territory import public as territory

SHOWN = 30
"""Ranked beds returned by default."""

_ALL = (
    BED_ROWS
    + """,
sexes AS (
  SELECT establishment, uf, chambre, lit, array_agg(DISTINCT sexe) FILTER (WHERE sexe IN ('F', 'M')) AS found
  FROM live WHERE begin <= %(now)s GROUP BY 1, 2, 3, 4
),
leaving AS (
  SELECT l.establishment, l.uf, l.chambre, l.lit,
    max(coalesce(p.at, v.expected_exit)) AS at, bool_and(coalesce(p.at, v.expected_exit) IS NOT NULL) AS known
  FROM live l
  LEFT JOIN flow_venue v ON v.id = l.venue_id
  LEFT JOIN (SELECT venue_id, min(at) AS at FROM plans WHERE kind = 'A16' GROUP BY 1) AS p ON p.venue_id = l.venue_id
  WHERE l.begin <= %(now)s GROUP BY 1, 2, 3, 4
)
SELECT w.establishment, w.uf, w.chambre, w.lit, w.site, w.filiere, w.state, w.awaited, w.updated_at, t.single,
  t.isolation, b.sexe, b.isolation, s.found, CASE WHEN g.known THEN g.at END, t.name
FROM words w
JOIN territory_lit t
  ON t.establishment = w.establishment AND t.uf = w.uf AND t.chambre = w.chambre AND t.lit = w.lit
LEFT JOIN flow_bedstatus b
  ON b.establishment = w.establishment AND b.uf = w.uf AND b.chambre = w.chambre AND b.lit = w.lit
LEFT JOIN sexes s
  ON s.establishment = w.establishment AND s.uf = w.uf AND s.chambre = w.chambre AND s.lit = w.lit
LEFT JOIN leaving g
  ON g.establishment = w.establishment AND g.uf = w.uf AND g.chambre = w.chambre AND g.lit = w.lit
WHERE w.usage = 'lit' AND w.installed AND w.filiere NOT IN ('URG', 'AUTRE')
"""
)

_UNUSABLE = {
    BedStateKind.OCCUPE: "occupés, sans sortie annoncée à temps",
    BedStateKind.RESERVE: "réservés",
    BedStateKind.FERME: "fermés",
    BedStateKind.NON_ARME: "non armés",
    BedStateKind.A_NETTOYER: "à nettoyer, déjà réservés",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A bed with its place in the answer and what a screen says of it."""

    ranked: RankedBed
    state: str
    """libre, a_nettoyer, or occupe when it is expected to be free soon."""
    free_at: datetime | None
    """When it is expected to be free; None when it is, or when nobody said."""
    uf: str
    unit_name: str
    chambre: str
    lit: str
    site: str
    site_name: str
    commune: str
    establishment: str
    establishment_name: str
    latitude: float | None
    longitude: float | None
    updated_at: datetime | None
    """Last act on the bed by a person; None when there was none."""

    @property
    def label(self) -> str:
        """The bed as people say it: ``12-P``."""
        return bed_label(self.chambre, self.lit)


@dataclass(frozen=True, slots=True)
class Search:
    """The answer to a search."""

    request: BedRequest
    found: tuple[Found, ...]
    """The best first."""
    usable: int
    """How many beds do, shown or not."""
    excluded: tuple[Found, ...]
    """Free beds that do not, with the reason; those of the filière asked first."""
    left_out: Mapping[str, int]
    """Why other beds were not even considered → how many (French, plural)."""
    considered: int
    """Beds read."""
    at: datetime
    source: str
    """The file of parameters."""


@dataclass(frozen=True, slots=True)
class _Room:
    sexe: str = ""
    isolation: str = ""
    beds: int = 1


def search_beds(
    *,
    scope: Scope,
    request: BedRequest,
    establishment: str = "",
    limit: int = SHOWN,
    at: datetime | None = None,
    config: SearchConfig | None = None,
) -> Search:
    """Search the whole group for a bed.

    Args:
        scope: needs ``VOIR_CAPACITE``.
        request: what the patient needs, and where from; an unknown coordinate is taken from the origin site.
        establishment: only this one (to answer a request), all when empty.
        limit: how many beds to return, usable and excluded alike.
        at: the moment, now by default.
        config: the parameters, those of the site by default.

    Raises:
        Denied; NotFound, Invalid: the parameters cannot be read.
    """
    now = at or clock.now()
    settings = config or search_config()
    every = _rows(scope, now)
    rooms = _rooms(every)
    rows = [row for row in every if establishment in ("", row[0])]
    sites = {site.finess: site for site in territory.sites()}
    units = {(uf.establishment, uf.code): uf for uf in territory.ufs()}
    read = [(row, _candidate(row, rooms, sites, units, settings, now)) for row in rows]
    candidates = [candidate for _, candidate in read if candidate is not None]
    by_key = {candidate.key: row for row, candidate in read if candidate is not None}
    left_out = Counter(_UNUSABLE[BedStateKind(row[6])] for row, candidate in read if candidate is None)
    asked = _located(request, sites)
    usable, others = _sorted_out(rank_beds(asked, _protected(candidates, units), settings.rules), asked.filiere)
    names = territory.establishment_names()

    def shown(bed: RankedBed) -> Found:
        return _found(bed, by_key[bed.candidate.key], sites, units, names, settings, now)

    return Search(
        request=asked,
        found=tuple(shown(bed) for bed in usable[:limit]),
        usable=len(usable),
        excluded=tuple(shown(bed) for bed in others[:limit]),
        left_out=dict(left_out.most_common()),
        considered=len(rows),
        at=now,
        source=settings.source,
    )


def _rows(scope: Scope, now: datetime) -> list[tuple[Any, ...]]:
    with whole_territory(scope), connection.cursor() as cursor:
        plain_reading(cursor)
        cursor.execute(_ALL, {"now": now, "lapse": PLAN_LAPSES})
        return list(cursor.fetchall())


def _protected(
    candidates: Iterable[BedCandidate], units: Mapping[tuple[str, str], territory.UfInfo]
) -> Iterable[BedCandidate]:
    """The candidates, those that a unit keeps for its emergency department marked."""
    return with_protection(candidates, {key: uf.protected_beds for key, uf in units.items() if uf.protected_beds})


def _sorted_out(ranked: Iterable[RankedBed], filiere: str) -> tuple[list[RankedBed], list[RankedBed]]:
    """(usable, the best first; excluded, those of the filière asked first)."""
    beds = list(ranked)
    others = sorted(
        (bed for bed in beds if bed.excluded),
        key=lambda bed: (bed.candidate.filiere != filiere, bed.distance_km or 0.0, bed.candidate.key),
    )
    return [bed for bed in beds if not bed.excluded], others


def _located(request: BedRequest, sites: Mapping[str, territory.SiteInfo]) -> BedRequest:
    site = sites.get(request.origin_eg)
    if site is None or request.latitude is not None:
        return request
    return BedRequest(
        filiere=request.filiere,
        sexe=request.sexe,
        isolement=request.isolement,
        age=request.age,
        origin_eg=request.origin_eg,
        latitude=site.latitude,
        longitude=site.longitude,
        single_room=request.single_room,
    )


def _rooms(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, str, str], _Room]:
    """What each shared room imposes: the sex given, else that of its occupants; the isolation in force."""
    given: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    inside: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    isolation: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    beds: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        room = (row[0], row[1], row[2])
        beds[room] += 1
        if row[11]:
            given[room].add(row[11])
        if row[12]:
            isolation[room].add(row[12])
        inside[room].update(row[13] or ())
    found = {}
    for room in beds:
        sexes = given[room] or inside[room]
        sexe = next(iter(sexes)) if len(sexes) == 1 else ""
        found[room] = _Room(sexe, ", ".join(sorted(isolation[room])), beds[room])
    return found


def _candidate(
    row: tuple[Any, ...],
    rooms: Mapping[tuple[str, str, str], _Room],
    sites: Mapping[str, territory.SiteInfo],
    units: Mapping[tuple[str, str], territory.UfInfo],
    settings: SearchConfig,
    now: datetime,
) -> BedCandidate | None:
    """The bed as the ranking reads it; None when it is neither free nor soon free."""
    state, awaited = BedStateKind(row[6]), row[7]
    free_at, reason = _free_at(row, settings, now)
    if awaited or (state is not BedStateKind.LIBRE and free_at is None):
        return None
    unit = units.get((row[0], row[1]))
    site = sites.get(row[4])
    room = rooms[row[0], row[1], row[2]]
    single = bool(row[9]) or not row[2] or room.beds == 1
    if single:
        room = _Room()
    youngest, oldest = settings.ages.get(row[5], (None, None))
    return BedCandidate(
        key="/".join(row[:4]),
        establishment=row[0],
        eg=row[4],
        uf=row[1],
        label=f"{unit.name if unit else row[1]}, lit {'-'.join(part for part in row[2:4] if part)}",
        filiere=row[5],
        available=free_at is None,
        unavailable_reason=reason,
        in_hours=None if free_at is None else max(0.0, (free_at - now).total_seconds() / 3600),
        single=single,
        isolation_capable=bool(row[10]),
        room_sexe=room.sexe,
        room_isolation=room.isolation,
        age_min=youngest,
        age_max=oldest,
        latitude=site.latitude if site else None,
        longitude=site.longitude if site else None,
    )


def _free_at(row: tuple[Any, ...], settings: SearchConfig, now: datetime) -> tuple[datetime | None, str]:
    """When a bed that is not free should be, and why it is not; (None, "") otherwise."""
    state = BedStateKind(row[6])
    cleaning = settings.cleaning_hours * 3600
    if state is BedStateKind.A_NETTOYER:
        return _later(now, cleaning), "à nettoyer"
    if state is BedStateKind.OCCUPE and row[14] is not None:
        leaves = max(row[14], now)
        hours = math.ceil((leaves - now).total_seconds() / 3600)
        if hours <= settings.rules.accept_within_hours:
            return _later(leaves, cleaning), "sortie prévue, puis nettoyage"
    return None, ""


def _later(moment: datetime, seconds: float) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() + seconds, moment.tzinfo)


def _found(
    bed: RankedBed,
    row: tuple[Any, ...],
    sites: Mapping[str, territory.SiteInfo],
    units: Mapping[tuple[str, str], territory.UfInfo],
    names: Mapping[str, str],
    settings: SearchConfig,
    now: datetime,
) -> Found:
    site, unit = sites.get(row[4]), units.get((row[0], row[1]))
    return Found(
        ranked=bed,
        state=str(row[6]),
        free_at=_free_at(row, settings, now)[0],
        uf=row[1],
        unit_name=unit.name if unit else row[1],
        chambre=row[2],
        lit=row[3],
        site=row[4],
        site_name=site.name if site else "Site à préciser",
        commune=site.commune if site else "",
        establishment=row[0],
        establishment_name=names.get(row[0], row[0]),
        latitude=site.latitude if site else None,
        longitude=site.longitude if site else None,
        updated_at=row[8],
    )
