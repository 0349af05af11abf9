"""Confirming what has not changed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.services.ledger import New, append, require_keeper
from archipel.domains.systems.values.records import Key
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Invalid, NotFound


def confirm(*, scope: Scope, keys: Sequence[Key]) -> int:
    """Say again, today, what is already said of some records; returns how many.

    Raises:
        Denied. Invalid: none. NotFound: a record that is not there.
    """
    if not keys:
        raise Invalid("Cochez au moins une ligne.", code="selection")
    require_keeper(scope, keys)
    today = timezone.localdate()
    held = {one.key: one for one in inventory(today).records}
    lost = next((key for key in keys if key not in held), None)
    if lost is not None:
        raise NotFound(f"La fiche « {lost.code} » n'existe pas, ou pas pour vous.", code="fiche")
    return append(
        scope=scope, news=[New(key, today, held[key].content) for key in keys], reason="Confirmée : rien n'a changé"
    )
