"""The last curves, their points, and how well each method did; inside the scope of the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.scenarios.forecast.models import Curve, Refresh
from archipel.scenarios.forecast.values import Grain, Quality, SeriesKey
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS


@dataclass(frozen=True, slots=True)
class Point:
    """A forecast at a day or an hour (local, without a zone for hours); None where it could not be said."""

    moment: date | datetime
    p10: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was counted at a day or an hour (None: unknown), and what would have been told just before."""

    moment: date | datetime
    value: float | None
    p10: float | None = None
    p50: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """What is expected from now on over a number of hours."""

    hours: int
    point: Point
    state: str
    shown: Quality


@dataclass(frozen=True, slots=True)
class CurveInfo:
    """One series of the last refresh."""

    key: SeriesKey
    grain: Grain
    at: datetime
    """The present from which it looks ahead."""
    establishments: tuple[str, ...]
    state: str
    """``modele``, ``reference`` (no model did better) or ``trop-court``."""
    method: str
    points: tuple[Point, ...]
    seen: tuple[Seen, ...]
    model: Quality | None
    baselines: tuple[Quality, ...]
    totals: tuple[Total, ...]
    history: int
    """Days known."""
    imported: int
    """Of which imported."""
    known: int = 0
    needed: int = 0
    possible_on: date | None = None

    @property
    def shown(self) -> Quality | None:
        """The quality of what is shown."""
        return self.model if self.state == "modele" else self.baselines[0] if self.baselines else None

    def total(self, hours: int) -> Total | None:
        """The total over that many hours, if it is told."""
        return next((one for one in self.totals if one.hours == hours), None)


@dataclass(frozen=True, slots=True)
class RefreshInfo:
    """Where the refreshes stand."""

    number: int
    state: str
    at: datetime | None
    ended_at: datetime | None
    done: int
    total: int
    message: str
    asked_at: datetime

    @property
    def running(self) -> bool:
        """Asked for or under way."""
        return self.state in (Refresh.ASKED, Refresh.RUNNING)


@dataclass(frozen=True, slots=True)
class PlaceInfo:
    """A GHT or a site that has series."""

    level: str
    code: str
    name: str
    establishment: str
    """FINESS EJ of a site; empty for a GHT."""


def _moment(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def quality_of(data: dict[str, Any]) -> Quality:
    """A quality as it was kept; what has no figure is NaN."""
    nothing = float("nan")

    def plain(value: float | None) -> float:
        return nothing if value is None else value

    low, middle, high = (plain(value) for value in data["below"])
    return Quality(
        data["method"], plain(data["mae"]), plain(data["pinball"]), (low, middle, high), plain(data["coverage"]),
        data["count"], tuple(plain(value) for value in data["mae_by_horizon"]),
    )  # fmt: skip


def total_of(hours: int, data: dict[str, Any], at: datetime) -> Total:
    """What is expected over a number of hours, as it was kept."""
    shown = quality_of(data["model"] if data["state"] == "modele" else data["baselines"][0])
    return Total(hours, Point(at + timedelta(hours=hours), *data["points"][0][1:]), data["state"], shown)


def info_of(row: Curve) -> CurveInfo:
    """A row as it is read."""
    data = row.content
    totals = [total_of(int(hours), each, row.at) for hours, each in data.get("totals", {}).items()]
    possible = data.get("possible_on")
    return CurveInfo(
        key=SeriesKey(row.level, row.code, row.measure, row.filiere),
        grain=Grain(row.grain),
        at=row.at,
        establishments=tuple(row.establishments),
        state=data["state"],
        method=data.get("method", ""),
        points=tuple(Point(_moment(one[0]), *one[1:]) for one in data["points"]),
        seen=tuple(Seen(_moment(one[0]), *one[1:]) for one in data.get("seen", [])),
        model=quality_of(data["model"]) if data.get("model") else None,
        baselines=tuple(quality_of(one) for one in data.get("baselines", [])),
        totals=tuple(sorted(totals, key=lambda one: one.hours)),
        history=data.get("history", 0),
        imported=data.get("imported", 0),
        known=data.get("known", 0),
        needed=data.get("needed", 0),
        possible_on=date.fromisoformat(possible) if possible else None,
    )


def last_done() -> Refresh | None:
    """The last refresh that ended well."""
    return Refresh.objects.filter(state=Refresh.DONE).order_by("-ended_at").first()


def refresh_info() -> RefreshInfo | None:
    """The last refresh, whatever became of it."""
    row = Refresh.objects.order_by("-asked_at").first()
    if row is None:
        return None
    return RefreshInfo(row.pk, row.state, row.at, row.ended_at, row.done, row.total, row.message, row.asked_at)


def curves(
    *, scope: Scope, level: str = "", code: str = "", measure: str = "", filiere: str | None = None, grain: str = ""
) -> tuple[CurveInfo, ...]:
    """The curves of the last refresh; each argument narrows, empty means all (``filiere`` None: all of them).

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    done = last_done()
    if done is None:
        return ()
    wanted: dict[str, Any] = {"level": level, "code": code, "measure": measure, "grain": grain}
    rows = Curve.objects.filter(refresh=done, **{name: value for name, value in wanted.items() if value})
    if filiere is not None:
        rows = rows.filter(filiere=filiere)
    return tuple(info_of(row) for row in rows.order_by("level", "code", "measure", "filiere", "grain"))


def curve(*, scope: Scope, key: SeriesKey, grain: str) -> CurveInfo | None:
    """One curve of the last refresh; None when there is none. Raises Denied as :func:`curves`."""
    found = curves(scope=scope, level=key.level, code=key.code, measure=key.measure, filiere=key.filiere, grain=grain)
    return found[0] if found else None


def places(*, scope: Scope) -> tuple[PlaceInfo, ...]:
    """The GHT, then the sites, that have series. Raises Denied."""
    scope.require(Capability.VOIR_CAPACITE)
    done = last_done()
    if done is None:
        return ()
    known = set(Curve.objects.filter(refresh=done).values_list("level", "code").distinct())
    names = territory.establishment_names()
    groups = sorted(code for level, code in known if level == "ght")
    found = [PlaceInfo("ght", code, f"GHT {code}" if len(groups) > 1 else "Tout le groupement", "") for code in groups]
    sites = [site for site in territory.sites() if ("site", site.finess) in known]
    for site in sorted(sites, key=lambda one: (names.get(one.establishment, ""), one.name)):
        found.append(PlaceInfo("site", site.finess, site.name, site.establishment))
    return tuple(found)


def filieres(*, scope: Scope, level: str, code: str, measure: str) -> tuple[tuple[str, str], ...]:
    """(code, label) of the filières of a series of a place, in the usual order; the empty code is all of them."""
    scope.require(Capability.VOIR_CAPACITE)
    done = last_done()
    known = set(
        Curve.objects.filter(refresh=done, level=level, code=code, measure=measure).values_list("filiere", flat=True)
    )
    labels = {"": "Toutes les filières", **FILIERE_LABELS}
    return tuple((one, label) for one, label in labels.items() if one in known)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a place in the next hours: P10, P50, P90, and from when it looks."""

    measure: str
    filiere: str
    hours: int
    p10: float
    p50: float
    p90: float
    at: datetime
    is_model: bool
    mae: float
    coverage: float


MAX_AGE = timedelta(hours=6)
"""A refresh older than that says nothing any more of the next hours."""


def expected(*, scope: Scope, level: str, code: str, hours: int = 24) -> tuple[Expected, ...]:
    """Arrivals, admissions and discharges expected over the next hours, by filière ("" for all).

    Args:
        scope: must hold ``VOIR_CAPACITE``.
        level: ``site`` or ``ght``.
        code: FINESS EG or code of the GHT.
        hours: 1, 2, 4, 8, 12, 24 or 48.

    Raises:
        Denied: without the capability.
    """
    return tuple(
        Expected(
            key.measure, key.filiere, hours, total.point.p10 or 0.0, total.point.p50 or 0.0, total.point.p90 or 0.0,
            at, total.state == "modele", total.shown.mae, total.shown.coverage,
        )
        for key, at, total in totals(scope=scope, level=level, code=code, hours=hours)
    )  # fmt: skip


def totals(*, scope: Scope, hours: int, level: str = "", code: str = "") -> list[tuple[SeriesKey, datetime, Total]]:
    """What is expected over the next hours, from a refresh that is not too old; only that is read of each curve.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    done = last_done()
    if done is None or done.at is None or clock.now() - done.at > MAX_AGE:
        return []
    wanted = {name: value for name, value in {"level": level, "code": code}.items() if value}
    rows = Curve.objects.filter(refresh=done, grain=Grain.HEURE.value, **wanted).order_by("level", "code", "measure")
    found = []
    for row in rows.values_list("level", "code", "measure", "filiere", "at", f"content__totals__{int(hours)}"):
        if row[5] is not None and row[5]["points"][0][2] is not None:
            found.append((SeriesKey(*row[:4]), row[4], total_of(hours, row[5], row[4])))
    return found
