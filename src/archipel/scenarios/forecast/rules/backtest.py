"""Rolling origin: forecasts made again at past moments with what was known then, held against what came.

The oldest origins choose the model and learn the intervals; the most recent ones, which neither has seen, measure the
error that is shown. A model is shown only when it does better there than every baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from archipel.scenarios.forecast.rules.intervals import spread
from archipel.scenarios.forecast.rules.scores import quality
from archipel.scenarios.forecast.values import Floats, Outcome, Quality


@dataclass(frozen=True, slots=True)
class Trial:
    """Everything that was said at past origins, and now."""

    origins: np.ndarray
    """Position of the last thing known at each origin, increasing; (origins,)."""
    horizons: np.ndarray
    """How far ahead each column is; (horizons,)."""
    truth: Floats
    """(origins, horizons)."""
    models: Mapping[str, Floats]
    """Name → (origins, horizons)."""
    baselines: Mapping[str, Floats]
    now: Mapping[str, Floats]
    """Name of a model or a baseline → (horizons,)."""
    judged: int
    """How many of the last origins measure the error."""


def judge(trial: Trial) -> Outcome:
    """Choose, calibrate, measure and decide what is shown."""
    split = len(trial.origins) - trial.judged
    reached = trial.origins[:, None] + trial.horizons[None, :]
    learnt = np.where(reached <= trial.origins[split], trial.truth, np.nan)[:split]
    chosen = min(trial.models, key=lambda name: _error(learnt, trial.models[name][:split]))

    def calibrated(said: Floats) -> Floats:
        return spread(learnt, said[:split]).around(said[split:])

    def measured(name: str, said: Floats) -> Quality:
        return quality(name, trial.truth[split:], calibrated(said))

    model = measured(chosen, trial.models[chosen])
    rest = tuple(sorted((measured(*one) for one in trial.baselines.items()), key=lambda one: one.pinball))
    better = model.pinball < rest[0].pinball and model.mae < min(one.mae for one in rest)
    name = chosen if better else rest[0].method
    past = trial.models[chosen] if better else trial.baselines[name]
    points = spread(trial.truth, past).around(trial.now[name])
    return Outcome(name, better, points, model, rest, _replayed(trial.origins[split:], calibrated(past)))


def _replayed(origins: np.ndarray, said: Floats) -> dict[int, tuple[float, float, float]]:
    """Each past position, as it was told by the last origin before it."""
    step = int(origins[-1] - origins[-2]) if len(origins) > 1 else 1
    return {
        int(origin) + 1 + rank: (float(low), float(middle), float(high))
        for origin, each in zip(origins, said, strict=True)
        for rank, (low, middle, high) in enumerate(each[:step])
    }


def _error(truth: Floats, said: Floats) -> float:
    gap = np.abs(truth - said)
    return float(np.nanmean(gap)) if np.isfinite(gap).any() else float("inf")
