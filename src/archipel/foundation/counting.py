"""Counting inside establishments whose patients the account may not read: sums leave, rows do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from archipel.foundation.scope import Capability, Scope, in_scope, system_scope


@contextmanager
def only_counts(scope: Scope, establishments: Iterable[str]) -> Iterator[list[str]]:
    """Open the establishments to a statement that counts, for whoever may see their programmes.

    What leaves the block is sums, ages and hashes: never a row, a key or a name.

    Raises:
        Denied: the account may not see the programmes of one of them.
    """
    codes = sorted(set(establishments))
    for code in codes:
        scope.require(Capability.VOIR_PROGRAMMES, code)
    with in_scope(system_scope("indicateurs", codes)):
        yield codes
