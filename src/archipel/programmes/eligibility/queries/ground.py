"""What verdicts of a date rest on: packs compiled once, the graph as a network, the facts as the rules read them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from archipel.foundation.scope import Scope
from archipel.programmes.eligibility.rules.questions import questions_of, rules_of
from archipel.programmes.eligibility.rules.sentences import decisive
from archipel.programmes.eligibility.values import Answer, Explained, Needed, Question, Used
from archipel.programmes.facts.public import Ledger, Subject, facts_at
from archipel.programmes.packs.public import (
    Cellule,
    Donnee,
    Faits,
    Maille,
    Pack,
    Parce,
    Reason,
    Reseau,
    Run,
    Writer,
    engine_of,
)
from archipel.programmes.packs.public import packs as packs_in_force
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Graph, Key, Kind, Link

LEVELS = (Kind.GHT, Kind.EJ, Kind.EG, Kind.PMSI)
_networks: OrderedDict[int, tuple[Graph, Reseau]] = OrderedDict()
_writers: OrderedDict[int, tuple[Pack, Writer]] = OrderedDict()


def writer_of(pack: Pack) -> Writer:
    """Who writes the conditions of a pack in French; kept while the pack is."""
    known = _writers.get(id(pack))
    if known is None or known[0] is not pack:
        known = _writers[id(pack)] = (pack, Writer(pack))
        while len(_writers) > 64:
            _writers.popitem(last=False)
    return known[1]


def network_of(graph: Graph) -> Reseau:
    """The graph as the rules walk it: regions left out, each site under its FINESS PMSI when there is no doubt."""
    known = _networks.get(id(graph))
    if known is None or known[0] is not graph:
        links = [
            (edge.child, edge.parent)
            for edge in graph.edges
            if edge.link in (Link.MEMBRE, Link.RATTACHEMENT, Link.PMSI, Link.SITE_PMSI)
        ]
        for node in graph.of_kind(Kind.EG):
            counted = graph.pmsi(node.key)
            if graph.parent(node.key, Link.SITE_PMSI) is None and len(counted) == 1:
                links.append((node.key, counted[0]))
        known = _networks[id(graph)] = (graph, Reseau.build(links))
        while len(_networks) > 24:
            _networks.popitem(last=False)
    return known[1]


@dataclass
class Ground:
    """What verdicts of a date rest on, for one account."""

    scope: Scope
    at: date
    known_at: datetime | None
    graph: Graph
    packs: dict[str, Pack]
    ledger: Ledger
    runs: dict[str, Run] = field(default_factory=dict)
    answered: dict[tuple[str, Key, bool], Answer] = field(default_factory=dict)
    explained: dict[tuple[str, Key], Explained] = field(default_factory=dict)
    helpful: dict[Cellule, Needed] = field(default_factory=dict)
    told: dict[Parce, Reason] = field(default_factory=dict)
    read: dict[tuple[str, Cellule], Used] = field(default_factory=dict)
    writers: dict[str, Writer] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[Subject, str]] = field(default_factory=dict)
    decided: dict[Parce, tuple[Parce, ...]] = field(default_factory=dict)
    seen: dict[Subject, bool] = field(default_factory=dict)

    @cached_property
    def facts(self) -> Faits:
        """The facts that hold, as the rules read them; several that differ are contradictory."""
        found: dict[tuple[str, tuple[str, str]], tuple[Donnee, ...]] = {}
        for subject, readings in self.ledger.readings.items():
            entity = (subject.maille.value, subject.code)
            for fact, reading in readings.items():
                if reading.facts:
                    found[fact, entity] = tuple(
                        Donnee(one.value, one.source, one.effective_at, one) for one in reading.facts
                    )
        return found

    def run(self, pack: str) -> Run:
        """The rules of a pack, ready on this ground; what they work out is kept."""
        known = self.runs.get(pack)
        if known is None:
            known = self.runs[pack] = engine_of(self.packs[pack]).run(network_of(self.graph), self.facts, self.at)
        return known

    def writer(self, pack: str) -> Writer:
        """Who writes the conditions of a pack in French."""
        known = self.writers.get(pack)
        if known is None:
            known = self.writers[pack] = writer_of(self.packs[pack])
        return known

    def questions(self, *, rules: bool = False) -> list[Question]:
        """Everything that may be asked: themes and packs, or each rule by itself."""
        ask = rules_of if rules else questions_of
        return [one for pack in self.packs.values() for one in ask(pack, self.at)]

    def decisive(self, because: Parce) -> tuple[Parce, ...]:
        """What makes a decided answer what it is."""
        known = self.decided.get(because)
        if known is None:
            known = self.decided[because] = tuple(decisive(because))
        return known

    def place(self, entity: tuple[str, str]) -> tuple[Subject, str]:
        """The subject that an entity of the rules is, and its name."""
        known = self.places.get(entity)
        if known is None:
            subject = Subject(Maille(entity[0]), entity[1])
            known = self.places[entity] = (subject, self.name(subject))
        return known

    def sees(self, subject: Subject) -> bool:
        """Whether the account may see the facts of a subject."""
        known = self.seen.get(subject)
        if known is None:
            concerned = self.graph.establishments(Key(Kind(subject.maille.value), subject.code))
            known = self.seen[subject] = bool(concerned & self.scope.programmes)
        return known

    def state(self, subject: Subject, fact: str) -> str:
        """Why a fact is or is not usable: ``connu``, ``contredit``, ``perime``, ``inconnu`` or ``cache``."""
        if subject.maille is not Maille.PROJET and not self.sees(subject):
            return "cache"
        return self.ledger.reading(subject, fact).state.value

    def name(self, subject: Subject) -> str:
        """The name of a subject."""
        if subject.maille is Maille.PROJET:
            return "le projet"
        node = self.graph.nodes.get(Key(Kind(subject.maille.value), subject.code))
        return node.name if node else subject.code

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of each fact of the packs asked about."""
        return {fact.id: fact.libelle for pack in self.packs.values() for fact in pack.faits}

    def unusable(self, subject: Subject, fact: str) -> str:
        """Why a fact is needed still: ``manque``, ``contredit``, ``perime`` or ``cache``."""
        state = self.state(subject, fact)
        return state if state in ("contredit", "perime", "cache") else "manque"


def ground(
    *,
    scope: Scope,
    at: date,
    known_at: datetime | None = None,
    packs: Collection[Pack] | None = None,
    inside: Sequence[Key] | None = None,
) -> Ground:
    """Read what verdicts of a date rest on.

    Args:
        scope: only the facts of its programmes are read.
        at: the date.
        known_at: only what was known by that moment.
        packs: the packs asked about; by default those in force at the date, as the region of the scope has them.
        inside: nodes beyond whose GHT no fact is read; the whole scope by default.
    """
    graph = perimetre.graph(at)
    chosen = packs_in_force(at=at, region=_region(graph, scope)) if packs is None else packs
    asked = {pack.pack: pack for pack in sorted(chosen, key=lambda one: (one.publie_le, one.pack), reverse=True)}
    groups = None if inside is None else {graph.ght(key) or key for key in inside}
    subjects = [
        Subject(Maille(key.kind.value), key.code)
        for key in graph.nodes
        if key.kind in LEVELS
        and (groups is None or key in groups or (graph.ght(key) or key) in groups or graph.ej(key) in groups)
        and graph.establishments(key) & scope.programmes
    ]
    ids = {fact.id for pack in asked.values() for fact in pack.faits}
    ledger = facts_at(subjects, at, fact_ids=ids, known_at=known_at)
    return Ground(scope, at, known_at, graph, asked, ledger)


def _region(graph: Graph, scope: Scope) -> str:
    """The only region of the establishments of a scope; empty when there are several."""
    found = {graph.region(Key(Kind.EJ, code)) for code in scope.programmes} - {None}
    return next((one.code for one in found if one), "") if len(found) == 1 else ""
