"""The days of each emergency department, counted from its passages, or read in files of the past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from archipel.domains.flow.queries.passages import ed_passages
from archipel.domains.flow.values.passages import Passage
from archipel.domains.flow.values.tension import DayCount
from archipel.foundation.scope import Capability, Scope, system_scope
from archipel.kernel import clock
from archipel.territory import public as territory

PARIS = ZoneInfo("Europe/Paris")
BACK_DAYS = 7
"""A late message may change a past day: these are counted again."""
SOURCES = ("mouvements", "fichier", "historique")
"""The first prevails."""

_UPSERT = """
INSERT INTO flow_edday (establishment, site, day, passages, ended, hospitalised, hospitalised_minutes, present_at_15,
  source, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (establishment, site, day) DO UPDATE SET passages = excluded.passages, ended = excluded.ended,
  hospitalised = excluded.hospitalised, hospitalised_minutes = excluded.hospitalised_minutes,
  present_at_15 = excluded.present_at_15, source = excluded.source, updated_at = excluded.updated_at
WHERE array_position(%s, flow_edday.source) >= array_position(%s, excluded.source)
  AND (flow_edday.passages, flow_edday.ended, flow_edday.hospitalised, flow_edday.hospitalised_minutes,
       flow_edday.present_at_15, flow_edday.source)
    IS DISTINCT FROM (excluded.passages, excluded.ended, excluded.hospitalised, excluded.hospitalised_minutes,
       excluded.present_at_15, excluded.source)
"""


def midnight(day: date) -> datetime:
    """The first moment of a day in Paris."""
    return datetime.combine(day, time(), PARIS)


def count(day: date, passages: Iterable[Passage]) -> DayCount:
    """One day counted: the passages that began in it, and who was present at 15 h among ``passages``."""
    begin, end = midnight(day), midnight(day + timedelta(days=1))
    afternoon = datetime.combine(day, time(15), PARIS)
    rows = list(passages)
    own = [p for p in rows if begin <= p.arrived_at < end]
    stays = [p for p in own if p.hospitalised]
    present = sum(1 for p in rows if p.arrived_at <= afternoon and (p.left_at is None or p.left_at > afternoon))
    return DayCount(
        day.toordinal(), len(own), sum(1 for p in own if p.left_at is not None), len(stays),
        sum(p.minutes or 0 for p in stays), present,
    )  # fmt: skip


def count_recent_days(now: datetime, *, back: int = BACK_DAYS) -> int:
    """Count again the last days of every site, from its movements; returns how many days changed.

    A day during which nothing was received from a site is left alone: nobody knows it. Runs inside the scope of a
    process that sees every establishment.
    """
    today = now.astimezone(PARIS).date()
    since = midnight(today - timedelta(days=back))
    scope = _system()
    by_site: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    for passage in ed_passages(scope=scope, since=since - timedelta(days=2), until=now, at=now):
        by_site[passage.establishment, passage.site].append(passage)
    changed = 0
    for (establishment, site), passages in by_site.items():
        counts = {}
        for ago in range(1, back + 1):
            day = today - timedelta(days=ago)
            counted = count(day, passages)
            if counted.passages:
                counts[day] = counted
        changed += write_days(establishment, site, counts, "mouvements", now)
    return changed


def write_days(establishment: str, site: str, counts: Mapping[date, DayCount], source: str, now: datetime) -> int:
    """Write counted days; what a better source said is kept. Returns how many days changed."""
    changed = 0
    with connection.cursor() as cursor:
        for day, one in sorted(counts.items()):
            cursor.execute(
                _UPSERT,
                [establishment, site, day, one.passages, one.ended, one.hospitalised, one.hospitalised_minutes,
                 one.present_at_15, source, now, list(SOURCES), list(SOURCES)],
            )  # fmt: skip
            changed += cursor.rowcount
    return changed


def store_days(*, scope: Scope, establishment: str, site: str, counts: Mapping[date, DayCount]) -> int:
    """Keep days counted elsewhere (a history of the site): movements and files prevail. Returns how many changed.

    Raises:
        Denied: without ``rpu.transmettre`` on the establishment.
    """
    scope.require(Capability.TRANSMETTRE_RPU, establishment)
    return write_days(establishment, site, counts, "historique", clock.now())


def _system() -> Scope:
    return system_scope("passages", [place.code for place in territory.establishments()])
