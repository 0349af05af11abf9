"""The live metrics of what an emergency passage sends out: documents, DMP, the patient's page."""

from __future__ import annotations

from datetime import datetime

from archipel.foundation.scope import Scope
from archipel.kernel.indicators import Indicator
from archipel.passages.documents import public as documents
from archipel.passages.pathway import public as pathway
from archipel.programmes.proof.registry import register_metric
from archipel.programmes.proof.values import Level, Subject
from archipel.programmes.proof.values.metric import Metric, Past


def _documents(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> Indicator:
    return documents.documents_share(
        scope=scope, establishments=subject.establishments, sites=subject.sites, at=at, known_at=known_at
    )


def _dmp(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> Indicator:
    return documents.dmp_eligibility(
        scope=scope, establishments=subject.establishments, sites=subject.sites, at=at, known_at=known_at
    )


def _pathway(scope: Scope, subject: Subject, at: datetime, known_at: datetime) -> Indicator:
    return pathway.pathway_share(
        scope=scope, establishments=subject.establishments, sites=subject.sites, at=at, known_at=known_at
    )


METRICS = (
    Metric(
        id="documents-urgences-transmis",
        label="Sorties des urgences avec un document transmis",
        why="Le médecin traitant, l'EHPAD et le patient reprennent la suite du passage avec son compte rendu.",
        formula="Sorties des urgences des 30 derniers jours dont le compte rendu de passage a reçu l'accusé de chacune "
        "de ses destinations (DMP, MSSanté), divisées par toutes ces sorties.",
        unit="%",
        levels=frozenset(Level),
        stale_days=3,
        past=Past.RELEVE,
        source="Documents de sortie : envois et accusés ; flux : sorties des urgences",
        compute=_documents,
        board="documents:liste",
        board_filter="etablissement",
        board_label="Documents de sortie",
    ),
    Metric(
        id="dmp-eligibilite-urgences",
        label="Passages aux urgences dont le DMP peut être alimenté",
        why="Sans identité qualifiée, ou contre l'avis du patient, aucun document ne va au DMP.",
        formula="Sorties des urgences des 30 derniers jours dont l'identité est qualifiée et le patient ne s'oppose "
        "pas (ZFA-9 différent de IO), divisées par toutes ces sorties.",
        unit="%",
        levels=frozenset(Level),
        stale_days=3,
        past=Past.RELEVE,
        source="Identités et flux : statut de l'identité, consentement reçu par messages",
        compute=_dmp,
        board="documents:liste",
        board_filter="etablissement",
        board_label="Documents de sortie",
    ),
    Metric(
        id="fil-ariane",
        label="Passages dont le patient a un fil d'Ariane",
        why="Un patient qui sait où il en est attend mieux, et l'équipe est moins interrompue.",
        formula="Passages aux urgences commencés depuis 30 jours dont le patient a eu une page, divisés par tous ces "
        "passages.",
        unit="%",
        levels=frozenset(Level),
        stale_days=3,
        past=Past.RECALCUL,
        source="Fil d'Ariane : ouvertures, jamais effacées ; flux : passages aux urgences",
        compute=_pathway,
        board="flow:urgences",
        board_label="Urgences",
    ),
)


def register() -> None:
    """Make them known."""
    for metric in METRICS:
        register_metric(metric)
