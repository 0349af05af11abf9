"""What the ROR should say of each offer, from the beds of today; the mapping of units to offers, and its gaps.

Two statements read it all, whatever the number of offers. Only counts leave.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from archipel.domains.flow.models import ForecastCapacity
from archipel.domains.flow.models import Offer as OfferRow
from archipel.domains.flow.queries.bed_rows import BED_ROWS, PLAN_LAPSES, whole_territory
from archipel.domains.flow.rules import offers as rules
from archipel.domains.flow.values.offers import BedGroup, ForecastFigure, Indicator, Offer, Statement
from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

PARIS = ZoneInfo("Europe/Paris")
UNTOLD = frozenset({"URG", "AUTRE"})
"""Filières that have no offer of hospitalisation: the mapping is not expected to name their units."""

_GROUPS = (
    BED_ROWS
    + """,
rooms AS (
  SELECT l.establishment, l.uf, l.chambre, count(*) > 1 AS shared,
    array_remove(array_agg(DISTINCT nullif(b.sexe, '')), NULL) AS given
  FROM territory_lit l
  LEFT JOIN flow_bedstatus b
    ON b.establishment = l.establishment AND b.uf = l.uf AND b.chambre = l.chambre AND b.lit = l.lit
  WHERE l.lit <> '' AND l.chambre <> '' GROUP BY 1, 2, 3
),
sexes AS (
  SELECT establishment, uf, chambre, array_agg(DISTINCT sexe) FILTER (WHERE sexe IN ('F', 'M')) AS found
  FROM live WHERE begin <= %(now)s AND chambre <> '' GROUP BY 1, 2, 3
)
SELECT w.establishment, w.uf, w.installed, w.shut, CASE WHEN w.shut THEN coalesce(b.closure_kind, '') ELSE '' END,
  w.unstaffed, w.patients > 0, w.awaited, w.dirty,
  CASE WHEN NOT coalesce(r.shared, false) THEN ''
    WHEN array_length(r.given, 1) = 1 THEN r.given[1]
    WHEN array_length(r.given, 1) IS NULL AND array_length(s.found, 1) = 1 THEN s.found[1]
    ELSE '' END,
  w.usage, count(*)
FROM words w
LEFT JOIN flow_bedstatus b
  ON b.establishment = w.establishment AND b.uf = w.uf AND b.chambre = w.chambre AND b.lit = w.lit
LEFT JOIN rooms r ON r.establishment = w.establishment AND r.uf = w.uf AND r.chambre = w.chambre
LEFT JOIN sexes s ON s.establishment = w.establishment AND s.uf = w.uf AND s.chambre = w.chambre
WHERE w.usage IN ('lit', 'place') AND (w.installed OR w.patients > 0)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""
)

_HEARD = """
SELECT e.code FROM territory_etablissement e
WHERE EXISTS (SELECT 1 FROM flow_segment s WHERE s.establishment = e.code)
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What should be said of an offer now."""

    offer: Offer
    statement: Statement
    known: bool
    """False: nothing was ever received from the establishment, so nobody knows what is occupied."""


@dataclass(frozen=True, slots=True)
class OfferMapping:
    """The mapping today, and what it leaves out."""

    offers: tuple[Offer, ...]
    gaps: tuple[rules.Gap, ...]
    units: Mapping[tuple[str, str], tuple[str, str, int]]
    """(establishment, UF) → (name, filière, beds)."""


def _offer(row: OfferRow) -> Offer:
    return Offer(
        establishment=row.establishment, structure=row.structure, code=row.code, name=row.name, filiere=row.filiere,
        nature=row.nature, units=tuple(row.units), closed=row.closed, extra_without_staff=row.extra_without_staff,
        extra_with_staff=row.extra_with_staff, crisis=row.crisis, assignment=row.assignment,
        valid_from=row.valid_from, valid_to=row.valid_to, number=int(row.pk),
    )  # fmt: skip


def today(at: datetime | None = None) -> date:
    """The day in Paris, which dates the mapping."""
    return (at or clock.now()).astimezone(PARIS).date()


def offers(*, scope: Scope, day: date | None = None, establishment: str = "") -> tuple[Offer, ...]:
    """The offers in force on a day (today), by name.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    when = day or today()
    rows = OfferRow.objects.filter(Q(valid_to=None) | Q(valid_to__gt=when), valid_from__lte=when)
    if establishment:
        rows = rows.filter(establishment=establishment)
    return tuple(_offer(row) for row in rows.order_by("establishment", "name", "code"))


def offer_versions(*, scope: Scope, structure: str, code: str) -> tuple[Offer, ...]:
    """Every period of an offer, the latest first.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
        NotFound: no such offer.
    """
    scope.require(Capability.VOIR_CAPACITE)
    rows = OfferRow.objects.filter(structure=structure, code=code).order_by("-valid_from")
    found = tuple(_offer(row) for row in rows)
    if not found:
        raise NotFound(f"L'offre {structure[:20]}/{code[:40]} n'est pas dans la correspondance.", code="offre-inconnue")
    return found


def bed_groups(*, scope: Scope, at: datetime) -> dict[tuple[str, str], list[BedGroup]]:
    """(establishment, UF) → its beds by situation.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    found: dict[tuple[str, str], list[BedGroup]] = defaultdict(list)
    with whole_territory(scope):
        for row in _rows(_GROUPS, {"now": at, "lapse": PLAN_LAPSES}):
            found[(row[0], row[1])].append(
                BedGroup(
                    count=int(row[11]), installed=row[2], shut=row[3], closing=row[4], unstaffed=row[5],
                    occupied=row[6], reserved=row[7], dirty=row[8], gender=row[9],
                    usage=row[10],
                )
            )  # fmt: skip
    return found


def should_say(
    *, scope: Scope, valid: Collection[Indicator], unstaffed_as: str = "01", at: datetime | None = None
) -> tuple[Said, ...]:
    """What the ROR should say of every offer in force.

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        valid: the combinations that the ROR accepts.
        unstaffed_as: R333 code of installed beds without staff, empty when they do not count as closed.
        at: the moment, now by default.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    now = at or clock.now()
    current = offers(scope=scope, day=today(now))
    groups = bed_groups(scope=scope, at=now)
    with whole_territory(scope):
        heard = {row[0] for row in _rows(_HEARD, {})}
    expected = forecasts(scope=scope, at=now)
    return tuple(
        Said(
            offer,
            rules.derive(
                offer,
                (group for unit in offer.units for group in groups.get((offer.establishment, unit), ())),
                valid, at=now, forecasts=expected.get(offer.key, ()), unstaffed_as=unstaffed_as,
            ),
            offer.establishment in heard,
        )
        for offer in current
    )  # fmt: skip


def forecasts(*, scope: Scope, at: datetime | None = None) -> dict[str, list[ForecastFigure]]:
    """Offer → the figures that people validated for later and that have not expired, in the order they did.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    found: dict[str, list[ForecastFigure]] = defaultdict(list)
    for row in ForecastCapacity.objects.filter(expires_at__gt=at or clock.now()).order_by("recorded_at", "id"):
        found[f"{row.structure}/{row.code}"].append(
            ForecastFigure(row.temporality, row.count, row.expires_at, row.gender, row.recorded_at, row.actor, row.pk)
        )
    return found


def mapping(*, scope: Scope, day: date | None = None) -> OfferMapping:
    """The mapping on a day (today): offers, units that have beds, and what is left out.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    current = offers(scope=scope, day=day)
    beds: dict[tuple[str, str], int] = defaultdict(int)
    for key, groups in bed_groups(scope=scope, at=clock.now()).items():
        beds[key] = sum(group.count for group in groups if group.installed)
    units = {
        (uf.establishment, uf.code): (uf.name, uf.filiere, beds[uf.establishment, uf.code])
        for uf in territory.ufs()
        if beds[uf.establishment, uf.code]
    }
    expected = {code: label for code, label in FILIERE_LABELS.items() if code not in UNTOLD}
    return OfferMapping(current, tuple(rules.gaps(current, units, expected)), units)


def _rows(sql: str, parameters: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
