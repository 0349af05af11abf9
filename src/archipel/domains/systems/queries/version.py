"""What is kept between two requests for as long as the inventory that the reader sees does not change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from threading import Lock
from typing import TypeVar, cast

from django.db import connection
from django.utils import timezone

from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.coverage import COVERING, Matrix, matrix
from archipel.domains.systems.rules.model import functions
from archipel.domains.systems.values.records import Inventory
from archipel.foundation.scope import Scope
from archipel.territory import public as territory

T = TypeVar("T")
_KEPT = 48
_made: OrderedDict[Hashable, object] = OrderedDict()
_lock = Lock()
_VERSION = """
SELECT current_database(), (SELECT count(*) FROM systems_statement), (SELECT count(*) FROM systems_alias),
       (SELECT row(id, recorded_at)::text FROM systems_statement ORDER BY id DESC LIMIT 1),
       (SELECT row(id, recorded_at)::text FROM systems_alias ORDER BY id DESC LIMIT 1)
"""


def version(scope: Scope) -> tuple[Hashable, ...]:
    """What identifies the inventory of a reader: its scope, whose prices it sees, and the ledger as the reader sees it.

    A count beside the last number: a statement may be committed after another that has a greater number.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSION)
        ledger = cursor.fetchone()
    names = hash(tuple(sorted(territory.establishment_names().items())))
    return (scope.systems, scope.prices, ledger, names)


def kept(name: Hashable, make: Callable[[], T]) -> T:
    """The value made under a name, or made now; the least recently used go first."""
    with _lock:
        if name in _made:
            _made.move_to_end(name)
            return cast(T, _made[name])
    value = make()
    with _lock:
        _made[name] = value
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return value


def inventory_kept(scope: Scope, day: date | None = None) -> Inventory:
    """The whole inventory on a day, read again only when it changed."""
    on = day or timezone.localdate()
    return kept(("inventaire", version(scope), on), lambda: inventory(on))


def matrix_kept(scope: Scope, day: date, establishments: tuple[str, ...]) -> Matrix:
    """The functional coverage of some establishments on a day, from what it takes and no more (no interface)."""

    def make() -> Matrix:
        return matrix(inventory(day, kinds=COVERING), functions(), establishments)

    return kept(("couverture", version(scope), day, establishments), make)
