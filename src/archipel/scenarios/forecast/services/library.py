"""The forecasting library, behind one function: loaded only by the process that refreshes (ADR 23)."""

from __future__ import annotations

import numpy as np

from archipel.kernel.errors import Upstream
from archipel.scenarios.forecast.rules.daily import Smoother
from archipel.scenarios.forecast.values import Floats


def theta() -> Smoother:
    """The dynamic optimised theta model (Fiorucci et al., 2016) of statsforecast, for series without a calendar.

    Raises:
        Upstream: the library is not installed.
    """
    try:
        from statsforecast.models import DynamicOptimizedTheta  # noqa: PLC0415 - seconds and megabytes
    except ImportError as error:
        raise Upstream(
            "La bibliothèque de prévision (statsforecast) n'est pas installée : les prévisions ne sont pas refaites.",
            permanent=True,
            code="bibliotheque",
        ) from error
    model = DynamicOptimizedTheta(season_length=1)

    def smooth(values: Floats, horizon: int) -> Floats:
        if len(values) < 14 or float(np.ptp(values)) == 0.0:
            return np.full(horizon, float(values[-1]) if len(values) else 0.0)
        return np.asarray(model.forecast(values, horizon)["mean"], dtype=np.float64)

    return smooth
