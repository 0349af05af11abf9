"""Python's cyclic collector, where messages stream by: it costs a third of the time and finds nothing.

A batch makes hundreds of thousands of small objects that live until the batch is written, without cycles; the
collector walks them again and again. Reference counting frees them all the same.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 200_000
"""New objects between two passes of the collector (Python's default: 700)."""
_SWITCH = 0.0005
"""Seconds before a thread that computes lets another one go on (Python's default: 0.005)."""


def for_streaming() -> None:
    """Tune this process for a life of batches: what is loaded now is never looked at again, passes are rare.

    Threads alternate quickly: the one that computes ahead must not hold up the one that the database answers.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 100)
    sys.setswitchinterval(_SWITCH)


def for_pages() -> None:
    """Tune this process for a life of requests: what is loaded now is never looked at again.

    The modules of the house are a million objects; a request that reads an inventory for the first time would pay for
    several walks through them. Thresholds stay Python's: views and their templates do make cycles.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def for_one_long_run() -> Iterator[None]:
    """Pause the collector and let threads alternate quickly, for the length of the block."""
    was_on, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if was_on:
            gc.enable()


@contextmanager
def without_collector() -> Iterator[None]:
    """Pause the collector for the length of a block that makes many small objects without cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
