"""Pure vocabulary of the patient's page: stages, never a rank, a promise, a name or a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """The stages that a patient is shown, in order."""

    ACCUEIL = "accueil"
    TRI = "tri"
    ATTENTE = "attente"
    EXAMENS = "examens"
    RESULTATS = "resultats"
    DECISION = "decision"
    HOSPITALISATION = "hospitalisation"
    SORTIE = "sortie"


class Mark(StrEnum):
    """What the team may tell by a click, that no message tells."""

    EXAMENS = "examens"
    RESULTATS = "resultats"
    DECISION = "decision"


class Progress(StrEnum):
    """Whether a stage is behind, present or ahead."""

    FAIT = "fait"
    EN_COURS = "en_cours"
    A_VENIR = "a_venir"


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the page."""

    stage: Stage
    progress: Progress
    at: datetime | None = None
    """When it was reached; None when nobody told."""


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows."""

    stages: tuple[Shown, ...]
    as_of: datetime
    over: bool
    """The patient has left the emergency department."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What silences the page: it is then as if it did not exist."""

    deceased: bool = False
    psychiatric: bool = False
    secret: bool = False

    @property
    def muted(self) -> bool:
        """Whether nothing is shown."""
        return self.deceased or self.psychiatric or self.secret
