"""The table of what is known at a date: one line by subject and fact, with what is missing when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Scope
from archipel.programmes.facts.queries.ledger import facts_at
from archipel.programmes.facts.queries.vocabulary import vocabulary
from archipel.programmes.facts.rules.typed import shown
from archipel.programmes.facts.values import Maille, Reading, State, Subject
from archipel.programmes.packs.public import Fait
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Graph, Key, Kind

LEVELS = (Kind.GHT, Kind.EJ, Kind.PMSI, Kind.EG)


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one fact of one subject."""

    subject: Subject
    name: str
    ght: str
    fact: Fait
    reading: Reading

    @property
    def unproved(self) -> bool:
        """Whether it is known and nothing backs it."""
        return self.reading.known and not any(one.proved for one in self.reading.facts)

    @property
    def text(self) -> str:
        """The value, as people read it."""
        if self.reading.state is State.CONTREDIT:
            return " / ".join(dict.fromkeys(shown(self.fact, one.value) for one in self.reading.facts))
        return shown(self.fact, self.reading.value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show: everything by default."""

    at: date
    known_at: datetime | None = None
    establishment: str = ""
    ght: str = ""
    fact: str = ""
    pack: str = ""
    state: str = ""
    """connu, contredit, perime, inconnu, sans_preuve; empty: all but what is unknown."""


def subjects_in_scope(scope: Scope, graph: Graph) -> dict[Subject, str]:
    """Every subject whose facts the account may see, with its name; a GHT when one of its members is."""
    found: dict[Subject, str] = {}
    for kind in LEVELS:
        for node in graph.of_kind(kind):
            if graph.establishments(node.key) & scope.programmes:
                found[Subject(Maille(kind.value), node.key.code)] = node.name
    return found


def table(*, scope: Scope, wanted: Wanted) -> list[Line]:
    """What is known, contradicted, expired or missing, by GHT, name and fact."""
    graph, words = perimetre.graph(wanted.at), vocabulary()
    names = subjects_in_scope(scope, graph)
    groups = {subject: _group(graph, subject) for subject in names}
    kept = [
        subject
        for subject in names
        if (not wanted.ght or groups[subject][0] == wanted.ght)
        and (not wanted.establishment or wanted.establishment in _codes(graph, subject))
    ]
    facts = [
        fact
        for fact in words.facts.values()
        if (not wanted.fact or fact.id == wanted.fact) and (not wanted.pack or wanted.pack in words.packs[fact.id])
    ]
    known = facts_at(kept, wanted.at, fact_ids=[fact.id for fact in facts], known_at=wanted.known_at)
    lines = []
    for subject in kept:
        for fact in facts:
            if fact.maille is not subject.maille:
                continue
            line = Line(subject, names[subject], groups[subject][1], fact, known.reading(subject, fact.id))
            if _asked(line, wanted.state):
                lines.append(line)
    return sorted(lines, key=lambda line: (line.ght, line.name, line.subject, line.fact.libelle))


def _asked(line: Line, state: str) -> bool:
    if state == "sans_preuve":
        return line.unproved
    if not state:
        return line.reading.state is not State.INCONNU
    return line.reading.state.value == state


def _group(graph: Graph, subject: Subject) -> tuple[str, str]:
    key = graph.ght(Key(Kind(subject.maille.value), subject.code))
    return (key.code, graph.nodes[key].name) if key else ("", "")


def _codes(graph: Graph, subject: Subject) -> frozenset[str]:
    if subject.maille is Maille.GHT:
        return frozenset()
    return graph.establishments(Key(Kind(subject.maille.value), subject.code)) | {subject.code}
