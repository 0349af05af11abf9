"""The live metrics of the domains that exist: one line of why, one of how, and the domain's own statement."""

from __future__ import annotations

from datetime import datetime

from archipel.domains.flow import public as flow
from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator
from archipel.programmes.proof.registry import register_metric
from archipel.programmes.proof.values import Level, Subject
from archipel.programmes.proof.values.metric import Compute, Metric, Past
from archipel.territory import public as territory

EVERY = frozenset(Level)


def _from(measured: object) -> Compute:
    def compute(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> Indicator:
        found: Indicator = measured(  # type: ignore[operator]
            scope=scope, establishments=subject.establishments, sites=subject.sites, at=at, known_at=known_at
        )
        return found

    return compute


METRICS = (
    Metric(
        id="structure-partagee",
        label="Fichier structure partagé et propre",
        why="Un fichier structure à jour et cohérent évite doublons et incohérences, et tout le reste s'y rattache : "
        "lits, équipes, temps de travail, activité.",
        formula="UF ouvertes qui sont validées (ou publiées), rattachées à un service, un pôle ou un site, et dont le "
        "site est connu, divisées par toutes les UF ouvertes du périmètre.",
        unit="%",
        levels=EVERY,
        stale_days=366,
        past=Past.RECALCUL,
        source="Structure : versions, rattachements et publications, datés deux fois",
        compute=_from(territory.shared_structure),
        board="structure",
        board_filter="etablissement",
        board_label="Structure du territoire",
    ),
    Metric(
        id="identites-qualifiees",
        label="Identités qualifiées (INS)",
        why="Une identité qualifiée est la condition du partage : DMP, MSSanté, résultats. Elle demande une INS "
        "récupérée et une pièce contrôlée.",
        formula="Patients vus depuis 30 jours (une fois chacun, rapprochements faits) dont l'identité est qualifiée, "
        "divisés par tous les patients vus depuis 30 jours.",
        unit="%",
        levels=EVERY,
        stale_days=2,
        past=Past.RELEVE,
        source="Identités et flux : statut de l'identité, séjours et passages reçus par messages",
        compute=_from(flow.qualified_identities),
        board="flow:patients",
        board_label="Patients",
    ),
    Metric(
        id="fraicheur-etat-lits",
        label="Fraîcheur de l'état des lits",
        why="Une disponibilité de lits ne vaut que si elle est récente : le ROR attend au moins une mise à jour par "
        "jour pour les soins critiques et les grands brûlés.",
        formula="Lits ouverts dont la filière, dans leur établissement, a donné une nouvelle (mouvement reçu, geste "
        "d'une équipe) depuis 24 heures au plus, divisés par tous les lits ouverts.",
        unit="%",
        levels=EVERY,
        stale_days=1,
        past=Past.RECALCUL,
        source="Flux : journal des mouvements et journal des lits, datés deux fois",
        compute=_from(flow.bed_state_freshness),
        board="flow:lits",
        board_filter="etablissement",
        board_label="Lits",
    ),
    Metric(
        id="delai-urgences-aval",
        label="Délai des urgences au lit d'aval",
        why="L'attente d'un lit après la décision d'hospitaliser encombre les urgences et nuit aux patients.",
        formula="Médiane, sur les entrées en service des 30 derniers jours qui suivent un passage aux urgences, du "
        "temps entre la première demande de lit restée valable et l'entrée en service (rang le plus proche).",
        unit="min",
        levels=EVERY,
        stale_days=3,
        past=Past.RECALCUL,
        source="Flux : mouvements, gestes aux urgences et demandes de lits, datés deux fois",
        compute=_from(flow.boarding_delays),
        board="flow:urgences",
        board_label="Urgences",
    ),
    Metric(
        id="reponse-demandes-lits",
        label="Réponse aux demandes de lits",
        why="Une coordination entre services se voit à ses réponses : une demande sans réponse est un patient qui "
        "attend.",
        formula="Demandes de lits des 30 derniers jours qui ont reçu une réponse (acceptée ou refusée), divisées par "
        "toutes les demandes de la période.",
        unit="%",
        levels=EVERY,
        stale_days=7,
        past=Past.RECALCUL,
        source="Flux : journal des demandes de lits",
        compute=_from(flow.request_answers),
        board="flow:demandes",
        board_label="Demandes de lits",
    ),
    Metric(
        id="capacite-suivie",
        label="Capacité déclarée suivie en direct",
        why="Une vision capacitaire fiable du territoire suppose que chaque lit déclaré soit décrit et suivi.",
        formula="Lits ouverts décrits dans la structure des établissements dont les mouvements sont reçus (au plus le "
        "nombre déclaré), divisés par les lits déclarés à la statistique annuelle des établissements.",
        unit="%",
        levels=EVERY,
        stale_days=7,
        past=Past.RELEVE,
        source="Structure et flux ; SAE (DREES) pour les lits déclarés",
        compute=_from(flow.followed_capacity),
        board="flow:territoire",
        board_label="Territoire",
    ),
    Metric(
        id="rpu-completude",
        label="Complétude des résumés de passage aux urgences",
        why="Un passage complet montre que les urgences, le dossier, les lits et la gestion administrative échangent "
        "leurs données, de l'accueil à l'orientation ou la sortie.",
        formula="Items renseignés parmi ceux que chaque passage terminé des 7 derniers jours doit avoir (18 items de "
        "l'arrêté du 24 juillet 2013), divisés par les items attendus.",
        unit="%",
        levels=EVERY,
        stale_days=2,
        past=Past.RELEVE,
        source="Flux : mouvements, identités et saisies des urgences",
        compute=_from(flow.passage_completeness),
        board="flow:rpu-qualite",
        board_label="Qualité des RPU",
    ),
    Metric(
        id="tension-journal",
        label="Tension suivie et journalisée",
        why="La cadence d'alimentation du ROR et la mobilisation des lits suivent la tension : il faut savoir quand "
        "elle a commencé, pourquoi, et qui l'a dite.",
        formula="Jours des 30 derniers jours, par site d'urgences, où le niveau a été calculé dans au moins 20 heures "
        "différentes, divisés par tous les jours.",
        unit="%",
        levels=EVERY,
        stale_days=1,
        past=Past.RECALCUL,
        source="Flux : calculs et journal de tension, datés",
        compute=_from(flow.tension_journal_kept),
        board="flow:tension",
        board_label="Tension",
    ),
    Metric(
        id="bjml-suivi",
        label="Besoin journalier minimal en lits suivi",
        why="Comparer chaque jour les lits disponibles au besoin minimal de l'aval des urgences permet d'agir avant la "
        "saturation.",
        formula="Jours des 30 derniers jours, par site d'urgences, où le BJML est connu et comparé aux lits d'aval "
        "disponibles, divisés par tous les jours.",
        unit="%",
        levels=EVERY,
        stale_days=1,
        past=Past.RECALCUL,
        source="Flux : calculs de tension, jours comptés ou importés",
        compute=_from(flow.bed_need_followed),
        board="flow:besoins",
        board_label="Besoins des 24 heures",
    ),
)


def register() -> None:
    """Make them known."""
    for metric in METRICS:
        register_metric(metric)
