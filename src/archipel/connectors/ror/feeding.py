"""One round of the feeding: what should be said, what is due, what is late; then the sending."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from archipel.connectors.ror import links, recording, writing
from archipel.connectors.ror.client import Client
from archipel.connectors.ror.config import RorConfig, ror_config
from archipel.connectors.ror.models import Dispatch
from archipel.connectors.ror.rules import Situation, cadence_due, lateness, reason_to_send
from archipel.connectors.ror.sending import Report, Sender
from archipel.connectors.ror.tasks import Work
from archipel.connectors.ror.tension import Tension, tension_now
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import Said
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.territory import public as territory

LATE = "ror.late"


@dataclass(frozen=True, slots=True)
class Compared:
    """What should be said beside what was accepted."""

    said: tuple[Said, ...]
    rows: Mapping[str, Dispatch]
    """Offer → where it stands."""
    tension: Tension


def process_scope() -> Scope:
    """The scope of the process that feeds the ROR: every establishment."""
    return system_scope("ror", [place.code for place in territory.establishments()])


def compare(scope: Scope, config: RorConfig, now: datetime) -> Compared:
    """Read what should be said of every offer, and note what differs and what is late."""
    with in_scope(scope):
        said = flow.should_say(scope=scope, valid=config.valid, unstaffed_as=config.unstaffed_as, at=now)
        tension = tension_now(scope=scope, at=now)
        rows = _rows(said, now)
        changed = [row for one in said if _note(one, row := rows[one.offer.key], config, tension, now)]
        writing.dispatches(changed, ["differs_since", "late_since", "problem", "who", "updated_at"])
        late = [f"{row.structure}/{row.code}" for row in changed if row.late_since is not None]
        if changed:
            publish(recording.TOPIC, {"offres": [], "nombre": len(changed)})
        if late:
            publish(LATE, {"offres": late[:40], "nombre": len(late)})
    return Compared(said, rows, tension)


def _rows(said: Sequence[Said], now: datetime) -> dict[str, Dispatch]:
    known = {f"{row.structure}/{row.code}": row for row in Dispatch.objects.all()}
    new = [
        Dispatch(
            establishment=one.offer.establishment, structure=one.offer.structure, code=one.offer.code,
            created_at=now, updated_at=now,
        )
        for one in said
        if one.offer.key not in known
    ]  # fmt: skip
    Dispatch.objects.bulk_create(new, ignore_conflicts=True)
    if new:
        known = {f"{row.structure}/{row.code}": row for row in Dispatch.objects.all()}
    return known


SILENT = "Aucun message reçu de l'établissement : l'occupation est inconnue, rien n'est dit au ROR."


def _note(one: Said, row: Dispatch, config: RorConfig, tension: Tension, now: datetime) -> bool:
    """Bring the row up to date with what differs and what is late; whether it changed."""
    before = row.differs_since, row.late_since, row.problem
    differs = recording.accepted(row) != one.statement
    row.differs_since = (row.differs_since or now) if differs else None
    every = config.every(one.offer.filiere, tension=tension.covers(one.offer))
    due = lateness(row.accepted_at, row.created_at, now, every, config.tolerance)
    row.late_since = (row.late_since or due) if due is not None else None
    if not one.known:
        row.problem, row.who = SILENT, ["Établissement"]
    elif row.problem == SILENT:
        row.problem, row.who = "", []
    row.updated_at = now
    return before != (row.differs_since, row.late_since, row.problem)


def due(compared: Compared, config: RorConfig, now: datetime) -> list[Work]:
    """The offers to tell now, those in doubt first, then those asked for, then the most awaited."""
    found = []
    for one in compared.said:
        row, tense = compared.rows[one.offer.key], compared.tension.covers(one.offer)
        if not one.known:
            continue
        every, stands = config.every(one.offer.filiere, tension=tense), situation(row, one)
        why = reason_to_send(stands, now, every, config.spacing)
        if row.pending and not why and not (row.next_at is not None and now < row.next_at):
            why = "relecture"
        if why:
            again = now if why == "demande" else now - config.spacing if cadence_due(stands, now, every) else None
            rank = (not row.pending, why != "demande", row.accepted_at or row.created_at)
            found.append((rank, Work(one, why, again, tense)))
    return [work for _, work in sorted(found, key=lambda pair: pair[0])]


def situation(row: Dispatch, one: Said) -> Situation:
    """Where the offer stands; an indicator that the ROR refuses does not count as a difference."""
    have, want = recording.accepted(row), one.statement
    if row.blocked:
        blocked = {Indicator.parse(text) for text in row.blocked}
        have = {key: count for key, count in have.items() if key not in blocked}
        want = {key: count for key, count in want.items() if key not in blocked}
    return Situation(row.accepted_at, row.sent_at, row.next_at, row.asked, row.tried_at, have != want)


def feed(
    supplier: Client,
    consumer: Client | None,
    *,
    parallel: int = 4,
    chance: Callable[[], float] = random.random,
    now: Callable[[], datetime] = clock.now,
    config: RorConfig | None = None,
    only: Iterable[str] | None = None,
) -> Report:
    """One round: compare, and send what is due unless the ROR is being left alone.

    Args:
        supplier, consumer: the channels.
        parallel: requests at a time.
        chance: draws a number in [0, 1).
        now: the clock.
        config: the parameters, those of the file by default.
        only: these offers, all by default.
    """
    parameters, scope, at = config or ror_config(), process_scope(), now()
    compared = compare(scope, parameters, at)
    works = due(compared, parameters, at)
    if only is not None:
        wanted = set(only)
        works = [work for work in works if work.said.offer.key in wanted]
    if not works or links.closed(scope, "fournisseur", at):
        return Report()
    sender = Sender(scope, supplier, consumer, parameters, parallel=parallel, chance=chance, now=now)
    return sender.send(works)
