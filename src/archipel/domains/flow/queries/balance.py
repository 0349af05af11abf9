"""What is needed within a day against what is coming free, by filière and site, for the whole group. Counts only.

Patients who have a bed reserved are covered and are not a need. A patient of an emergency department whose request went
to another establishment is a need there, not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from archipel.domains.flow.queries.bed_rows import BED_ROWS, PLAN_LAPSES, whole_territory
from archipel.domains.flow.queries.ed import ed_ufs, patients_of
from archipel.domains.flow.values.balance import Balance
from archipel.domains.flow.values.ed import EdStep
from archipel.domains.flow.values.requests import RequestStatus
from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

HOURS = 24
_SUPPLY = (
    BED_ROWS
    + """
SELECT w.establishment, w.site, w.filiere, count(*) FILTER (WHERE w.state = 'reserve'),
  count(*) FILTER (WHERE w.state = 'libre'), count(*) FILTER (WHERE w.state = 'a_nettoyer'),
  count(*) FILTER (WHERE w.state = 'ferme' AND w.installed AND coalesce(b.closure_kind, '') = '01'),
  count(*) FILTER (WHERE w.state = 'non_arme')
FROM words w LEFT JOIN flow_bedstatus b USING (establishment, uf, chambre, lit)
WHERE w.usage = 'lit' GROUP BY 1, 2, 3
"""
)

_LEAVING = """
SELECT u.establishment, u.site, u.filiere, count(DISTINCT s.venue_id)
FROM flow_segment s
JOIN territory_uf u ON u.establishment = s.establishment AND u.code = s.uf AND u.filiere <> 'URG'
JOIN flow_venue v ON v.id = s.venue_id
WHERE s.begin <= %(now)s AND (s.end_at IS NULL OR s.end_at > %(now)s) AND NOT v.cancelled
  AND (s.end_at <= %(until)s OR v.expected_exit BETWEEN %(since)s AND %(until)s OR EXISTS (
    SELECT 1 FROM jsonb_array_elements(v.plans) AS p
    WHERE p->>'kind' = 'A16' AND (p->>'at')::timestamptz BETWEEN %(since)s AND %(until)s))
GROUP BY 1, 2, 3
"""

_PLANNED = """
SELECT u.establishment, u.site, u.filiere,
  count(DISTINCT v.id) FILTER (WHERE p->>'kind' IN ('A05', 'A14') AND v.begin IS NULL),
  count(DISTINCT v.id) FILTER (WHERE p->>'kind' = 'A15' AND v.begin IS NOT NULL AND NOT here.emergency)
FROM flow_venue v
CROSS JOIN LATERAL jsonb_array_elements(v.plans) AS p
JOIN territory_uf u ON u.establishment = v.establishment AND u.code = coalesce(nullif(p->>'uf', ''), p->>'wish')
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(place.filiere = 'URG'), false) AS emergency FROM flow_segment s
  JOIN territory_uf place ON place.establishment = s.establishment AND place.code = coalesce(nullif(s.uf, ''),
    s.uf_medicale)
  WHERE s.venue_id = v.id AND s.begin <= %(now)s AND (s.end_at IS NULL OR s.end_at > %(now)s)
) AS here
WHERE v.plans <> '[]'::jsonb AND NOT v.cancelled AND (v.discharged_at IS NULL OR v.discharged_at > %(now)s)
  AND (p->>'at')::timestamptz BETWEEN %(since)s AND %(until)s AND p->>'lit' = '' AND p->>'chambre' = ''
  AND u.filiere <> 'URG'
GROUP BY 1, 2, 3
"""

_ASKED = """
SELECT r.receiving_establishment, coalesce(u.site, ''), r.filiere, count(*), array_agg(r.venue), max(r.establishment)
FROM flow_request r
LEFT JOIN territory_uf u ON u.establishment = r.receiving_establishment AND u.code = r.uf
WHERE r.status = 'envoyee' AND r.receiving_establishment <> '' AND r.receiving_establishment <> r.establishment
GROUP BY 1, 2, 3, r.establishment
"""


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One filière at one site."""

    establishment: str
    establishment_name: str
    site: str
    site_name: str
    filiere: str
    counts: Balance

    @property
    def label(self) -> str:
        """The filière in words."""
        return FILIERE_LABELS.get(self.filiere, self.filiere or "Filière à préciser")


@dataclass(frozen=True, slots=True)
class BedBalance:
    """The whole group at a moment."""

    at: datetime
    until: datetime
    rows: tuple[BalanceRow, ...]

    def of(self, *, filiere: str = "", site: str = "") -> Balance:
        """The sum of some rows."""
        kept = (r.counts for r in self.rows if (not filiere or r.filiere == filiere) and (not site or r.site == site))
        return sum(kept, Balance())

    @property
    def filieres(self) -> tuple[tuple[str, str, Balance], ...]:
        """(code, words, sum) of each filière, those that need beds first, the shortest first."""
        codes = {row.filiere: row.label for row in self.rows}
        found = [(code, label, self.of(filiere=code)) for code, label in codes.items()]
        return tuple(sorted(found, key=lambda one: (one[2].needs == 0, one[2].balance, one[1])))


_Key = tuple[str, str, str]


def bed_balance(*, scope: Scope, hours: int = HOURS, at: datetime | None = None) -> BedBalance:
    """Needs and beds of the next hours, for each filière of each site that has either.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        hours: how far ahead, 24 by default.
        at: the moment, now by default.

    Raises:
        Denied: without the capability.
    """
    now = at or clock.now()
    window = {"now": now, "until": now + timedelta(hours=hours), "since": now - timedelta(hours=HOURS)}
    found: dict[_Key, Balance] = defaultdict(Balance)
    with whole_territory(scope):
        for row in _rows(_SUPPLY, {"now": now, "lapse": PLAN_LAPSES}):
            found[row[0], row[1], row[2]] += Balance(
                booked=row[3], free=row[4], cleaning=row[5], reopenable=row[6], unstaffed=row[7]
            )
        for row in _rows(_LEAVING, window):
            found[row[0], row[1], row[2]] += Balance(leaving=row[3])
        for row in _rows(_PLANNED, window):
            found[row[0], row[1], row[2]] += Balance(admissions=row[3], transfers=row[4])
        sent: set[tuple[str, str]] = set()
        for row in _rows(_ASKED, {}):
            found[row[0], row[1], row[2]] += Balance(transfers=row[3])
            sent |= {(row[5], venue) for venue in row[4]}
        for key, count in _waiting(now, sent).items():
            found[key] += Balance(waiting=count)
    return BedBalance(now, window["until"], _named(found))


def _waiting(now: datetime, sent: set[tuple[str, str]]) -> Mapping[_Key, int]:
    """(establishment, site, filière asked for) → patients of its emergency department without a bed reserved."""
    units = ed_ufs()
    sites = {(uf.establishment, uf.code): uf.site for uf in units}
    counts: dict[_Key, int] = defaultdict(int)
    for patient in patients_of(units, now)[0]:
        booked = patient.request is not None and patient.request.status is RequestStatus.ACCEPTEE
        if patient.step is not EdStep.ATTENTE_AVAL or booked or (patient.establishment, patient.key) in sent:
            continue
        filiere = (patient.orientation.filiere if patient.orientation else "") or "AUTRE"
        counts[patient.establishment, sites.get((patient.establishment, patient.place.uf), ""), filiere] += 1
    return counts


def _named(found: Mapping[_Key, Balance]) -> tuple[BalanceRow, ...]:
    names = territory.establishment_names()
    sites = {info.finess: info.name for info in territory.sites()}
    order = {code: rank for rank, code in enumerate(FILIERE_LABELS)}
    rows = [
        BalanceRow(place, names.get(place, place), site, sites.get(site, "Site à préciser"), filiere, counts)
        for (place, site, filiere), counts in found.items()
        if any(counts.values())
    ]
    return tuple(sorted(rows, key=lambda r: (order.get(r.filiere, 99), r.establishment_name, r.site_name)))


def _rows(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
