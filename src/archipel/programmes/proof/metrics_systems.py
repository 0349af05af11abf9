"""The live metrics of the inventory of information systems."""

from __future__ import annotations

from datetime import datetime

from archipel.domains.systems import public as systems
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator
from archipel.programmes.proof.registry import register_metric
from archipel.programmes.proof.values import Level, Subject
from archipel.programmes.proof.values.metric import Metric, Past


def _convergence(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> Indicator:
    return systems.on_target(scope=scope, establishments=subject.establishments, at=at, known_at=known_at)


def _coverage(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> Indicator:
    return systems.mandatory_coverage(scope=scope, establishments=subject.establishments, at=at, known_at=known_at)


METRICS = (
    Metric(
        id="convergence-si",
        label="Convergence du système d'information",
        why="Un groupement qui converge soigne avec les mêmes outils, paie moins d'interfaces et de contrats.",
        formula="Moyenne, sur les fonctions couvertes, de la part des établissements équipés qui utilisent le produit "
        "cible (ou, sans cible choisie, le plus répandu).",
        unit="%",
        levels=frozenset(Level),
        stale_days=366,
        past=Past.RECALCUL,
        source="Inventaire des systèmes : énoncés datés deux fois",
        compute=_convergence,
        board="systems:indicateurs",
        board_filter="etablissement",
        board_label="Indicateurs de convergence",
    ),
    Metric(
        id="fonctions-si-couvertes",
        label="Fonctions obligatoires du système d'information couvertes",
        why="Une fonction obligatoire sans application est un risque pour les soins, la facturation ou la continuité.",
        formula="Couples (établissement, fonction obligatoire du référentiel) couverts par une application en service, "
        "divisés par tous ces couples.",
        unit="%",
        levels=frozenset(Level),
        stale_days=366,
        past=Past.RECALCUL,
        source="Inventaire des systèmes : énoncés datés deux fois",
        compute=_coverage,
        board="systems:couverture",
        board_filter="etablissement",
        board_label="Couverture fonctionnelle",
    ),
)


def register() -> None:
    """Make them known."""
    for metric in METRICS:
        register_metric(metric)
