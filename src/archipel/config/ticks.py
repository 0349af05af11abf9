"""What the worker does about once a second, besides applying messages."""

from __future__ import annotations

from collections.abc import Callable

TICKS: tuple[Callable[[], None], ...] = ()
