"""Where the requirements stand: by pack, then one pack as a list or as a matrix of the members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from archipel.foundation.web.charts import Chart, Series
from archipel.kernel import clock
from archipel.programmes.proof.pages import shell
from archipel.programmes.proof.pages.shell import SHOWN, Moment, trail
from archipel.programmes.proof.queries.statuses import PackStatuses, RequirementStatus, all_statuses, count, statuses
from archipel.programmes.proof.queries.trend import Trend, last_round, trend
from archipel.programmes.proof.values import (
    NATURE_LABELS,
    STATUS_LABELS,
    Level,
    Requirement,
    Status,
    Subject,
)

TREND_DAYS = 90
FIRST_LOOKED = 12
SOON = 60
TONES = {
    Status.PROUVE: "libre",
    Status.DECLARE: "reserve",
    Status.EN_COURS: "reserve",
    Status.PERIME: "a_nettoyer",
    Status.CONTREDIT: "conflit",
    Status.MANQUANT: "conflit",
}
"""The tone of the tile of each status, that of its chip."""


def _chart(found: Trend, name: str, title: str) -> Chart:
    return Chart(
        name,
        title,
        "Jour",
        found.days,
        tuple(
            Series(STATUS_LABELS[status], tuple(one[status] for one in found.counts), kind="")
            for status in SHOWN
            if any(one[status] for one in found.counts)
        ),
        kind="line",
        unit="exigences",
        source="journal des statuts",
        folded=True,
        wide=True,
    )


def _urgent(found: Sequence[RequirementStatus], today: date) -> list[tuple[str, RequirementStatus]]:
    """What deserves a look first, each with the word that says why."""
    picked: list[tuple[int, str, RequirementStatus]] = []
    for one in found:
        until = one.finding.until
        due = one.requirement.due
        if one.status is Status.CONTREDIT:
            picked.append((0, "contredite", one))
        elif one.status is Status.PERIME:
            picked.append((1, "périmée", one))
        elif one.status is Status.PROUVE and until and clock.day_of(until) <= today + timedelta(days=SOON):
            picked.append((2, f"ne le sera plus le {until:%d/%m/%Y}", one))
        elif one.status is not Status.PROUVE and due and today <= due <= today + timedelta(days=SOON):
            picked.append((3, f"due le {due:%d/%m/%Y}", one))
    picked.sort(key=lambda p: (p[0], p[2].requirement.due or date.max, p[2].requirement.path, p[2].subject))
    return [(why, one) for _, why, one in picked]


@shell.seeing
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where do we stand, pack by pack, and what deserves a look first?"""
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    packs = all_statuses(scope=scope, subject=seen, at=moment.at, known_at=moment.known_at)
    current = [one for one in packs if not one.pack.historique]
    every = [one for each in current for one in each.found]
    moved = _moved(current, seen, moment).with_today(moment.day, count(every))
    urgent = _urgent(every, moment.day)
    context = shell.frame(request, scope, seen, moment) | {
        "titre": "Preuves",
        "fil": trail(),
        "packs": packs,
        "ordre": [(status, STATUS_LABELS[status]) for status in SHOWN],
        "tuiles": [(status, STATUS_LABELS[status], number, TONES[status]) for status, number in _counts(every)],
        "total": len(every),
        "prouvees": count(every)[Status.PROUVE],
        "urgentes": urgent[:FIRST_LOOKED],
        "autres_urgentes": max(0, len(urgent) - FIRST_LOOKED),
        "graphique": _chart(moved, "preuves", "Exigences par statut, jour par jour") if moved.useful else None,
        "gagnees": moved.moved(Status.PROUVE) if moved.useful else None,
        "jours": len(moved.days),
        "dernier_tour": last_round(),
    }
    return render(request, "proof/accueil.html", context)


def _counts(found: Sequence[RequirementStatus]) -> list[tuple[Status, int]]:
    counted = count(found)
    return [(status, counted[status]) for status in SHOWN]


def _moved(packs: Sequence[PackStatuses], seen: Subject, moment: Moment) -> Trend:
    asked = [(one.requirement.pack, one.requirement.path, one.subject) for each in packs for one in each.found]
    return trend(
        [each.pack.pack for each in packs], asked, since=moment.day - timedelta(days=TREND_DAYS), until=moment.day
    )


# --- one pack -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement and its status for each column of the matrix (None: not asked of that one)."""

    requirement: Requirement
    cells: tuple[RequirementStatus | None, ...]

    @property
    def proved(self) -> int:
        """For how many it is proved."""
        return sum(cell is not None and cell.status is Status.PROUVE for cell in self.cells)

    @property
    def asked(self) -> int:
        """Of how many it is asked."""
        return sum(cell is not None for cell in self.cells)


def _matrix(found: Sequence[RequirementStatus]) -> tuple[list[Subject], list[Row]]:
    columns = sorted({one.subject for one in found}, key=lambda s: (s.level is not Level.GHT, s.label, s.code))
    rows: dict[str, dict[Subject, RequirementStatus]] = {}
    for one in found:
        rows.setdefault(one.requirement.path, {})[one.subject] = one
    return columns, [
        Row(next(iter(cells.values())).requirement, tuple(cells.get(column) for column in columns))
        for cells in rows.values()
    ]


@shell.seeing
@require_safe
def pack(request: HttpRequest, pack_id: str) -> HttpResponse:
    """One pack: each requirement with where it stands and why, or the members side by side."""
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    chosen = shell.pack_of(pack_id, request, moment.day)
    found = statuses(scope=scope, pack=chosen, subject=seen, at=moment.at, known_at=moment.known_at)
    asked = request.GET.get("statut", "")
    shown = [one for one in found if asked in ("", one.status.value)]
    columns, rows = _matrix(found)
    wide = len(columns) > 1 and request.GET.get("vue") != "liste" and not asked
    moved = trend(
        [chosen.pack], [(chosen.pack, one.requirement.path, one.subject) for one in found],
        since=moment.day - timedelta(days=TREND_DAYS), until=moment.day,
    ).with_today(moment.day, count(found))  # fmt: skip
    context = shell.frame(request, scope, seen, moment) | {
        "titre": chosen.titre,
        "fil": trail((chosen.titre, "")),
        "pack": chosen,
        "lignes": shown,
        "tuiles": [(status, STATUS_LABELS[status], number, TONES[status]) for status, number in _counts(found)],
        "total": len(found),
        "prouvees": count(found)[Status.PROUVE],
        "statut": asked,
        "statut_label": STATUS_LABELS[Status(asked)] if asked in set(Status) else "",
        "colonnes": columns,
        "rangees": rows,
        "matrice": wide,
        "plusieurs": len(columns) > 1,
        "natures": NATURE_LABELS,
        "graphique": _chart(moved, f"preuves-{chosen.pack}", "Exigences par statut, jour par jour")
        if moved.useful
        else None,
        "exporter": f"{reverse('proof:pack-export', args=[chosen.pack])}?{request.GET.urlencode()}",
    }
    return render(request, "proof/pack.html", context)


@shell.seeing
@require_safe
def pack_export(request: HttpRequest, pack_id: str) -> HttpResponse:
    """The requirements of a pack as a file, one line by requirement and entity."""
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    chosen = shell.pack_of(pack_id, request, moment.day)
    found = statuses(scope=scope, pack=chosen, subject=seen, at=moment.at, known_at=moment.known_at)
    asked = request.GET.get("statut", "")
    titles = [
        "Pack", "Version", "Thème", "Objectif", "Exigence", "Chemin", "Niveau", "FINESS ou code", "Entité", "Statut",
        "Motif", "Preuve attendue", "Mesure", "Valeur", "Unité", "Vaut jusqu'au", "Échéance", "Source",
    ]  # fmt: skip
    return shell.table_response(
        request, f"exigences-{chosen.pack}", titles, (_line(one) for one in found if asked in ("", one.status.value))
    )


def _line(one: RequirementStatus) -> list[Any]:
    asked, measure = one.requirement, one.measure
    return [
        asked.pack, asked.version, asked.theme, asked.objective, asked.label, asked.path, one.subject.level.value,
        one.subject.code, one.subject.label, STATUS_LABELS[one.status], " ".join(one.finding.reasons),
        NATURE_LABELS[one.binding.nature], one.binding.metric, measure.value if measure else None,
        measure.unit if measure else "", one.finding.until, asked.due, f"{asked.source.document}, "
        f"{asked.source.paragraph}",
    ]  # fmt: skip


urlpatterns = [
    path("programmes/preuves/", home, name="accueil"),
    path("programmes/preuves/exigences/<str:pack_id>/", pack, name="pack"),
    path("programmes/preuves/exigences/<str:pack_id>/export", pack_export, name="pack-export"),
]
