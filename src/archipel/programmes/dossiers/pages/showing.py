"""Rows that the templates show: steps, rubrics, lines of history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archipel.programmes.dossiers.queries.overview import Overview
from archipel.programmes.dossiers.queries.writing import open_remarks
from archipel.programmes.dossiers.rules.completeness import amount
from archipel.programmes.dossiers.rules.documents import euros
from archipel.programmes.dossiers.rules.lifecycle import Fact
from archipel.programmes.dossiers.values.checks import Check
from archipel.programmes.dossiers.values.states import ACTS, EVENT_LABELS, LABELS, PATH, EventKind, Status
from archipel.programmes.dossiers.values.template import Rubric, RubricKind


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way, and whether the dossier is there, past it, or before."""

    status: Status
    label: str
    state: str


def progress(status: Status) -> list[Step]:
    """The steps of the way of a dossier that succeeds; a refused or abandoned one is outside of it."""
    here = PATH.index(status) if status in PATH else len(PATH)
    if status is Status.REFUSE:
        here = PATH.index(Status.RETENU)
    outside = status not in PATH
    return [
        Step(one, LABELS[one], "fait" if rank < here and not (outside and here == len(PATH)) else
             "ici" if rank == here and not outside else "a-venir")
        for rank, one in enumerate(PATH)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RubricLine:
    """A rubric, its check, and what waits in it."""

    rubric: Rubric
    check: Check
    remarks: int
    forks: int
    page: str


def rubric_lines(found: Overview) -> list[RubricLine]:
    """The rubrics of a dossier, in its order."""
    remarks = open_remarks(found.line.number) if found.rights.internal else {}
    checks = {check.id: check for check in found.checks}
    return [
        RubricLine(
            rubric,
            checks[rubric.id],
            remarks.get(rubric.id, 0),
            found.situation.open_forks.get(rubric.id, 0),
            "dossiers:perimetre" if rubric.kind is RubricKind.PERIMETRE else "",
        )
        for rubric in found.situation.template.rubrics
    ]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history, in words."""

    label: str
    at: datetime
    recorded_at: datetime
    actor: str
    reason: str
    details: tuple[str, ...]
    undone: bool


def history_lines(found: Overview) -> list[HistoryLine]:
    """The history in words, the newest first."""
    return [
        HistoryLine(
            _label(fact),
            fact.effective_at,
            fact.recorded_at,
            fact.actor,
            fact.reason,
            _details(fact),
            fact.id in found.life.undone,
        )
        for fact in found.history
    ]


def _label(fact: Fact) -> str:
    if fact.kind is EventKind.ACTE and fact.code in ACTS:
        return f"{ACTS[fact.code].label} : {LABELS[ACTS[fact.code].after].lower()}"
    if fact.kind is EventKind.ANNULATION and fact.code in ACTS:
        return f"Annulation de « {ACTS[fact.code].label} »"
    if fact.kind is EventKind.OUVERTURE and fact.code == "idee":
        return "Idée notée"
    return EVENT_LABELS[fact.kind]


_WORDS = {
    "titre": "Titre", "avant": "Avant", "apres": "Après", "instance": "Instance", "reference": "Référence",
    "accuse": "Accusé", "plateforme": "Plateforme", "nom": "Établissement", "categorie": "Catégorie",
    "fichier": "Fichier", "nature": "Nature", "echeance": "Échéance", "avis": "Avis",
}  # fmt: skip


def _details(fact: Fact) -> tuple[str, ...]:
    data: Mapping[str, object] = fact.data
    found = [f"{word} : {data[key]}" for key, word in _WORDS.items() if data.get(key)]
    for key, word in (("montant", "Montant"), ("plafond", "Plafond")):
        if data.get(key):
            found.append(f"{word} : {euros(amount(data[key]))}")
    parties = data.get("perimetre")
    if isinstance(parties, list):
        found.append("Périmètre : " + ", ".join(f"{one['nom']} ({one['finess']})" for one in parties))
    return tuple(found)
