"""How far a forecast was from the truth: absolute error, pinball loss, calibration."""

from __future__ import annotations

import numpy as np

from archipel.scenarios.forecast.values import QUANTILES, Floats, Quality


def pinball(truth: Floats, quantile: Floats, level: float) -> Floats:
    """The loss of a quantile: ``level`` a unit when the truth is above it, ``1 - level`` when it is under.

    Its mean is least when the truth is under the quantile a share ``level`` of the time (Koenker and Bassett, 1978).
    """
    gap = truth - quantile
    return np.maximum(level * gap, (level - 1.0) * gap)


def quality(method: str, truth: Floats, quantiles: Floats) -> Quality:
    """Score (origins, horizons, 3) quantiles against (origins, horizons) truths, of which NaN are left out."""
    known = np.isfinite(truth) & np.isfinite(quantiles).all(axis=2)
    seen, said = truth[known], quantiles[known]
    if not len(seen):
        nothing = float("nan")
        return Quality(method, nothing, nothing, (nothing, nothing, nothing), nothing, 0)
    loss = float(np.mean([pinball(seen, said[:, n], level).mean() for n, level in enumerate(QUANTILES)]))
    below = [float(np.mean(seen < said[:, n]) + np.mean(seen == said[:, n]) / 2) for n in range(3)]
    inside = float(np.mean((seen >= said[:, 0]) & (seen <= said[:, 2])))
    errors = np.where(known, np.abs(truth - quantiles[:, :, 1]), np.nan)
    by_horizon = tuple(
        float(np.nanmean(errors[:, n])) if np.isfinite(errors[:, n]).any() else float("nan")
        for n in range(errors.shape[1])
    )
    mae = float(np.abs(seen - said[:, 1]).mean())
    return Quality(method, mae, loss, (below[0], below[1], below[2]), inside, len(seen), by_horizon)
