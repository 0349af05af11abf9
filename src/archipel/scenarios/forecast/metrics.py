"""The metric of proof that forecasts bring: what was announced, against what came."""

from __future__ import annotations

from datetime import datetime

from archipel.foundation.scope import Scope
from archipel.programmes.proof import public as proof
from archipel.scenarios.forecast.queries.indicator import published_error


def _compute(scope: Scope, subject: proof.Subject, at: datetime, known_at: datetime) -> proof.Indicator:
    return published_error(
        scope=scope, establishments=subject.establishments, sites=subject.sites, at=at, known_at=known_at
    )


def register() -> None:
    """Make it known to proof."""
    proof.register_metric(
        proof.Metric(
            id="prevision-arrivees",
            label="Erreur des arrivées prévues aux urgences",
            why="Une prévision n'aide à préparer les lits que si son erreur est connue, et suivie dans le temps.",
            formula="Somme des écarts absolus entre les arrivées prévues la veille (P50) et constatées, divisée par la "
            "somme des arrivées constatées, sur 28 jours et par site.",
            unit="%",
            levels=frozenset(proof.Level),
            stale_days=2,
            past=proof.Past.RELEVE,
            source="Prévisions : premier calcul de chaque jour, gardé 45 jours, et arrivées comptées",
            compute=_compute,
            board="forecast:accueil",
            board_label="Prévisions",
        )
    )
