"""Sharing the work of a refresh between processes. No Django here: the processes that compute never load it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from archipel.scenarios.forecast.rules.daily import Smoother
from archipel.scenarios.forecast.services import computing
from archipel.scenarios.forecast.services.computing import Beds, Ground, Made
from archipel.scenarios.forecast.services.library import theta
from archipel.scenarios.forecast.values import Series

Task = tuple[tuple[Series, ...], tuple[Beds, ...], Ground]
"""Series to forecast by themselves, filières to tell from the patients present, and what is common."""
_SMOOTHER: Smoother | None = None


def computed(
    tasks: Sequence[Task], workers: int, tell: Callable[[int, int], None], smoother: Callable[[], Smoother | None]
) -> Iterator[Made]:
    """Compute every part.

    Args:
        tasks: the parts, the heaviest first.
        workers: processes; 0: two, or one on a single core; 1: this process alone.
        tell: called with the parts done and their total.
        smoother: gives the forecasting library to this process, when it works alone.
    """
    wanted = workers or min(2, os.cpu_count() or 1)
    if wanted == 1 or len(tasks) < 2:
        mine = smoother()
        for rank, task in enumerate(tasks, 1):
            yield from run(task, mine)
            tell(rank, len(tasks))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted, mp_context=context, initializer=_load) as pool:
        futures = [pool.submit(_work, task) for task in tasks]
        for rank, future in enumerate(as_completed(futures), 1):
            yield from future.result()
            tell(rank, len(tasks))


def _load() -> None:
    global _SMOOTHER
    _SMOOTHER = theta()


def _work(task: Task) -> list[Made]:
    return run(task, _SMOOTHER)


def run(task: Task, smoother: Smoother | None) -> list[Made]:
    """Compute one part."""
    series, beds, ground = task
    made = [curve for one in series for curve in computing.of_series(one, ground, smoother)]
    return made + [curve for one in beds for curve in computing.of_beds(one, ground)]
