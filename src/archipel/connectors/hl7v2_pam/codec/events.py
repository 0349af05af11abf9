"""The trigger events of IHE PAM France 2.11 that Archipel understands, and which cancels which."""

from __future__ import annotations

from archipel.domains.flow.values import CANCELLED_TRIGGERS

_SELF = ("A06", "A07")

CANCELS: dict[str, tuple[str, ...]] = {e: t for e, t in CANCELLED_TRIGGERS.items() if e not in _SELF}
"""Event that only cancels → the triggers of the movements it may cancel."""

CANCEL_OF_ITSELF: dict[str, tuple[str, ...]] = {e: CANCELLED_TRIGGERS[e] for e in _SELF}
"""With ZBE-4 = CANCEL, A06 cancels an A07 and A07 an A06."""

MOVES = frozenset({"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A14", "A15", "A16", "A21", "A22", "A54"})
"""Events that insert a movement."""

UPDATE_EVENT = "Z99"
VENUE_UPDATE = "A08"
MERGES = frozenset({"A40", "A47"})
ACCOUNT_MOVE = "A44"
IDENTITY_ONLY = frozenset({"A28", "A31"})
PENDING = frozenset({"A14", "A15"})

MOVEMENT_EVENTS = MOVES | frozenset(CANCELS) | {UPDATE_EVENT}
KNOWN = MOVEMENT_EVENTS | MERGES | IDENTITY_ONLY | {ACCOUNT_MOVE, VENUE_UPDATE}


def cancelled_by(event: str) -> tuple[str, ...]:
    """Triggers that the event cancels when its action is CANCEL; an insert event cancels only its own kind."""
    return CANCELS.get(event) or CANCEL_OF_ITSELF.get(event) or ((event,) if event in MOVES else ())
