"""What to propose for the forecast capacities of each offer of the ROR, and what people have validated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from archipel.domains.flow import public as flow
from archipel.domains.flow.public import ForecastFigure, Offer
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.formats import long_date, number
from archipel.kernel import clock
from archipel.scenarios.forecast.queries.curves import MAX_AGE, CurveInfo, curves
from archipel.scenarios.forecast.rules.proposals import DAYS, HORIZONS, Proposal, propose, share
from archipel.scenarios.forecast.values import METHOD_LABELS, Grain, Measure
from archipel.territory.values import FILIERE_LABELS


@dataclass(frozen=True, slots=True)
class Figure:
    """One horizon of an offer."""

    temporality: str
    """R331, 02 to 05."""
    hours: int
    proposal: Proposal | None
    """None: nothing can be proposed."""
    validated: int | None
    validated_by: str
    validated_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class OfferLine:
    """An offer, its open beds, and its four horizons."""

    structure: str
    code: str
    name: str
    establishment: str
    filiere: str
    site: str
    opened: int
    occupied: int
    figures: tuple[Figure, ...]
    basis: str
    """What the proposals rest on, in words (French); empty when nothing is proposed."""
    at: datetime | None


def offer_lines(*, scope: Scope, establishment: str = "") -> tuple[OfferLine, ...]:
    """The offers whose forecasts the account may validate.

    Args:
        scope: holds ``GERER_LITS`` for the establishments of the offers shown.
        establishment: only this one.

    Raises:
        Denied: without ``GERER_LITS`` anywhere.
    """
    scope.require(Capability.GERER_LITS)
    now = clock.now()
    capacity = flow.capacity(scope=scope, at=now)
    units = {(unit.establishment, unit.uf): unit for unit in capacity.units}
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for unit in capacity.units:
        total = totals[unit.site, unit.filiere]
        total[0] += unit.counts.occupied + unit.counts.without_bed
        total[1] += unit.counts.opened
    present = {
        (one.key.code, one.key.filiere, one.grain): one
        for one in curves(scope=scope, level="site", measure=Measure.PRESENTS.value)
        if now - one.at <= MAX_AGE
    }
    validated = flow.forecasts(scope=scope, at=now)
    found = []
    for offer in flow.offers(scope=scope, establishment=establishment):
        if scope.may(Capability.GERER_LITS, offer.establishment):
            found.append(_line(offer, units, totals, present, validated.get(offer.key, ())))
    return tuple(found)


def _line(
    offer: Offer,
    units: Mapping[tuple[str, str], flow.UnitCapacity],
    totals: Mapping[tuple[str, str], list[int]],
    present: Mapping[tuple[str, str, Grain], CurveInfo],
    validated: Sequence[ForecastFigure],
) -> OfferLine:
    mine = [units[offer.establishment, code] for code in offer.units if (offer.establishment, code) in units]
    site = mine[0].site if mine else ""
    opened = sum(unit.counts.opened for unit in mine)
    occupied = sum(unit.counts.occupied + unit.counts.without_bed for unit in mine)
    part = share(occupied, opened, *totals.get((site, offer.filiere), (0, 0)))
    hourly = present.get((site, offer.filiere, Grain.HEURE))
    daily = present.get((site, offer.filiere, Grain.JOUR))
    last = {one.temporality: one for one in validated}
    figures = []
    for temporality, hours in HORIZONS.items():
        said = _present(temporality, hours, hourly, daily)
        proposal = propose(opened, part, said) if said is not None and mine else None
        kept = last.get(temporality)
        figures.append(
            Figure(temporality, hours, proposal, kept.count if kept else None, kept.validated_by if kept else "",
                   kept.validated_at if kept else None, kept.expires_at if kept else None)
        )  # fmt: skip
    source = hourly or daily
    told = any(figure.proposal for figure in figures)
    return OfferLine(
        offer.structure, offer.code, offer.name, offer.establishment, FILIERE_LABELS.get(offer.filiere, offer.filiere),
        site, opened, occupied, tuple(figures), _basis(source, part) if told and source else "",
        source.at if told and source else None,
    )  # fmt: skip


def _present(
    temporality: str, hours: int, hourly: CurveInfo | None, daily: CurveInfo | None
) -> tuple[float, float, float] | None:
    point = None
    if hourly is not None and len(hourly.points) >= hours:
        point = hourly.points[hours - 1]
    elif daily is not None and temporality in DAYS and len(daily.points) > DAYS[temporality]:
        point = daily.points[DAYS[temporality]]
    if point is None or point.p10 is None or point.p50 is None or point.p90 is None:
        return None
    return point.p10, point.p50, point.p90


def _basis(curve: CurveInfo, part: float) -> str:
    shown = curve.shown
    error = f", erreur moyenne mesurée {number(shown.mae, 1)} patients" if shown else ""
    method = METHOD_LABELS.get(curve.method, curve.method).lower()
    return (
        f"Lits ouverts moins {number(100 * part, 0)} % des patients attendus présents ({method}{error}), "
        f"calcul du {long_date(curve.at)}"
    )
