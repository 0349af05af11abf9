"""The trigger events of IHE PAM France 2.11 that Archipel understands, and which cancels which."""

from __future__ import annotations

CANCELS: dict[str, tuple[str, ...]] = {
    "A11": ("A01", "A04"),
    "A12": ("A02",),
    "A13": ("A03",),
    "A25": ("A16",),
    "A26": ("A15",),
    "A27": ("A14",),
    "A38": ("A05",),
    "A52": ("A21",),
    "A53": ("A22",),
    "A55": ("A54",),
}
"""Event that only cancels → the triggers of the movements it may cancel."""

CANCEL_OF_ITSELF: dict[str, tuple[str, ...]] = {"A06": ("A07",), "A07": ("A06",)}
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
