"""What the layers above may use of the patient's page."""

from archipel.passages.pathway.queries.indicators import pathway_share
from archipel.passages.pathway.queries.states import with_thread
from archipel.passages.pathway.registry import Texter, register_texter
from archipel.passages.pathway.services.threads import (
    Opened,
    close_thread,
    erase_due,
    erase_tick,
    keep_secret,
    open_thread,
    send_address,
    tell,
)
from archipel.passages.pathway.values import Mark

__all__ = [
    "Mark",
    "Opened",
    "Texter",
    "close_thread",
    "erase_due",
    "erase_tick",
    "keep_secret",
    "open_thread",
    "pathway_share",
    "register_texter",
    "send_address",
    "tell",
    "with_thread",
]
