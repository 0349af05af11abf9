"""What the feeding and the reading of the ROR leave as measures: age by filière, offers up to date, sendings a day.

Counts of offers and ages only: nothing here is about a patient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from archipel.connectors.ror.config import RorConfig, ror_config
from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share
from archipel.territory.values import FILIERE_LABELS

PARIS = ZoneInfo("Europe/Paris")
PERIOD = timedelta(days=30)
CRITICAL = frozenset({"SCA", "SCP", "BRU"})
"""Soins critiques and grands brûlés: told at least daily, twice daily in tension."""
UNTOLD = frozenset({"URG", "AUTRE"})
RECENT = timedelta(days=7)

OFFERS = """
SELECT o.establishment, o.structure, o.code, o.filiere, o.valid_from, a.oldest, a.at, coalesce(a.tension, false)
FROM flow_offer o
LEFT JOIN LATERAL (
  SELECT g.oldest, g.at, g.tension FROM ror_agreed g
  WHERE g.structure = o.structure AND g.code = o.code AND g.at <= least(%(at)s, %(known_at)s)
  ORDER BY g.at DESC, g.id DESC LIMIT 1
) AS a ON true
WHERE o.establishment = ANY(%(establishments)s) AND o.valid_from <= %(day)s
  AND (o.valid_to IS NULL OR o.valid_to > %(day)s)
  AND (%(sites)s::text[] = '{}' OR substr(o.structure, 2) = ANY(%(sites)s))
"""

FILIERES = """
SELECT DISTINCT l.establishment, u.filiere
FROM territory_lit l JOIN territory_uf u ON u.establishment = l.establishment AND u.code = l.uf
WHERE l.establishment = ANY(%(establishments)s) AND l.lit <> '' AND l.usage = 'lit' AND NOT l.closed AND NOT u.closed
  AND (%(sites)s::text[] = '{}' OR u.site = ANY(%(sites)s))
"""

SENDINGS = """
SELECT g.establishment, g.structure, g.code, (g.at AT TIME ZONE 'Europe/Paris')::date, count(*), bool_or(g.tension)
FROM ror_agreed g
WHERE g.establishment = ANY(%(establishments)s) AND g.filiere = ANY(%(filieres)s) AND g.at > %(since)s
  AND g.at <= least(%(at)s, %(known_at)s) AND (%(sites)s::text[] = '{}' OR substr(g.structure, 2) = ANY(%(sites)s))
GROUP BY 1, 2, 3, 4
"""

READINGS = """
SELECT l.last_ok_at, (SELECT count(*) FROM flow_regionalcapacity r
  WHERE r.read_at > %(at)s::timestamptz - interval '1 day'
  AND NOT EXISTS (SELECT 1 FROM flow_offer o WHERE o.structure = r.structure AND o.code = r.code))
FROM ror_link l WHERE l.name = 'consommateur'
"""


def up_to_date(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of the offers whose every figure in the ROR is younger than its cadence, and the age by filière.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: offers of these FINESS EG only; all when empty.
        at: the moment.
        known_at: take only what had been accepted by then.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    with only_counts(scope, establishments) as codes:
        rows = _rows(OFFERS, _values(codes, sites, at, known_at))
    config = ror_config()
    fresh = [row for row in rows if _fresh(row, config, at)]
    ages: dict[str, list[timedelta | None]] = defaultdict(list)
    for row in rows:
        ages[str(row[3])].append(at - row[5] if row[5] is not None else None)
    total, none = len(rows), "aucune offre du ROR n'est reliée à nos unités"
    measures = [
        Measure("part-a-jour", "Offres à jour dans le ROR", share(len(fresh), total), "%", reason="" if rows else none),
        Measure("offres", "Offres dites au ROR", Decimal(total)),
        *(_age(code, found) for code, found in sorted(ages.items())),
    ]
    newest = max((row[6] for row in rows if isinstance(row[6], datetime)), default=None)
    count, digest = rows_digest(rows)
    return Indicator(at, known_at, tuple(measures), newest, count, digest, OFFERS.strip() + ";")


def _fresh(row: tuple[Any, ...], config: RorConfig, at: datetime) -> bool:
    oldest = row[5]
    every = config.every(str(row[3]), tension=bool(row[7]))
    return isinstance(oldest, datetime) and at - oldest <= every + config.tolerance


def _age(filiere: str, found: Sequence[timedelta | None]) -> Measure:
    """The age in hours of the oldest figure of a filière; unknown when the ROR never had one of its offers."""
    known = [age for age in found if age is not None]
    missing = len(found) - len(known)
    hours = None if missing or not known else Decimal(max(known).total_seconds() / 3600).quantize(Decimal("0.1"))
    label = f"Âge de la donnée du ROR la plus ancienne, {FILIERE_LABELS.get(filiere, filiere).lower()}"
    reason = f"{missing} offre(s) jamais acceptée(s) en entier" if missing else ""
    return Measure(f"age-{filiere.lower()}", label, hours, "h", reason=reason)


def fed_filieres(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of the filières that have beds and were wholly accepted by the ROR in the last seven days.

    A filière counts once for each establishment. Args and errors as :func:`up_to_date`.
    """
    with only_counts(scope, establishments) as codes:
        values = _values(codes, sites, at, known_at)
        offers, have = _rows(OFFERS, values), _rows(FILIERES, values)
    wanted = {(str(p), str(f)) for p, f in have if f not in UNTOLD}
    fed = {(str(r[0]), str(r[3])) for r in offers if isinstance(r[6], datetime) and at - r[6] <= RECENT}
    done = wanted & fed
    none = "aucune filière n'a de lit décrit"
    measures = (
        Measure("part-alimentee", "Filières dites au ROR par Archipel", share(len(done), len(wanted)), "%",
                reason="" if wanted else none),
        Measure("filieres", "Filières qui ont des lits, par établissement", Decimal(len(wanted))),
        Measure("manquantes", "Filières qui ne sont pas dites", Decimal(len(wanted - fed))),
    )  # fmt: skip
    newest = max((r[6] for r in offers if isinstance(r[6], datetime)), default=None)
    count, digest = rows_digest([*offers, *have])
    text = f"{OFFERS.strip()};\n\n{FILIERES.strip()};"
    return Indicator(at, known_at, measures, newest, count, digest, text)


def sendings(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The fewest sendings a day of an offer of soins critiques or grands brûlés, in the 30 whole days before.

    A sending is counted when the ROR accepted the whole of the offer. A day counts as one of tension when tension was
    declared at one of its sendings; a day without any sending counts as one out of tension, with 0. The days before
    the first sending of an offer are left out. Args and errors as :func:`up_to_date`.
    """
    last = at.astimezone(PARIS).date() - timedelta(days=1)
    since = datetime.combine(last - PERIOD + timedelta(days=1), datetime.min.time(), PARIS)
    until = datetime.combine(last + timedelta(days=1), datetime.min.time(), PARIS)
    with only_counts(scope, establishments) as codes:
        values = _values(codes, sites, until, known_at) | {"since": since, "filieres": sorted(CRITICAL)}
        rows = _rows(SENDINGS, values)
        offers = [row for row in _rows(OFFERS, _values(codes, sites, at, known_at)) if row[3] in CRITICAL]
    days: dict[tuple[str, str], dict[date, tuple[int, bool]]] = defaultdict(dict)
    for _, structure, code, day, count, tense in rows:
        days[str(structure), str(code)][day] = int(count), bool(tense)
    calm, tense_days = _by_day(days, last)
    none = "aucune offre de soins critiques ni de grands brûlés n'est reliée" if not offers else "aucun jour entier"
    measures = (
        Measure("minimum-hors-tension", "Envois par jour, au moins, hors tension", _least(calm), "",
                reason="" if calm else none),
        Measure("minimum-en-tension", "Envois par jour, au moins, en tension", _least(tense_days), "",
                reason="" if tense_days else "aucun jour de tension sur 30 jours"),
        Measure("jours-sans-envoi", "Jours sans envoi d'une offre", Decimal(calm.count(0))),
        Measure("offres", "Offres de soins critiques et de grands brûlés", Decimal(len(offers))),
    )  # fmt: skip
    newest = max((r[6] for r in offers if isinstance(r[6], datetime)), default=None)
    total, digest = rows_digest(rows)
    return Indicator(at, known_at, measures, newest, total, digest, SENDINGS.strip() + ";")


def _by_day(days: Mapping[tuple[str, str], Mapping[date, tuple[int, bool]]], last: date) -> tuple[list[int], list[int]]:
    """Sendings of each offer and day, out of tension and in tension."""
    calm: list[int] = []
    tense: list[int] = []
    for found in days.values():
        day = min(found)
        while day <= last:
            count, declared = found.get(day, (0, False))
            (tense if declared else calm).append(count)
            day += timedelta(days=1)
    return calm, tense


def _least(counts: Sequence[int]) -> Decimal | None:
    return Decimal(min(counts)) if counts else None


def readings(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """Offers of the neighbours read in the ROR within a day, and the age of the last reading. Args as above."""
    with only_counts(scope, establishments):
        rows = _rows(READINGS, {"at": at})
    last, count = rows[0] if rows else (None, 0)
    age = None
    if isinstance(last, datetime):
        age = Decimal((at - last).total_seconds() / 3600).quantize(Decimal("0.1"), ROUND_HALF_UP)
    none = "le ROR n'est pas lu"
    measures = (
        Measure("age", "Âge de la dernière lecture du ROR", age, "h", reason="" if age is not None else none),
        Measure("offres-lues", "Offres d'autres établissements lues depuis 24 heures", Decimal(int(count or 0))),
    )
    total, digest = rows_digest(rows)
    newest = last if isinstance(last, datetime) else None
    return Indicator(at, known_at, measures, newest, total, digest, READINGS.strip() + ";")


def _values(codes: Sequence[str], sites: Sequence[str], at: datetime, known_at: datetime) -> dict[str, Any]:
    return {
        "establishments": list(codes), "sites": list(sites), "at": at, "known_at": known_at,
        "day": at.astimezone(PARIS).date(),
    }  # fmt: skip


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(values))
        return list(cursor.fetchall())
