"""The engine of three-valued rules: compile a pack once, run it over a graph and facts at a date.

``Engine(pack).run(network, facts, at).outcome(rule, entity)``. A run works each named rule out once for each entity.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any

from archipel.programmes.packs.rules.comparisons import Domain, Interval, Predicate, accepts, domain
from archipel.programmes.packs.rules.compiling import compile_rules
from archipel.programmes.packs.rules.conditions import FactIs, Named
from archipel.programmes.packs.rules.deciding import missing_sets
from archipel.programmes.packs.rules.linear import Edge
from archipel.programmes.packs.rules.network import Entity, Reseau
from archipel.programmes.packs.values.base import Value
from archipel.programmes.packs.values.expressions import Fait
from archipel.programmes.packs.values.outcomes import Cellule, Donnee, Faits, Manques, Parce, Verdict
from archipel.programmes.packs.values.pack import Pack

MAX_CONTRADICTIONS = 64
"""How many combinations of contradictory values are tried before giving up on their agreement."""


class Engine:
    """The rules of a pack, compiled.

    Raises:
        PackInvalid: the rules refer to what does not exist, or go round in circles.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        compiled = compile_rules(pack)
        self.facts: Mapping[str, Fait] = {fact.id: fact for fact in pack.faits}
        self.rules: Mapping[str, Named] = compiled.rules
        self.readers: Mapping[str, tuple[FactIs, ...]] = compiled.readers
        self.repeated: Mapping[str, frozenset[str]] = compiled.repeated

    def run(self, network: Reseau, facts: Faits, at: date) -> Run:
        """Make ready to answer for any entity of the graph, with these facts, on that day."""
        return Run(self, network, facts, at)


class Outcome:
    """The answer of a rule for an entity.

    Attributes:
        value: oui, non or inconnu.
        because: the explanation, down to the facts and their sources.
        settled: the contradictory values all give this answer, though no condition alone does.
    """

    __slots__ = ("_contradictions", "_deciding", "_leaves", "because", "run", "settled", "value")

    def __init__(self, run: Run, because: Parce, value: Verdict, settled: bool) -> None:
        self.run = run
        self.because = because
        self.value = value
        self.settled = settled
        self._contradictions: tuple[Cellule, ...] | None = None
        self._deciding: Manques | None = None
        self._leaves: tuple[Parce, ...] | None = None

    @property
    def leaves(self) -> tuple[Parce, ...]:
        """The nodes of the explanation that read a fact, each once."""
        if self._leaves is None:
            self._leaves = tuple(self.because.leaves())
        return self._leaves

    @property
    def contradictions(self) -> tuple[Cellule, ...]:
        """The facts used whose values differ; the answer is the one that all of them give, if any."""
        if self._contradictions is None:
            cells = [leaf.cell for leaf in self.leaves if leaf.cell and leaf.contradictory]
            self._contradictions = tuple(dict.fromkeys(cells))
        return self._contradictions

    @property
    def deciding(self) -> Manques:
        """The smallest sets of facts, missing or contradictory, that would decide; none when it is decided."""
        if self._deciding is None:
            known = self.value is not Verdict.INCONNU
            self._deciding = Manques() if known else missing_sets(self.run, self.because)
        return self._deciding

    @property
    def missing(self) -> tuple[Cellule, ...]:
        """The facts read that nobody has stated, whether they matter or not."""
        return tuple(dict.fromkeys(leaf.cell for leaf in self.leaves if leaf.cell and not leaf.data))


class Run:
    """The rules of a pack over a graph, facts and a day; keeps what it has worked out."""

    def __init__(self, engine: Engine, network: Reseau, facts: Faits, at: date) -> None:
        self.engine, self.network, self.facts, self.at = engine, network, facts, at
        self.named: dict[Any, Parce] = {}
        self.remote: dict[Any, Parce] = {}
        self.dated: dict[int, tuple[Predicate, bool]] = {}
        self.untold: dict[FactIs, bool | None] = {}
        self.masks: dict[FactIs, tuple[int, int]] = {}
        self.families: dict[Any, Any] = {}
        self.least: dict[Any, Edge] = {}
        self._domains: dict[str, Domain] = {}

    def milestones(self, milestone: str) -> date | None:
        """The day of a line of the pack's calendar."""
        line = self.engine.pack.milestone(milestone)
        return line.fin if line else None

    def outcome(self, rule: str, entity: Entity) -> Outcome:
        """The answer of a rule for an entity of the rule's level.

        Raises:
            KeyError: the pack has no such rule.
        """
        because = self.engine.rules[rule].evaluate(self, entity)
        if because.value is not None:
            return Outcome(self, because, because.verdict, False)
        found = Outcome(self, because, Verdict.INCONNU, False)
        if found.contradictions:
            agreed = self._agreed(rule, entity, found.contradictions)
            found.value, found.settled = Verdict.of(agreed), agreed is not None
        return found

    def outcomes(self, rule: str, entities: Iterable[Entity]) -> dict[Entity, Outcome]:
        """The answers of a rule for many entities."""
        return {entity: self.outcome(rule, entity) for entity in entities}

    def domain(self, fact: Fait) -> Domain:
        """The values of the fact, cut where the rules of the pack compare it."""
        found = self._domains.get(fact.id)
        if found is None:
            limits = [limit for reader in self.engine.readers.get(fact.id, ()) for limit in reader.limits(self)]
            found = self._domains[fact.id] = domain(fact, limits)
        return found

    def possible(self, fact: Fait, data: tuple[Donnee, ...]) -> Sequence[Value]:
        """The values that the fact may have: those stated, in order, else one of each class of its domain."""
        stated = {one.valeur for one in data if accepts(fact, one.valeur)}
        return sorted(stated) if stated else self.domain(fact).samples

    def pieces(self, fact: Fait, data: tuple[Donnee, ...]) -> tuple[Interval, ...]:
        """Where a number may lie: at the values stated, else in the classes of its domain."""
        stated = sorted({one.valeur for one in data if accepts(fact, one.valeur)})
        points = tuple(Interval(one, one) for one in stated)  # type: ignore[arg-type]
        return points or self.domain(fact).intervals

    def _agreed(self, rule: str, entity: Entity, cells: tuple[Cellule, ...]) -> bool | None:
        """The answer that every choice of one value for each contradictory fact gives, if they all give the same."""
        choices = [tuple({one.valeur: one for one in self.facts[cell]}.values()) for cell in cells]
        total = 1
        for choice in choices:
            total *= len(choice)
        if total > MAX_CONTRADICTIONS:
            return None
        answers: set[bool | None] = set()
        for combination in product(*choices):
            settled = {cell: (one,) for cell, one in zip(cells, combination, strict=True)}
            again = Run(self.engine, self.network, ChainMap(settled, self.facts), self.at)  # type: ignore[arg-type]
            answers.add(self.engine.rules[rule].evaluate(again, entity).value)
            if None in answers or len(answers) > 1:
                return None
        return answers.pop()
