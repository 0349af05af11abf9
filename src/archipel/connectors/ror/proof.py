"""The live metrics of the ROR, made known to the proof engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from archipel.connectors.ror import indicators
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator
from archipel.programmes.proof.public import Level, Metric, Past, Subject, register_metric

EVERY = frozenset(Level)
Compute = Callable[[Scope, Subject, datetime, datetime], Indicator]


def _from(measured: Callable[..., Indicator]) -> Compute:
    def compute(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> Indicator:
        return measured(
            scope=scope, establishments=subject.establishments, sites=subject.sites, at=at, known_at=known_at
        )

    return compute


METRICS = (
    Metric(
        id="ror-a-jour",
        label="ROR : offres à jour",
        why="Une place qui n'est pas dite, ou dite trop tard, n'aide personne à orienter un patient.",
        formula="Offres reliées à nos unités dont chaque chiffre accepté par le ROR est plus récent que la cadence de "
        "la filière (24 heures ; 12 en tension), divisées par toutes les offres reliées. L'âge par filière est celui "
        "du chiffre le plus ancien.",
        unit="%",
        levels=EVERY,
        stale_days=2,
        past=Past.RELEVE,
        source="ROR : registre des offres acceptées, opération par opération",
        compute=_from(indicators.up_to_date),
        board="ror:accueil",
        board_filter="etablissement",
        board_label="Offres du ROR",
    ),
    Metric(
        id="ror-filieres",
        label="ROR : filières alimentées automatiquement",
        why="L'alimentation automatique est attendue sur toutes les filières : soins critiques, grands brûlés, "
        "gériatrie, SMR, obstétrique et les autres.",
        formula="Couples (établissement, filière qui a des lits) dont une offre a été acceptée en entier par le ROR "
        "depuis sept jours, divisés par tous ces couples ; urgences et filières à préciser mises à part.",
        unit="%",
        levels=EVERY,
        stale_days=7,
        past=Past.RELEVE,
        source="ROR : registre des offres acceptées ; structure",
        compute=_from(indicators.fed_filieres),
        board="ror:correspondance",
        board_label="Correspondance avec le ROR",
    ),
    Metric(
        id="ror-envois",
        label="ROR : envois par jour, soins critiques et grands brûlés",
        why="Les soins critiques et les grands brûlés sont dits au moins une fois par jour, deux fois en tension.",
        formula="Plus petit nombre d'envois entièrement acceptés par offre et par jour entier, sur 30 jours, hors "
        "tension et en tension ; un jour sans envoi compte pour zéro, hors tension.",
        unit="",
        levels=EVERY,
        stale_days=2,
        past=Past.RECALCUL,
        source="ROR : registre des offres acceptées, horodaté, qui ne s'efface pas",
        compute=_from(indicators.sendings),
        board="ror:journal",
        board_label="Journal du ROR",
    ),
    Metric(
        id="ror-lecture",
        label="ROR : lecture par API",
        why="Chercher une place chez les voisins suppose de lire ce qu'ils disent, souvent.",
        formula="Âge de la dernière lecture réussie du ROR, et offres d'autres établissements lues depuis 24 heures.",
        unit="h",
        levels=EVERY,
        stale_days=2,
        past=Past.RELEVE,
        source="ROR : état du lien de lecture et capacités de la région",
        compute=_from(indicators.readings),
        board="ror:region",
        board_label="Capacités de la région",
    ),
)


def register() -> None:
    """Make them known."""
    for metric in METRICS:
        register_metric(metric)
