"""Who keeps the graph: as a whole, or the part of an establishment."""

from __future__ import annotations

from archipel.foundation.scope import EVERYWHERE, Capability, Scope


def keeps_all(scope: Scope) -> bool:
    """Whether the account keeps the graph as a whole."""
    return any(scope.may(one, EVERYWHERE) for one in (Capability.VALIDER_PROGRAMMES, Capability.GERER_STRUCTURE))


def keeps(scope: Scope, ej: str) -> bool:
    """Whether the account says which FINESS PMSI an establishment has."""
    return keeps_all(scope) or scope.may(Capability.GERER_PROGRAMMES, ej)


def reads_file(scope: Scope, sender: str) -> bool:
    """Whether the account reads a file as it was received: who sent it, and who keeps the whole graph.

    What a file says becomes public once applied; its refused lines and its name do not.
    """
    return scope.actor == sender or keeps_all(scope)
