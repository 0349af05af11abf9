"""From the emergency department to the ward: the delay between the request for a bed and the bed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from archipel.domains.flow.models import MovementFact as FactRow
from archipel.domains.flow.queries import ed_rows
from archipel.domains.flow.queries.path import fact_of
from archipel.domains.flow.rules import fold_ed_facts, fold_facts
from archipel.domains.flow.rules.boarding import Boarding, boardings, decided_at
from archipel.domains.flow.values import Action, MovementFact
from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, nearest_rank, rows_digest, share
from archipel.territory import public as territory

PERIOD = timedelta(days=30)
_LONGEST = timedelta(days=5)
"""A passage that began earlier than this before the period is not looked for."""
CHUNK = 2_000

PASSAGES = """
SELECT DISTINCT f.establishment, f.venue FROM flow_movementfact f
JOIN territory_uf u ON u.establishment = f.establishment AND u.code IN (f.uf, f.uf_medicale) AND u.filiere = 'URG'
WHERE f.establishment = ANY(%(establishments)s) AND (%(sites)s::text[] = '{}' OR u.site = ANY(%(sites)s))
  AND f.effective_at > %(since)s AND f.effective_at <= %(at)s AND f.recorded_at <= %(known_at)s
"""

ASKED = """
SELECT r.establishment, r.venue, r.created_at FROM flow_request r
JOIN flow_requestevent e ON e.request_id = r.id AND e.status = 'envoyee' AND e.recorded_at <= %(known_at)s
WHERE r.establishment = ANY(%(establishments)s) AND r.created_at > %(since)s AND r.created_at <= %(at)s
"""

_METHOD = """
-- Puis, pour chaque venue : ses mouvements (flow_movementfact, recorded_at <= connu le) sont repliés en trajet ; une
-- entrée en service est le premier segment hors des urgences et de l'UHCD qui suit un passage sans interruption ; la
-- décision est la première demande de lit restée valable entre l'arrivée et cette entrée : saisie aux urgences
-- (flow_edfact), demande adressée (flow_request) ou mutation prévue (A15, heure d'émission du message).
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry in a ward, without identity."""

    establishment: str
    boarding: Boarding
    decided: datetime | None

    @property
    def minutes(self) -> Decimal | None:
        if self.decided is None:
            return None
        return Decimal(int((self.boarding.entered_at - self.decided).total_seconds() // 60))


def boarding_delays(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """Median and ninth decile of the delay between the request for a bed and the entry in a ward, over 30 days.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: the emergency departments of these FINESS EG only; all when empty.
        at: end of the period.
        known_at: take only what had been received or entered by then.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    begin = at - PERIOD
    with only_counts(scope, establishments) as codes:
        values: dict[str, Any] = {
            "establishments": codes,
            "sites": list(sites),
            "since": begin - _LONGEST,
            "at": at,
            "known_at": known_at,
        }
        with connection.cursor() as cursor:
            cursor.execute(PASSAGES, values)
            keys = sorted(cursor.fetchall())
            cursor.execute(ASKED, values)
            asked: dict[ed_rows.Key, list[datetime]] = defaultdict(list)
            for establishment, venue, moment in cursor.fetchall():
                asked[establishment, venue].append(moment)
        units = _units(codes)
        rows = [
            row
            for start in range(0, len(keys), CHUNK)
            for row in _rows(keys[start : start + CHUNK], units, asked, known_at)
            if begin < row.boarding.entered_at <= at and _of_sites(row, units, sites)
        ]
    count, digest = rows_digest(
        (row.establishment, row.boarding.arrived_at.astimezone(UTC), row.boarding.entered_at.astimezone(UTC),
         row.decided.astimezone(UTC) if row.decided else None)
        for row in rows
    )  # fmt: skip
    newest = max((row.boarding.entered_at for row in rows), default=None)
    text = f"{PASSAGES.strip()};\n\n{ASKED.strip()};\n{_METHOD}"
    return Indicator(at, known_at, _measures(rows), newest, count, digest, text)


@dataclass(frozen=True, slots=True)
class _Units:
    emergency: dict[str, frozenset[str]]
    short_stay: dict[str, frozenset[str]]
    sites: dict[tuple[str, str], str]


def _units(codes: Sequence[str]) -> _Units:
    found: dict[str, dict[str, set[str]]] = {"URG": defaultdict(set), "UHCD": defaultdict(set)}
    sites = {}
    for uf in territory.ufs(codes):
        if uf.filiere in found:
            found[uf.filiere][uf.establishment].add(uf.code)
        sites[uf.establishment, uf.code] = uf.site
    emergency, short = ({place: frozenset(ufs) for place, ufs in found[kind].items()} for kind in ("URG", "UHCD"))
    return _Units(emergency, short, sites)


def _of_sites(row: _Row, units: _Units, sites: Sequence[str]) -> bool:
    return not sites or units.sites.get((row.establishment, row.boarding.ed_uf)) in sites


def _rows(
    keys: Sequence[ed_rows.Key], units: _Units, asked: dict[ed_rows.Key, list[datetime]], known_at: datetime
) -> Iterable[_Row]:
    movements = _movements(keys, known_at)
    entered = ed_rows.facts(keys)
    for key in keys:
        establishment, venue = key
        facts = movements.get(key, [])
        timeline = fold_facts(venue, facts)
        emergency = units.emergency.get(establishment, frozenset())
        for boarding in boardings(timeline, emergency, units.short_stay.get(establishment, frozenset())):
            ledger = fold_ed_facts(entered.get(key, []), boarding.entered_at, known_at)
            moments = [*asked.get(key, []), *_announced(facts)]
            if ledger.request is not None:
                moments.append(ledger.request.since)
            yield _Row(establishment, boarding, decided_at(boarding, moments))


def _movements(keys: Sequence[ed_rows.Key], known_at: datetime) -> dict[ed_rows.Key, list[MovementFact]]:
    """The facts of each venue, with every fact of the movements that name it."""
    by_place: dict[str, list[str]] = defaultdict(list)
    for establishment, venue in keys:
        by_place[establishment].append(venue)
    found: dict[ed_rows.Key, list[MovementFact]] = defaultdict(list)
    for establishment, venues in by_place.items():
        known = FactRow.objects.filter(establishment=establishment, recorded_at__lte=known_at)
        named = known.filter(venue__in=venues, cancels="").values("movement")
        rows = known.filter(Q(movement__in=named, cancels="") | Q(venue__in=venues))
        of_movement: dict[str, set[str]] = defaultdict(set)
        facts = [fact_of(row) for row in rows.order_by("id").iterator()]
        for fact in facts:
            of_movement[fact.movement].add(fact.venue)
        for fact in facts:
            for venue in of_movement[fact.movement] if not fact.cancels else (fact.venue,):
                found[establishment, venue].append(fact)
    return found


def _announced(facts: Iterable[MovementFact]) -> list[datetime]:
    """When pending transfers (A15) that nobody cancelled were announced: the moment in their stamp."""
    told: dict[str, list[datetime]] = defaultdict(list)
    cancelled = set()
    for fact in facts:
        if fact.trigger != "A15":
            continue
        if fact.action is Action.CANCEL:
            cancelled.add(fact.movement)
        text = fact.stamp.partition("|")[0]
        if len(text) == 20 and text.isascii() and text.isdigit():
            try:
                told[fact.movement].append(datetime.strptime(text, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC))
            except ValueError:
                continue
    return [min(moments) for movement, moments in told.items() if movement not in cancelled]


def _measures(rows: Sequence[_Row]) -> tuple[Measure, ...]:
    known = [row for row in rows if row.minutes is not None]
    minutes = [row.minutes for row in known if row.minutes is not None]
    total = len(rows)
    smallest = _smallest(rows)
    none = "aucune entrée en service depuis les urgences" if not rows else "aucune demande de lit n'est tracée"
    return (
        Measure("mediane", "Délai médian entre la demande de lit et l'entrée en service", nearest_rank(minutes, 50),
                "min", group=len(known), smallest=_smallest(known), reason="" if minutes else none),
        Measure("p90", "Délai que neuf patients sur dix ne dépassent pas", nearest_rank(minutes, 90), "min",
                group=len(known), smallest=_smallest(known), reason="" if minutes else none),
        Measure("part-tracee", "Entrées en service dont la demande de lit est tracée", share(len(known), total), "%",
                group=total, part=len(known), smallest=smallest, reason="" if rows else none),
        Measure("entrees", "Entrées en service depuis les urgences, sur 30 jours", Decimal(total), "", group=total,
                part=total, smallest=smallest),
    )  # fmt: skip


def _smallest(rows: Sequence[_Row]) -> int | None:
    places = [row.establishment for row in rows]
    return min((places.count(place) for place in set(places)), default=None)
