"""What the worker does about once a second, besides applying messages."""

from __future__ import annotations

from collections.abc import Callable

from archipel.connectors.hl7v2_pam.silence import check_silence

TICKS: tuple[Callable[[], None], ...] = (check_silence,)
