"""The live metrics: what each is, what it says, how it moved, and reading one again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.charts import Chart, Series
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.kernel.indicators import Indicator
from archipel.programmes.proof import registry
from archipel.programmes.proof.pages import shell
from archipel.programmes.proof.pages.shell import Moment, trail
from archipel.programmes.proof.queries import readings
from archipel.programmes.proof.queries.subjects import members, parse_key, require_seen
from archipel.programmes.proof.rules.status import shown
from archipel.programmes.proof.services.following import follow_all
from archipel.programmes.proof.services.readings import take, told
from archipel.programmes.proof.values import LEVEL_LABELS, Level, Subject
from archipel.programmes.proof.values.metric import Metric, Past

HISTORY_DAYS = 365


def _whoms(seen: Subject, moment: Moment) -> list[Subject]:
    """The subject, and the members of a group."""
    return [seen, *(one for one in members(seen, moment.day) if one != seen)] if seen.level is Level.GHT else [seen]


def _lines(
    scope: Scope, metric: Metric, whoms: list[Subject], moment: Moment
) -> list[tuple[Subject, Indicator | None, Any, bool]]:
    """For each subject: the last reading as it may be told, its main measure, and whether its facts are too old."""
    found = readings.latest(whoms, at=moment.at, known_at=moment.known_at, metric=metric.id)
    lines = []
    for whom in whoms:
        one = found.get((metric.id, whom))
        read = told(scope, whom, one) if one else None
        old = bool(one) and (
            one is None or one.newest is None or moment.at - one.newest > timedelta(days=metric.stale_days)
        )
        lines.append((whom, read, read.measure() if read else None, old))
    return lines


@shell.seeing
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What do we measure, and what does it say now?"""
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    rows = [
        (metric, *_lines(scope, metric, [seen], moment)[0][1:])
        for metric in registry.metrics()
        if seen.level in metric.levels
    ]
    context = shell.frame(request, scope, seen, moment) | {
        "titre": "Mesures en direct",
        "fil": trail(("Mesures", "")),
        "mesures": rows,
        "connues": sum(one is not None and one.value is not None for _, _, one, _ in rows),
    }
    return render(request, "proof/mesures.html", context)


@shell.seeing
@require_safe
def detail(request: HttpRequest, mesure: str) -> HttpResponse:
    """One metric: why, how, the text of its statement, its value for each member, its curve."""
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    metric = registry.metric(mesure)
    lines = _lines(scope, metric, _whoms(seen, moment), moment)
    read = lines[0][1]
    context = shell.frame(request, scope, seen, moment) | {
        "titre": metric.label,
        "fil": trail(("Mesures", f"{reverse('proof:mesures')}?sujet={seen.key}"), (metric.label, "")),
        "metrique": metric,
        "lecture": read,
        "principale": lines[0][2],
        "perimee": lines[0][3],
        "lignes": lines if len(lines) > 1 else [],
        "requete": readings.query_text(read.query) if read else "",
        "niveaux": ", ".join(LEVEL_LABELS[level] for level in Level if level in metric.levels),
        "rejouable": metric.past is Past.RECALCUL,
        "tableau": _address(metric.board),
        "courbe": _curve(scope, metric, seen, moment),
        "exporter": f"{reverse('proof:mesure-export', args=[metric.id])}",
        "relisible": all(scope.may(Capability.VOIR_PROGRAMMES, one) for one in seen.establishments),
    }
    return render(request, "proof/mesure.html", context)


def _address(name: str) -> str:
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""


def _curve(scope: Scope, metric: Metric, seen: Subject, moment: Moment) -> Chart | None:
    found = readings.history(metric.id, seen, since=moment.at - timedelta(days=HISTORY_DAYS), until=moment.at)
    points = [(one.at, told(scope, seen, one).measure()) for one in found]
    if len(points) < 2:
        return None
    return Chart(
        "mesure",
        metric.label,
        "Lecture",
        tuple(at.astimezone(shell.PARIS) for at, _ in points),
        (Series(metric.label, tuple(one.value if one else None for _, one in points)),),
        kind="line",
        unit=metric.unit,
        source=metric.source,
        at=found[-1].at,
        maximum=100 if metric.unit == "%" else None,
        folded=True,
    )


@shell.seeing
@require_safe
def export(request: HttpRequest, mesure: str) -> HttpResponse:
    """Every measure of the metric, for each member, as a file."""
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    metric = registry.metric(mesure)
    titles = [
        "Mesure", "Niveau", "FINESS ou code", "Entité", "Grandeur", "Valeur", "Unité", "Au", "Fait le plus récent",
        "Lignes", "SHA-256 des lignes", "Remarque",
    ]  # fmt: skip
    rows = [
        [metric.id, whom.level.value, whom.code, whom.label, one.label, one.value, one.unit, read.at, read.newest,
         read.rows, read.rows_sha256, one.reason]
        for whom, read, _, _ in _lines(scope, metric, _whoms(seen, moment), moment)
        if read is not None
        for one in read.measures
    ]  # fmt: skip
    return shell.table_response(request, f"mesure-{metric.id}", titles, rows)


@shell.seeing
@require_POST
def read_again(request: HttpRequest, mesure: str) -> HttpResponse:
    """Read the metric now for the subject of the form, and keep what it says."""
    scope, today = shell.scope_of(request), clock.now().astimezone(shell.PARIS).date()
    whom = require_seen(scope, parse_key(request.POST.get("sujet", ""), today))
    metric = registry.metric(mesure)
    try:
        found = told(scope, whom, take(scope=scope, metric=metric.id, subject=whom)).measure()
        for pack in shell.packs_on(today):
            follow_all(scope=scope, pack=pack, subject=whom)
        value = "inconnu" if found is None or found.value is None else shown(found.value, found.unit)
        messages.success(request, f"{metric.label} relue à l'instant : {value}.")
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    return HttpResponseRedirect(f"{reverse('proof:mesure', args=[metric.id])}?sujet={whom.key}")


urlpatterns = [
    path("programmes/preuves/mesures/", listing, name="mesures"),
    path("programmes/preuves/mesures/<str:mesure>/", detail, name="mesure"),
    path("programmes/preuves/mesures/<str:mesure>/export", export, name="mesure-export"),
    path("programmes/preuves/mesures/<str:mesure>/relire", read_again, name="mesure-relire"),
]
