"""Depositing: by the worker every night, again while it fails, and when somebody asks. Each attempt is a line kept."""

from __future__ import annotations

import logging
import threading
import time as clocks
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from archipel.connectors.rpu import models
from archipel.connectors.rpu.building import PARIS, Built, build_file, daily_range, sites
from archipel.connectors.rpu.ports import Answer, hand_over
from archipel.connectors.rpu.settings import RpuSettings, rpu_settings
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Conflict
from archipel.territory import public as territory

log = logging.getLogger(__name__)
TOPIC = "flow.rpu"
ACCEPTED, ALREADY, FAILED, REFUSED = "accepte", "deja", "echec", "refus"
_LOOK_SECONDS = 20.0
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Deposited:
    """What became of a deposit, and a French sentence."""

    file: int
    name: str
    outcome: str
    message: str


def deposit(
    *, scope: Scope, site: str, first: date, last: date, again: bool = False, settings: RpuSettings | None = None
) -> Deposited:
    """Make the file of these days and hand it over; the same content is handed over once, unless ``again``.

    The file is kept before it leaves, and the answer after: a deposit cut short is seen as a file without answer, and
    done again with the same name and bytes.

    Raises:
        Denied, NotFound, Invalid: as :func:`archipel.connectors.rpu.building.build_file`.
        Conflict: no address is set.
    """
    settings = settings or rpu_settings()
    if not settings.target:
        raise Conflict(
            "Aucune adresse de dépôt n'est réglée (ARCHIPEL_RPU_TARGET) : téléchargez le fichier.", code="rpu-adresse"
        )
    with in_scope(scope):
        built = build_file(scope=scope, site=site, first=first, last=last, settings=settings)
        done = models.Deposit.objects.filter(
            file=built.row, target=settings.shown, outcome__in=(ACCEPTED, ALREADY)
        ).first()
    row = built.row
    if done is not None and not again:
        answer = Answer(True, False, f"Même contenu que le dépôt du {done.at.astimezone(PARIS):%d/%m/%Y à %H:%M}.")
        return _keep(scope, built, settings, answer, ALREADY)
    answer = hand_over(settings, row.name, bytes(row.raw), row.sha256)
    outcome = ACCEPTED if answer.accepted else REFUSED if answer.permanent else FAILED
    return _keep(scope, built, settings, answer, outcome)


def _keep(scope: Scope, built: Built, settings: RpuSettings, answer: Answer, outcome: str) -> Deposited:
    row = built.row
    with in_scope(scope):
        models.Deposit.objects.create(
            establishment=row.establishment,
            file=row,
            at=clock.now(),
            target=settings.shown,
            outcome=outcome,
            answer=answer.text,
            actor=scope.actor,
        )
        record(
            scope=scope,
            action="rpu.depot",
            establishment=row.establishment,
            object_type="fichier-rpu",
            object_key=str(row.pk),
            details={"issue": outcome, "passages": row.passages, "jours": [f"{row.first_day}", f"{row.last_day}"]},
        )
        publish(TOPIC, {"sites": [row.site]}, establishment=row.establishment)
    words = {
        ACCEPTED: f"{row.name} déposé : {row.passages} passages.",
        ALREADY: f"{row.name} est déjà déposé, à l'identique : rien n'est parti.",
        FAILED: f"{row.name} n'a pas pu être déposé : {answer.text} Un nouvel essai se fera seul.",
        REFUSED: f"{row.name} est refusé : {answer.text}",
    }
    return Deposited(row.pk, row.name, outcome, words[outcome])


# --- by itself ----------------------------------------------------------------------------------------

_looked_at = 0.0
_thread: threading.Thread | None = None


def rpu_tick() -> None:
    """Deposit what is due; called about once a second by the worker. In a thread: a slow server holds up no message."""
    global _looked_at, _thread
    if clocks.monotonic() - _looked_at < _LOOK_SECONDS or (_thread is not None and _thread.is_alive()):
        return
    _looked_at = clocks.monotonic()
    _thread = threading.Thread(target=_round, name="rpu", daemon=True)
    _thread.start()


def _round() -> None:
    """One look at what is due, on a connection of its own."""
    try:
        deposit_due()
    except ArchipelError as error:
        log.error("RPU : %s", error.message)
    except Exception as error:
        log.error("RPU : tour en échec (%s)", type(error).__name__)
    finally:
        connection.close()


def deposit_due() -> list[Deposited]:
    """Deposit the daily file of each site whose hour has come, again after a pause while it fails.

    One site at a time, and one worker at a time: the file has a name and bytes of its own, so that even two deposits of
    it are one for whoever receives them.
    """
    settings, now = rpu_settings(), clock.now()
    if not settings.target:
        return []
    scope, done = _everywhere(), []
    for site, first, last in due(scope, settings, now):
        try:
            done.append(deposit(scope=scope, site=site, first=first, last=last, settings=settings))
        except ArchipelError as error:
            log.error("RPU du site %s : %s", site, error.error_code)
    return done


def due(scope: Scope, settings: RpuSettings, now: datetime) -> Sequence[tuple[str, date, date]]:
    """(site, first day, last day) of what is to be deposited now."""
    found: list[tuple[str, date, date]] = []
    clock_now = now.astimezone(PARIS)
    first, last = daily_range(now)
    with in_scope(scope):
        for site in sorted(sites()):
            if clock_now.time() >= settings.hour and _wanted(site, first, last, settings, now, None):
                found.append((site, first, last))
            if settings.every_minutes:
                today, pause = clock_now.date(), timedelta(minutes=settings.every_minutes)
                if _wanted(site, today, today, settings, now, pause):
                    found.append((site, today, today))
    return found


def _wanted(site: str, first: date, last: date, settings: RpuSettings, now: datetime, every: timedelta | None) -> bool:
    rows = models.Deposit.objects.filter(
        file__site=site, file__first_day=first, file__last_day=last, target=settings.shown
    ).order_by("at")
    tried = list(rows.values_list("at", "outcome"))
    good = [at for at, outcome in tried if outcome in (ACCEPTED, ALREADY)]
    if good:
        return every is not None and now - good[-1] >= every
    if not tried:
        return True
    if tried[-1][1] == REFUSED:
        return False
    pause = min(_FIRST_PAUSE * 2 ** min(len(tried) - 1, 10), _LONGEST_PAUSE)
    return bool(now - tried[-1][0] >= pause)


def _everywhere() -> Scope:
    with in_scope(system_scope("rpu", [])):
        return system_scope("rpu", [place.code for place in territory.establishments()])


# --- what was deposited -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SiteState:
    """The daily file of one site: is it where it must be?"""

    site: str
    establishment: str
    name: str
    state: str
    """``depose``, ``attendu``, ``echec``, ``refus``, ``retard``, ``sans-adresse``."""
    at: datetime | None
    """When it was accepted, or last tried."""
    answer: str
    file: models.File | None


def daily_states(*, scope: Scope, now: datetime | None = None) -> tuple[SiteState, ...]:
    """Where the daily file of each site stands; for whoever may code or send RPU there."""
    now, settings = now or clock.now(), rpu_settings()
    names = {info.finess: info.name for info in territory.sites()}
    first, last = daily_range(now)
    found = []
    for site, establishment in sorted(sites().items(), key=lambda pair: names.get(pair[0], pair[0])):
        if not any(scope.may(c, establishment) for c in (Capability.SAISIR_RPU, Capability.TRANSMETTRE_RPU)):
            continue
        rows = (
            models.Deposit.objects.filter(file__site=site, file__first_day=first, file__last_day=last)
            .select_related("file")
            .order_by("at")
        )
        found.append(_state(site, establishment, names.get(site, site), list(rows), settings, now))
    return tuple(found)


def _state(
    site: str, establishment: str, name: str, rows: Sequence[models.Deposit], settings: RpuSettings, now: datetime
) -> SiteState:
    good = [row for row in rows if row.outcome in (ACCEPTED, ALREADY)]
    last = good[0] if good else rows[-1] if rows else None
    late = now.astimezone(PARIS).time() >= settings.deadline
    if good:
        state = "depose"
    elif not settings.target:
        state = "sans-adresse"
    elif last is not None and last.outcome == REFUSED:
        state = "refus"
    elif late:
        state = "retard"
    else:
        state = "echec" if last is not None else "attendu"
    return SiteState(
        site, establishment, name, state, last.at if last else None, last.answer if last else "",
        last.file if last else None,
    )  # fmt: skip
