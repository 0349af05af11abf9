"""An archive asked for from a page: written down, made by the worker, followed step by step, left and found again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models
from archipel.programmes.proof.queries.entries import subject_of
from archipel.programmes.proof.queries.packs import pack as find_pack
from archipel.programmes.proof.queries.subjects import parse_key
from archipel.programmes.proof.services.freezing import Frozen, freeze, require_freezable
from archipel.programmes.proof.services.rounds import system
from archipel.programmes.proof.values import Subject

TOPIC = "proof.freezing"
ABANDONED = timedelta(minutes=30)
"""A freezing that gives no news for so long was left by a worker that died: it is made again."""


def ask(
    *, scope: Scope, pack: Pack, subject: Subject, at: datetime | None = None, known_at: datetime | None = None
) -> int:
    """Ask for an archive; returns its number.

    Raises:
        Denied, Invalid: see :func:`archipel.programmes.proof.services.freezing.freeze`.
    """
    now = clock.now()
    moment, known = at or now, known_at or now
    require_freezable(scope, subject, moment, known)
    with in_scope(scope):
        row = models.Freezing.objects.create(
            establishments=list(subject.establishments), level=subject.level.value, subject=subject.code,
            pack=pack.pack, version=pack.version, at=moment, known_at=known, actor=scope.actor, asked_at=now,
        )  # fmt: skip
        for establishment in subject.establishments:
            record(
                scope=scope, action="preuve.demande", establishment=establishment, object_type="archive",
                object_key=f"demande {row.pk}", details={"pack": pack.pack, "sujet": subject.key},
            )  # fmt: skip
    return int(row.pk)


def freezing_tick() -> None:
    """Make the archive asked for first, if any."""
    row = _claim()
    if row is None:
        return
    subject = subject_of(row)
    scope = replace(system_scope("preuves", subject.establishments), actor=row.actor)
    try:
        named = parse_key(subject.key, clock.day_of(row.at))
        chosen = find_pack(row.pack, row.version)
        done = freeze(
            scope=scope, pack=chosen, subject=named, at=row.at, known_at=row.known_at,
            progress=lambda count, total, what: _tell(scope, row.pk, count, total, what),
        )  # fmt: skip
    except ArchipelError as error:
        _end(scope, row.pk, None, error.message)
    except Exception:
        _end(scope, row.pk, None, "Une erreur inattendue a arrêté le gel : elle est dans le journal du serveur.")
        raise
    else:
        _end(scope, row.pk, done, "")


def _claim() -> models.Freezing | None:
    """The oldest freezing to make, taken for this worker alone."""
    if not anything_waiting():
        return None
    now = clock.now()
    with in_scope(system()):
        rows = models.Freezing.objects.select_for_update(skip_locked=True).order_by("id")
        waiting = rows.filter(state=models.Freezing.ASKED) | rows.filter(
            state=models.Freezing.RUNNING, started_at__lt=now - ABANDONED
        )
        row = waiting.first()
        if row is not None:
            row.state, row.started_at, row.done = models.Freezing.RUNNING, now, 0
            row.save(update_fields=["state", "started_at", "done"])
        return row


def anything_waiting() -> bool:
    """Whether an archive is asked for."""
    with in_scope(system()):
        return models.Freezing.objects.filter(state__in=(models.Freezing.ASKED, models.Freezing.RUNNING)).exists()


def _tell(scope: Scope, number: int, done: int, total: int, what: str) -> None:
    with transaction.atomic(), in_scope(scope):
        models.Freezing.objects.filter(pk=number).update(done=done, total=total, message=what, started_at=clock.now())
        publish(TOPIC, {"gel": number})


def _end(scope: Scope, number: int, done: Frozen | None, message: str) -> None:
    state = models.Freezing.FAILED if done is None else models.Freezing.DONE
    with transaction.atomic(), in_scope(scope):
        models.Freezing.objects.filter(pk=number).update(
            state=state, ended_at=clock.now(), message=message, archive_id=done.number if done else None
        )
        publish(TOPIC, {"gel": number})
