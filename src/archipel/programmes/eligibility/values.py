"""Pure vocabulary of eligibility: questions, answers, what is missing to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from archipel.programmes.facts.public import Fact, Subject
from archipel.programmes.packs.public import Maille, Outcome, Reason, Verdict
from archipel.programmes.perimetre.public import Key


@dataclass(frozen=True, slots=True)
class Question:
    """Is one eligible to this? A theme of a pack, a whole pack, or one of its rules."""

    pack: str
    version: str
    programme: str
    """Title of the pack."""
    theme: str
    """Id of the theme; empty for the whole pack, or for a rule by itself."""
    label: str
    rule: str
    maille: Maille
    source: str
    """Document and paragraph of the rule."""
    closed: bool = False
    """The pack is kept as history, or its period is over at the date."""
    alone: bool = False
    """A rule asked by itself, not the eligibility to something."""
    id: str = field(init=False)
    """Its name in an address: ``pack/theme``, ``pack/-`` or ``pack/=rule``."""

    def __post_init__(self) -> None:
        named = "=" + self.rule if self.alone else self.theme or "-"
        object.__setattr__(self, "id", f"{self.pack}/{named}")


@dataclass(frozen=True, slots=True)
class Row:
    """An establishment that may be asked about."""

    key: Key
    name: str
    ej: str
    ght: str
    ght_name: str
    hypothesis: bool = False
    """Its FINESS PMSI is only supposed."""


class Needed(NamedTuple):
    """A fact that would help to decide: whose, and why it is not usable now."""

    subject: Subject
    name: str
    """Of the subject."""
    fact: str
    label: str
    why: str
    """``manque``, ``contredit``, ``perime`` or ``cache`` (out of the account's scope)."""


class Used(NamedTuple):
    """A fact that the answer rests on, with everything that is said of it."""

    subject: Subject
    name: str
    fact: str
    label: str
    state: str
    """``connu``, ``inconnu``, ``contredit``, ``perime`` or ``cache``."""
    values: tuple[tuple[str, Fact | None, str], ...] = ()
    """(value as it is read, the fact, source)."""


Way = tuple[Needed, ...]
"""Facts that, once told, would be enough."""


class Answer(NamedTuple):
    """The answer to a question for an entity."""

    question: Question
    key: Key
    name: str
    verdict: Verdict
    sentence: str
    outcome: Outcome
    decide: tuple[Way, ...] = ()
    """The smallest sets of facts that would decide, one way or the other; empty when it is decided."""
    to_yes: tuple[Way, ...] = ()
    """Those that would be enough for a yes."""
    complete: bool = True
    """False when there were more sets than are looked for."""

    @property
    def contradicted(self) -> bool:
        """Whether a fact that it reads has several values that differ."""
        return bool(self.outcome.contradictions)


class Explained(NamedTuple):
    """An answer with its whole explanation."""

    answer: Answer
    reason: Reason
    used: tuple[Used, ...]
    blocking: tuple[Used, ...] = ()
    """For a no: the facts that make it so."""


@dataclass(frozen=True, slots=True)
class ProjectLink:
    """A project that an establishment bears or takes part in."""

    id: str
    title: str
    role: str
    """``porteur`` or ``partie``."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Todo:
    """A fact to tell, and what it would help to settle."""

    needed: Needed
    alone: int
    """Questions that it settles by itself."""
    helps: int
    """Questions whose yes needs it, alone or with others."""
    questions: tuple[str, ...] = ()
