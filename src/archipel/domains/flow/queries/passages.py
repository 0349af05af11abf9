"""The passages through emergency departments with the 18 items of the RPU. Personal health data.

Four statements whatever the number of passages; row-level security decides what comes back, and the right to read
diagnoses (``rpu.saisir`` or ``rpu.transmettre``) is asked for here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from archipel.domains.flow.queries import ed_rows
from archipel.domains.flow.queries.ed import ed_ufs
from archipel.domains.flow.queries.ed_rows import Key, Stay
from archipel.domains.flow.rules.passages import build, holding, runs, share_out, told
from archipel.domains.flow.values.passages import EdRun, Passage, PassageFact
from archipel.foundation.bulk import pairs, plain_reading
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.territory import public as territory

READERS = (Capability.SAISIR_RPU, Capability.TRANSMETTRE_RPU)
"""Who may read the items of a passage."""

_NUMBERS = """
SELECT DISTINCT s.venue_id FROM flow_segment s
JOIN unnest(%(establishments)s::text[], %(ufs)s::text[]) AS ed (establishment, uf)
  ON s.establishment = ed.establishment AND (s.uf = ed.uf OR (s.uf = '' AND s.uf_medicale = ed.uf))
WHERE s.begin >= %(since)s AND s.begin < %(until)s AND (s.end_at IS NULL OR s.end_at > %(since)s)
"""

_STAYS = """
SELECT s.establishment, s.venue_id, s.begin, s.end_at, s.uf, s.chambre, s.lit, s.uf_medicale, s.uf_soins,
  s.patient_class, s.present, s.movement, s.sexe
FROM flow_segment s WHERE s.venue_id = ANY(%(venues)s) ORDER BY s.venue_id, s.begin
"""

_VENUES = """
SELECT v.id, v.establishment, v.key, v.discharged_at, v.exit_mode, v.attributes, p.date_naissance, coalesce(p.sexe, '')
FROM flow_venue v
LEFT JOIN identity_patient p ON p.establishment = v.establishment AND p.key = v.patient
WHERE v.id = ANY(%s) AND NOT v.cancelled
"""

_FACTS = """
SELECT f.id, f.establishment, f.venue, f.item, f.value, f.effective_at, f.recorded_at, f.actor, f.undoes
FROM flow_passagefact f
JOIN unnest(%s::text[], %s::text[]) AS k (establishment, venue) USING (establishment, venue) ORDER BY f.id
"""


@dataclass(frozen=True, slots=True)
class _Venue:
    establishment: str
    key: str
    discharged_at: datetime | None
    exit_mode: str
    attributes: Mapping[str, Any]
    birth: date | None
    sex: str

    @property
    def said(self) -> dict[str, str]:
        """The attributes as texts, without the stamp of each."""
        return {name: str(pair[0]) for name, pair in self.attributes.items() if pair and pair[0] is not None}


def ed_passages(
    *,
    scope: Scope,
    since: datetime,
    until: datetime,
    sites: Sequence[str] = (),
    at: datetime | None = None,
) -> tuple[Passage, ...]:
    """The passages that began in [since, until), in the order of arrival.

    Args:
        scope: who asks, inside its transaction; ``rpu.saisir`` or ``rpu.transmettre`` where the passages are.
        since: first moment of arrival.
        until: moment of arrival excluded.
        sites: FINESS EG; all those that the scope may read when empty.
        at: the moment of the picture, now by default: an exit later than this is not told.

    Raises:
        Denied: without the right anywhere.
    """
    now = at or clock.now()
    units = _units(scope, sites)
    keys = [(uf.establishment, uf.code) for uf in units]
    if not keys:
        return ()
    establishments, codes = pairs(keys)
    window = {"establishments": establishments, "ufs": codes, "since": since, "until": until}
    numbers = [row[0] for row in _rows(_NUMBERS, window)]
    found = [p for p in _of_venues(numbers, units, now) if since <= p.arrived_at < until]
    return tuple(sorted(found, key=lambda p: (p.arrived_at, p.venue_id, p.rank)))


def venue_passages(*, scope: Scope, venue: int, at: datetime | None = None) -> tuple[Passage, ...]:
    """The passages of one venue, the first one first.

    Raises:
        Denied: no right to read them.
        NotFound: out of the scope, or never in an emergency department.
    """
    found = tuple(_of_venues([venue], _units(scope, ()), at or clock.now()))
    if not found:
        raise NotFound(
            "Ce patient n'est pas passé aux urgences, ou n'est pas visible par votre compte.", code="venue-inconnue"
        )
    return tuple(sorted(found, key=lambda p: p.rank))


def _units(scope: Scope, sites: Sequence[str]) -> list[territory.UfInfo]:
    """The emergency units whose passages may be read. Raises Denied when the scope may read none at all."""
    if not any(scope.may(capability) for capability in READERS):
        scope.require(Capability.SAISIR_RPU)
    return [
        uf
        for uf in ed_ufs()
        if (not sites or uf.site in sites) and any(scope.may(capability, uf.establishment) for capability in READERS)
    ]


def _of_venues(numbers: Sequence[int], units: Sequence[territory.UfInfo], now: datetime) -> Iterable[Passage]:
    stays = ed_rows.stays_of(_rows(_STAYS, {"venues": list(numbers)})) if numbers else []
    venues = {row[0]: _Venue(*row[1:]) for row in _rows(_VENUES, [list(numbers)])} if numbers else {}
    facts = entries([(venue.establishment, venue.key) for venue in venues.values()])
    sites = {(uf.establishment, uf.code): uf.site for uf in units}
    ed_codes: dict[str, set[str]] = defaultdict(set)
    for uf in units:
        ed_codes[uf.establishment].add(uf.code)
    filieres: dict[str, dict[str, str]] = defaultdict(dict)
    for info in territory.ufs({venue.establishment for venue in venues.values()}):
        filieres[info.establishment][info.code] = info.filiere
    for stay in stays:
        venue = venues.get(stay.venue_id)
        if venue is not None:
            yield from _passages(stay, venue, facts, ed_codes[stay.establishment], filieres, sites, now)


def _passages(
    stay: Stay,
    venue: _Venue,
    facts: Mapping[Key, Sequence[PassageFact]],
    ed_codes: set[str],
    filieres: Mapping[str, Mapping[str, str]],
    sites: Mapping[Key, str],
    now: datetime,
) -> Iterable[Passage]:
    stretches = tuple(run for run in stretches_of(stay, ed_codes, now))
    shares = share_out(facts.get((venue.establishment, venue.key), ()), stretches)
    for rank, (run, own) in enumerate(zip(stretches, shares, strict=True), 1):
        yield build(
            run,
            establishment=venue.establishment,
            site=sites[venue.establishment, run.ufs[0]],
            venue_id=stay.venue_id,
            venue=venue.key,
            rank=rank,
            movements=told(
                run,
                filieres[venue.establishment],
                venue.said,
                exit_mode=venue.exit_mode,
                discharged_at=venue.discharged_at,
            ),
            entered=holding(own, now),
            birth=venue.birth,
            sex=venue.sex or stay.sexe,
        )


def stretches_of(stay: Stay, ed_codes: Iterable[str], now: datetime) -> tuple[EdRun, ...]:
    """The passages of a stay begun by ``now``; an exit still to come is not one."""
    found = []
    for run in runs(stay.segments, set(ed_codes)):
        if run.begin <= now:
            coming = run.end is not None and run.end > now
            found.append(replace(run, end=None, after=None) if coming else run)
    return tuple(found)


def entries(keys: Sequence[Key]) -> dict[Key, list[PassageFact]]:
    """(establishment, venue key) → what was entered about it, undos included."""
    found: dict[Key, list[PassageFact]] = defaultdict(list)
    for number, establishment, venue, item, value, effective, recorded, actor, undoes in (
        _rows(_FACTS, pairs(keys)) if keys else []
    ):
        found[establishment, venue].append(PassageFact(number, item, tuple(value), effective, recorded, actor, undoes))
    return found


def _rows(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        plain_reading(cursor)
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
