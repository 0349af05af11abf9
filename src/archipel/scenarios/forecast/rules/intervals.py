"""From past errors to P10, P50, P90: split conformal quantiles of the scaled residuals, pooled over the horizons.

The residual of a count is divided by the root of its forecast (the spread of counts grows so) and by the root mean
square of its horizon, smoothed over its neighbours; the quantiles of what is left, corrected for the number of origins,
are put back around a new forecast. See Lei et al., Distribution-Free Predictive Inference for Regression, JASA 2018.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archipel.scenarios.forecast.values import QUANTILES, Floats

_LEAST = 0.25


@dataclass(frozen=True, slots=True)
class Spread:
    """What past errors say of the next ones."""

    scale: Floats
    """By horizon."""
    levels: Floats
    """Three quantiles of the scaled residuals."""

    def around(self, forecast: Floats) -> Floats:
        """(…, horizons) → (…, horizons, 3), never under zero, in order."""
        root = np.sqrt(np.maximum(forecast, _LEAST)) * self.scale
        said = forecast[..., None] + root[..., None] * self.levels
        return np.sort(np.maximum(said, 0.0), axis=-1)


def spread(truth: Floats, forecast: Floats) -> Spread:
    """Learn from (origins, horizons) past truths and forecasts; NaN truths are left out."""
    residual = (truth - forecast) / np.sqrt(np.maximum(forecast, _LEAST))
    squares = residual**2
    known = np.isfinite(squares)
    horizons = truth.shape[1]
    total = np.where(known, squares, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    reach = max(1, horizons // 14)
    scale = np.ones(horizons)
    for n in range(horizons):
        near = slice(max(0, n - reach), n + reach + 1)
        if count[near].sum():
            scale[n] = np.sqrt(total[near].sum() / count[near].sum())
    scale = np.maximum(scale, 1e-6)
    pooled = (residual / scale)[known]
    origins = max(1, int(known.any(axis=1).sum()))
    if not len(pooled):
        return Spread(scale, np.array([-1.2816, 0.0, 1.2816]))
    grow = (origins + 1) / origins
    low, high = max(0.0, 1 - (1 - QUANTILES[0]) * grow), min(1.0, QUANTILES[2] * grow)
    return Spread(scale, np.quantile(pooled, [low, QUANTILES[1], high], method="hazen"))
