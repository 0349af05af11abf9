"""What the queries of the emergency department return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from archipel.domains.flow.queries.ed_rows import RequestRow
from archipel.domains.flow.values import Place
from archipel.domains.flow.values.ed import EdFactKind, EdStatus, EdStep
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

FEED = "messages"
"""Source of what the establishment's own system said."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """A downstream bed asked for: by whom, since when, what."""

    source: str
    """:data:`FEED` (A15), or the account that entered it."""
    since: datetime
    wish: str
    """What the message names beside the filière: a unit, or a text as received."""
    filiere: str
    """Code, empty when the wish names none that we know."""
    sexe: str = ""
    isolement: str = ""
    needs: str = ""

    @property
    def label(self) -> str:
        """The filière in words, else the wish as received."""
        return FILIERE_LABELS.get(self.filiere, "") or self.wish or "Filière à préciser"


@dataclass(frozen=True, slots=True)
class EdEntry:
    """One thing that somebody entered, which may be taken back."""

    fact_id: int
    kind: EdFactKind
    at: datetime
    actor: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EdPatient:
    """One passage, as its department sees it. Personal data."""

    venue_id: int
    establishment: str
    key: str
    nom: str
    prenom: str
    naissance: date | None
    age: int | None
    """Years; None when the birth date is unknown."""
    sexe: str
    status: EdStatus
    place: Place
    place_label: str
    triage_by: str
    """Account that entered the level, empty when there is none."""
    orientations: tuple[Orientation, ...]
    """What was entered first, then what the messages say."""
    request: RequestRow | None
    entries: tuple[EdEntry, ...]
    """Oldest first, without those taken back."""
    exit_mode: str
    updated_at: datetime

    @property
    def step(self) -> EdStep:
        """The present step."""
        return self.status.step

    @property
    def orientation(self) -> Orientation | None:
        """The one that counts: what people entered prevails."""
        return self.orientations[0] if self.orientations else None


@dataclass(frozen=True, slots=True)
class DepartmentLoad:
    """An emergency department now, without names."""

    site: territory.SiteInfo
    establishment_name: str
    steps: Mapping[EdStep, int]
    places: int
    """Boxes and resuscitation places that the structure describes."""
    in_care_places: int
    oldest_wait: datetime | None
    """Since when the one who waits longest for care (accueil, tri, attente) is there."""
    oldest_downstream: datetime | None
    """Since when the one who waits longest for a bed does."""
    heard_at: datetime | None
    """Last message received from the establishment."""

    @property
    def present(self) -> int:
        """Patients in the department."""
        return sum(count for step, count in self.steps.items() if step is not EdStep.SORTIE)

    @property
    def waiting(self) -> int:
        """Patients who wait to be seen."""
        return sum(self.steps.get(step, 0) for step in (EdStep.ACCUEIL, EdStep.TRI, EdStep.ATTENTE))


@dataclass(frozen=True, slots=True)
class EdBoard:
    """One emergency department: its load, and its patients where the scope may see them."""

    load: DepartmentLoad
    names: bool
    """Whether the patients may be listed."""
    patients: tuple[EdPatient, ...]
    ufs: tuple[str, ...]
    at: datetime

    def at_step(self, step: EdStep) -> tuple[EdPatient, ...]:
        """Those at a step, the most urgent first, then the one who has waited longest."""
        found = [patient for patient in self.patients if patient.step is step]
        if step is EdStep.SORTIE:
            return tuple(sorted(found, key=lambda p: (p.status.since, p.venue_id), reverse=True))
        return tuple(sorted(found, key=lambda p: (p.status.triage_level or "9", p.status.since, p.venue_id)))
