"""What a pack says about its dossiers: rubrics, themes, objectives, calendar, criteria. Read once, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class RubricKind(StrEnum):
    """How a rubric is written."""

    TEXTE = "texte"
    OBJECTIFS = "objectifs"
    PERIMETRE = "perimetre"
    EQUIPE = "equipe"
    CIBLES = "cibles"
    MONTANTS = "montants"
    PIECES = "pieces"
    AVIS = "avis"


@dataclass(frozen=True, slots=True)
class Rubric:
    """One rubric of the dossier, in the order of the national platform."""

    id: str
    label: str
    kind: RubricKind
    required: bool = True
    help: str = ""
    source: str = ""
    years: tuple[int, ...] = ()
    """The financial years of a table of amounts."""
    pieces: tuple[str, ...] = ()
    """The pieces that are expected, in words."""


@dataclass(frozen=True, slots=True)
class Result:
    """A result that an objective expects."""

    id: str
    label: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Objective:
    """An operational objective of a theme."""

    id: str
    label: str
    results: tuple[Result, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of the programme."""

    id: str
    label: str
    objectives: tuple[Objective, ...] = ()


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of selection or of modulation, with its place in the source.

    ``rubric``: where the dossier answers it, when the pack says so.
    """

    id: str
    label: str
    source: str = ""
    rubric: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A date of the programme's calendar; ``certainty``: ferme, annoncee or defectueuse."""

    id: str
    label: str
    nature: str
    begin: date | None
    end: date | None
    certainty: str = "ferme"
    source: str = ""
    words: str = ""
    """What the source says where it gives no day."""

    @property
    def due(self) -> date | None:
        """The day by which the thing must be done."""
        return self.end or self.begin


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of the grant: share between 0 and 1, year of payment, condition in words."""

    id: str
    label: str
    share: float
    year: int | None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """All that a dossier needs of the version of the pack it was opened under."""

    pack: str
    version: str
    title: str
    level: str
    rubrics: tuple[Rubric, ...]
    themes: tuple[Theme, ...]
    calendar: tuple[Milestone, ...] = ()
    selection: tuple[Criterion, ...] = ()
    modulation: tuple[Criterion, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    most_projects: int = 0
    """Projects that one FINESS may be in, as bearer or party; 0: no limit is said."""
    limit_source: str = ""
    platform: str = ""
    """Where the dossier is deposited."""

    def rubric(self, name: str) -> Rubric | None:
        """The rubric of that identifier."""
        return next((rubric for rubric in self.rubrics if rubric.id == name), None)

    def theme(self, name: str) -> Theme | None:
        """The theme of that identifier."""
        return next((theme for theme in self.themes if theme.id == name), None)

    def milestones(self, nature: str) -> tuple[Milestone, ...]:
        """The dates of one nature: ouverture, cloture, decision, preuve, versement."""
        return tuple(found for found in self.calendar if found.nature == nature)

    @property
    def opening(self) -> Milestone | None:
        """When deposits open."""
        return next(iter(self.milestones("ouverture")), None)

    @property
    def closing(self) -> Milestone | None:
        """When deposits close: the last of the closings, and the only one that refuses a deposit."""
        found = [m for m in self.milestones("cloture") if m.due is not None]
        return max(found, key=lambda m: m.due or date.min, default=None)
