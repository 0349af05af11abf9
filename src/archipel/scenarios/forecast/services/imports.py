"""Importing a history: kept as it came, shown before anything is written, applied once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.scenarios.forecast.models import HistoryDay, HistoryFile
from archipel.scenarios.forecast.queries.history import told_history
from archipel.scenarios.forecast.rules import sheet
from archipel.scenarios.forecast.rules.sheet import Problem, Sheet
from archipel.scenarios.forecast.services.refresh import ask_after_import
from archipel.scenarios.forecast.values import MEASURE_LABELS, SeriesKey
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

MAX_BYTES = 60_000_000


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """What the file says of one series."""

    site: str
    site_name: str
    measure: str
    filiere: str
    first: date
    last: date
    days: int
    hourly: int
    """Days told hour by hour."""
    new: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the file would do; nothing is written."""

    id: int
    name: str
    lines: tuple[SeriesLine, ...]
    read: int
    refused: int
    problems: tuple[Problem, ...]
    applied: bool

    @property
    def written(self) -> int:
        """Days that it would write."""
        return sum(line.new + line.changed for line in self.lines)


def manageable(scope: Scope) -> dict[str, territory.SiteInfo]:
    """The sites whose history the account may import: FINESS EG → site."""
    return {
        site.finess: site
        for site in territory.sites()
        if scope.may(Capability.GERER_MESSAGES, site.establishment) and site.establishment in scope.establishments
    }


def receive(*, scope: Scope, raw: bytes, name: str) -> int:
    """Keep a file; the number that :func:`examine` and :func:`apply` take.

    Raises:
        Denied: without ``GERER_MESSAGES`` anywhere.
        Invalid: too big, not such a sheet, or without any usable line; what was found and expected are told.
    """
    scope.require(Capability.GERER_MESSAGES)
    shown = name.replace("\x00", "")[:120] or "fichier"
    if len(raw) > MAX_BYTES:
        raise Invalid(f"{shown} : plus de {MAX_BYTES // 1_000_000} Mo ; envoyez plusieurs fichiers.", code="fichier")
    with in_scope(scope):
        sites = manageable(scope)
        found = _read(raw, shown, sites)
        if not found.days:
            first = found.problems[0] if found.problems else None
            detail = (
                f" Ligne {first.line}, {first.column} : trouvé « {first.found} », attendu {first.expected}."
                if first
                else ""
            )
            raise Invalid(f"{shown} : aucune ligne utilisable.{detail}", code="fichier-vide", field="fichier")
        places = sorted({sites[site].establishment for site, _, _ in found.days})
        row = HistoryFile.objects.create(
            establishments=places, name=shown, raw=raw, synthetic=settings.SYNTHETIC, actor=scope.actor,
            recorded_at=clock.now(),
        )  # fmt: skip
        return int(row.pk)


def _read(raw: bytes, name: str, sites: Mapping[str, territory.SiteInfo]) -> Sheet:
    try:
        return sheet.read(raw, name, sites, FILIERE_LABELS)
    except sheet.Unreadable as error:
        raise Invalid(str(error), code="fichier", field="fichier") from error


def _held(scope: Scope, number: int) -> tuple[HistoryFile, Sheet, dict[str, territory.SiteInfo]]:
    row = HistoryFile.objects.filter(pk=number, actor=scope.actor).first()
    if row is None:
        raise NotFound("Ce fichier n'existe pas, ou n'est pas à vous.", code="import-inconnu")
    sites = manageable(scope)
    return row, _read(bytes(row.raw), row.name, sites), sites


def _known(
    found: Sheet, sites: Mapping[str, territory.SiteInfo]
) -> dict[tuple[str, str, str], dict[date, tuple[int, ...]]]:
    first = min(min(days) for days in found.days.values())
    told = told_history(first)
    known = {}
    for site, measure, filiere in found.days:
        key = SeriesKey("site", site, measure, filiere)
        days = told.get((key, sites[site].establishment), {})
        known[site, measure, filiere] = {day: tuple(int(value) for value in values) for day, values in days.items()}
    return known


def examine(*, scope: Scope, number: int) -> DryRun:
    """What the file would do. Raises NotFound: no such file of this account."""
    with in_scope(scope):
        row, found, sites = _held(scope, number)
        known = _known(found, sites)
        lines = []
        for (site, measure, filiere), days in sorted(found.days.items()):
            before = known[site, measure, filiere]
            new = sum(day not in before for day in days)
            same = sum(before.get(day) == values for day, values in days.items())
            hourly = sum(len(values) == 24 for values in days.values())
            lines.append(
                SeriesLine(site, sites[site].name, MEASURE_LABELS[measure], FILIERE_LABELS.get(filiere, ""), min(days),
                           max(days), len(days), hourly, new, len(days) - new - same, same)
            )  # fmt: skip
        applied = HistoryDay.objects.filter(file=row).exists()
        return DryRun(number, row.name, tuple(lines), found.lines, found.refused, found.problems, applied)


def apply(*, scope: Scope, number: int) -> int:
    """Write the days that are new or changed; returns how many.

    Raises:
        NotFound: no such file of this account.
        Conflict: already applied.
        Invalid: it changes nothing.
    """
    with in_scope(scope):
        row, found, sites = _held(scope, number)
        if HistoryDay.objects.filter(file=row).exists():
            raise Conflict("Ce fichier est déjà importé.", code="deja-importe")
        known = _known(found, sites)
        rows = [
            HistoryDay(
                file=row, establishment=sites[key[0]].establishment, site=key[0], measure=key[1], filiere=key[2],
                day=day, values=list(values),
            )
            for key, days in found.days.items()
            for day, values in days.items()
            if known[key].get(day) != values
        ]  # fmt: skip
        if not rows:
            raise Invalid("Ce fichier ne change rien.", code="rien-a-importer")
        HistoryDay.objects.bulk_create(rows, batch_size=5000)
        for place in sorted({one.establishment for one in rows}):
            record(
                scope=scope, action="prevision.historique", establishment=place, object_type="historique",
                object_key=f"fichier {number}", details={"jours": sum(one.establishment == place for one in rows)},
            )  # fmt: skip
        ask_after_import(scope=scope)
        return len(rows)
