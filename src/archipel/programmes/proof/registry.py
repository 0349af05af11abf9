"""The live metrics known here: those of the domains, and those that upper layers add."""

from __future__ import annotations

from archipel.kernel.errors import Conflict, NotFound
from archipel.programmes.proof.values.metric import Metric

_METRICS: dict[str, Metric] = {}


def register_metric(metric: Metric) -> None:
    """Make a metric known; the same one again changes nothing.

    Raises:
        Conflict: another metric has the same id.
    """
    known = _METRICS.setdefault(metric.id, metric)
    if known != metric:
        raise Conflict(f"La mesure « {metric.id} » est déjà enregistrée.", code="mesure-en-double")


def metrics() -> tuple[Metric, ...]:
    """Every metric, by label."""
    return tuple(sorted(_METRICS.values(), key=lambda one: one.label))


def metric(metric_id: str) -> Metric:
    """One metric.

    Raises:
        NotFound: none of that id.
    """
    found = _METRICS.get(metric_id)
    if found is None:
        raise NotFound(f"La mesure « {metric_id[:60]} » n'existe pas ici.", code="mesure-inconnue")
    return found


def known(metric_id: str) -> Metric | None:
    """The metric of that id; None when there is none."""
    return _METRICS.get(metric_id)
