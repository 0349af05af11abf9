"""Whether each way to the ROR passes: seen once, told to everybody, tried again at lengthening intervals."""

from __future__ import annotations

from datetime import datetime

from archipel.connectors.ror.client import LinkDown
from archipel.connectors.ror.config import RorConfig
from archipel.connectors.ror.models import Link
from archipel.connectors.ror.rules import backoff
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Scope, in_scope

TOPIC = "ror.link"


def link(scope: Scope, name: str) -> Link:
    """The state of a way (``fournisseur``, ``consommateur``)."""
    with in_scope(scope):
        return Link.objects.get_or_create(name=name)[0]


def closed(scope: Scope, name: str, now: datetime) -> bool:
    """Whether the way is to be left alone for now."""
    found = link(scope, name)
    return found.next_at is not None and now < found.next_at


def failed(scope: Scope, name: str, error: LinkDown, config: RorConfig, chance: float, now: datetime) -> None:
    """Note a failure: nothing is tried again before a delay that doubles each time."""
    with in_scope(scope):
        row = Link.objects.select_for_update().get_or_create(name=name)[0]
        first = row.down_since is None
        row.failures += 1
        row.problem, row.access = error.sentence, error.access
        row.down_since = row.down_since or now
        row.last_try_at = now
        row.next_at = now + backoff(row.failures, config.first_retry, config.longest_retry, chance)
        row.save()
        if first:
            publish(TOPIC, {"lien": name, "passe": False})


def passed(scope: Scope, name: str, now: datetime) -> None:
    """Note that it passes."""
    with in_scope(scope):
        row = Link.objects.select_for_update().get_or_create(name=name)[0]
        was_down = row.down_since is not None
        row.last_ok_at = row.last_try_at = now
        row.failures, row.next_at, row.problem, row.access, row.down_since = 0, None, "", False, None
        row.save()
        if was_down:
            publish(TOPIC, {"lien": name, "passe": True})


def reopen(scope: Scope, name: str) -> None:
    """A person asks to try at once."""
    with in_scope(scope):
        Link.objects.filter(name=name).update(next_at=None)
