"""A refresh: the history read, every series forecast and backtested, the curves written."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from archipel.domains.flow import public as flow
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import EVERYWHERE, Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Conflict, Denied
from archipel.scenarios.forecast import models
from archipel.scenarios.forecast.queries.history import told_history
from archipel.scenarios.forecast.rules import counting
from archipel.scenarios.forecast.rules.holidays import Calendar
from archipel.scenarios.forecast.services import computing
from archipel.scenarios.forecast.services.calendar import calendar
from archipel.scenarios.forecast.services.computing import Beds, Ground, Made
from archipel.scenarios.forecast.services.library import theta
from archipel.scenarios.forecast.services.sharing import Task, computed
from archipel.scenarios.forecast.values import Measure, Series, SeriesKey
from archipel.territory import public as territory

PARIS = ZoneInfo("Europe/Paris")
TOPIC = "forecast.refresh"
HISTORY_DAYS = 400
"""How far back the history is looked at."""
KEPT = timedelta(days=45)
"""How long past curves are kept, one refresh a day: what was announced can be held against what came."""
ABANDONED = timedelta(minutes=15)
"""A refresh that gives no sign of life for so long died: another may begin."""
_CHUNK = 6


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did."""

    number: int
    curves: int
    models: int
    """Curves on which a model did better than the baselines."""
    short: int
    """Series whose history is too short."""
    seconds: float


def everyone() -> Scope:
    """The scope of the process that forecasts: every establishment."""
    with in_scope(system_scope("prévisions", [EVERYWHERE])):
        return system_scope("prévisions", [one.code for one in territory.establishments()])


def ask(*, scope: Scope) -> int:
    """Ask the worker for a refresh; returns its number.

    Raises:
        Denied: without ``GERER_LITS`` or ``GERER_MESSAGES`` anywhere.
        Conflict: one is already asked for or running.
    """
    if not (scope.may(Capability.GERER_LITS) or scope.may(Capability.GERER_MESSAGES)):
        raise Denied("Votre compte ne peut pas demander un calcul des prévisions.", capability="lits.gerer")
    with in_scope(everyone()):
        number = begin(scope.actor)
        record(scope=scope, action="prevision.demande", object_type="prevision", object_key=str(number))
        publish(TOPIC, {"calcul": number})
        return number


def _new(actor: str, *, queue: bool = False) -> models.Refresh:
    """A new row; ``queue``: even while another one runs."""
    now = clock.now()
    _bury(now)
    states = (models.Refresh.ASKED,) if queue else (models.Refresh.ASKED, models.Refresh.RUNNING)
    if models.Refresh.objects.filter(state__in=states).exists():
        raise Conflict("Un calcul des prévisions est déjà en cours.", code="calcul-en-cours")
    codes = [one.code for one in territory.establishments()]
    return models.Refresh.objects.create(establishments=codes, actor=actor, asked_at=now, told_at=now)


def ask_after_import(*, scope: Scope) -> None:
    """What was imported makes forecasts possible: have them made, after the one that runs if any."""
    with in_scope(everyone()), contextlib.suppress(Conflict):
        _new(scope.actor, queue=True)


def _bury(now: datetime) -> None:
    """A refresh that has been silent for too long failed."""
    models.Refresh.objects.filter(state=models.Refresh.RUNNING, told_at__lt=now - ABANDONED).update(
        state=models.Refresh.FAILED, ended_at=now, message="Interrompu : le processus s'est arrêté."
    )


def refresh(
    *, number: int | None = None, workers: int = 0, told: Callable[[int, int], None] | None = None
) -> Refreshed:
    """Make every forecast again.

    Args:
        number: the refresh that was asked for; None: a new one.
        workers: processes that share the work; 0: two, or one on a single core; 1: this one alone.
        told: called with the parts done and their total.

    Raises:
        Conflict: another one is running.
        Upstream: the forecasting library is not installed.
    """
    scope, at = everyone(), clock.now()
    with in_scope(scope):
        row = models.Refresh.objects.get(pk=number) if number else _new(scope.actor)
        taken = models.Refresh.objects.filter(pk=row.pk, state=models.Refresh.ASKED).update(
            state=models.Refresh.RUNNING, told_at=at, at=at
        )
        if not taken:
            raise Conflict("Ce calcul des prévisions est déjà fait ou en cours.", code="calcul-en-cours")

    def tell(done: int, total: int) -> None:
        with in_scope(scope):
            models.Refresh.objects.filter(pk=row.pk).update(done=done, total=total, told_at=clock.now())
            publish(TOPIC, {"calcul": row.pk})
        if told is not None:
            told(done, total)

    try:
        with in_scope(scope):
            tasks = prepare(scope, at, calendar())
        made = list(computed(tasks, workers, tell, theta))
        return _write(scope, int(row.pk), at, made)
    except Exception as error:
        text = error.message if isinstance(error, ArchipelError) else "Une erreur inattendue a arrêté le calcul."
        with in_scope(scope):
            models.Refresh.objects.filter(pk=row.pk).update(
                state=models.Refresh.FAILED, ended_at=clock.now(), message=text
            )
            publish(TOPIC, {"calcul": row.pk})
        raise


def prepare(scope: Scope, now: datetime, known: Calendar) -> list[Task]:
    """Read the history and share it out: small parts, the longest first."""
    local = now.astimezone(PARIS)
    frame = counting.Frame.up_to(local, HISTORY_DAYS)
    since = datetime(frame.first.year, frame.first.month, frame.first.day, tzinfo=PARIS)
    stays = flow.filiere_stays(scope=scope, since=since, until=now)
    found = counting.events(stays, lambda moment: moment.astimezone(PARIS))
    ghts = {one.code: one.ght for one in territory.establishments() if one.ght}
    sites = {site.finess for site in territory.sites()}
    live = {key: one for key, one in counting.live_series(found, frame).items() if key.code in sites}
    series = counting.with_imported(live, told_history(frame.first), frame)
    series |= counting.grouped(series, ghts)
    ground = Ground(frame.first, frame.days, frame.hours, known)
    return share_out(series, found, ghts, ground)


def share_out(
    series: Mapping[SeriesKey, Series], found: counting.Events, ghts: Mapping[str, str], ground: Ground
) -> list[Task]:
    """Parts of about the same weight."""
    tasks: list[Task] = [((), (beds,), ground) for beds in beds_of(series, found, ghts)]
    ordered = sorted(series.values(), key=lambda one: (one.key.filiere != "", one.key))
    tasks += [(tuple(ordered[n : n + _CHUNK]), (), ground) for n in range(0, len(ordered), _CHUNK)]
    return tasks


def beds_of(series: Mapping[SeriesKey, Series], found: counting.Events, ghts: Mapping[str, str]) -> Iterator[Beds]:
    """The filières whose patients were followed for long enough, with their sites and GHT."""
    places: dict[str, list[tuple[counting.Place, Series]]] = defaultdict(list)
    for place, filiere in sorted(found.stays):
        one = series.get(SeriesKey("site", place[1], Measure.PRESENTS.value, filiere))
        if one is not None and computing.long_enough(one):
            places[filiere].append((place, one))
    for filiere, each in sorted(places.items(), key=lambda item: -len(item[1])):
        ranks: dict[str, list[int]] = defaultdict(list)
        for rank, (place, _) in enumerate(each):
            ranks[ghts.get(place[0], "")].append(rank)
        keys = {code: SeriesKey("ght", code, Measure.PRESENTS.value, filiere) for code in ranks if code}
        groups = tuple((series[key], tuple(ranks[code])) for code, key in keys.items() if key in series)
        stays = tuple(found.moments((place, filiere)) for place, _ in each)
        yield Beds(tuple(one for _, one in each), stays, groups)


def _write(scope: Scope, number: int, at: datetime, made: Sequence[Made]) -> Refreshed:
    ended = clock.now()
    rows = [
        models.Curve(
            refresh_id=number, establishments=list(one.establishments), level=one.key.level, code=one.key.code,
            measure=one.key.measure, filiere=one.key.filiere, grain=one.grain.value, at=at, content=one.content,
        )
        for one in made
    ]  # fmt: skip
    with transaction.atomic(), in_scope(scope):
        models.Curve.objects.bulk_create(rows, batch_size=100)
        better = sum(one.content["state"] == "modele" for one in made)
        short = sum(one.content["state"] == "trop-court" for one in made)
        text = f"{len(made)} courbes, dont {better} où un modèle fait mieux que les références."
        models.Refresh.objects.filter(pk=number).update(
            state=models.Refresh.DONE, ended_at=ended, told_at=ended, message=text
        )
        _forget(ended)
        publish(TOPIC, {"calcul": number})
    return Refreshed(number, len(made), better, short, (ended - at).total_seconds())


def _forget(now: datetime) -> None:
    """Keep the curves of the last two days, then of the first refresh of each day, and nothing beyond :data:`KEPT`."""
    kept: set[date] = set()
    gone = []
    old = models.Refresh.objects.filter(asked_at__lt=now - timedelta(days=2)).order_by("asked_at")
    for row in old:
        day = row.asked_at.astimezone(PARIS).date()
        if day in kept or row.asked_at < now - KEPT or row.state != models.Refresh.DONE:
            gone.append(row.pk)
        kept.add(day)
    models.Refresh.objects.filter(pk__in=gone).delete()


def begin(actor: str) -> int:
    """Write down a refresh to make, in the scope of :func:`everyone`. Raises Conflict: one is to be made already."""
    return int(_new(actor).pk)


def anything_to_learn(now: datetime) -> bool:
    """Whether a first refresh has something to read: an imported history, or a day of messages."""
    if models.HistoryDay.objects.exists():
        return True
    return bool(flow.filiere_stays(scope=everyone(), since=now - timedelta(days=2), until=now - timedelta(days=1)))
