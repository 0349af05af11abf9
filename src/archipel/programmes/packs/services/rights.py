"""Who may read, propose and publish packs. Packs concern everybody: only rights held for the whole territory write."""

from __future__ import annotations

from archipel.foundation.scope import EVERYWHERE, Capability, Scope
from archipel.kernel.errors import Denied


def may_read(scope: Scope) -> bool:
    """Those who see programmes somewhere, and administrators."""
    return scope.may(Capability.VOIR_PROGRAMMES) or scope.may(Capability.GERER_COMPTES)


def may_propose(scope: Scope) -> bool:
    """Those who manage or validate programmes for the whole territory, and administrators of all of it."""
    return scope.may(Capability.GERER_PROGRAMMES, EVERYWHERE) or may_publish(scope)


def may_publish(scope: Scope) -> bool:
    """Those who validate programmes for the whole territory, and administrators of all of it."""
    return scope.may(Capability.VALIDER_PROGRAMMES, EVERYWHERE) or scope.may(Capability.GERER_COMPTES, EVERYWHERE)


def require(allowed: bool, act: str) -> None:
    """Raise Denied, with what was refused, unless allowed."""
    if not allowed:
        raise Denied(f"Votre compte n'a pas le droit de {act}.", code="refuse")
