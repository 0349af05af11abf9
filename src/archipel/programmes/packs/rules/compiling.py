"""From the rules of a pack to conditions ready to run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from archipel.programmes.packs.rules.comparisons import bounds
from archipel.programmes.packs.rules.conditions import (
    AllOf,
    AnyOf,
    At,
    Condition,
    Constant,
    Each,
    Exists,
    FactIs,
    Named,
    Not,
    Today,
    Walk,
)
from archipel.programmes.packs.rules.linear import Weighed
from archipel.programmes.packs.rules.problems import PackInvalid, Problem
from archipel.programmes.packs.rules.references import cycles, rules_read
from archipel.programmes.packs.values import expressions as e
from archipel.programmes.packs.values.pack import Pack


class Compiled(NamedTuple):
    """The rules of a pack, ready; who reads each fact; and the facts that a rule may read more than once."""

    rules: Mapping[str, Named]
    readers: Mapping[str, tuple[FactIs, ...]]
    repeated: Mapping[str, frozenset[str]]


def compile_rules(pack: Pack) -> Compiled:
    """Compile every rule of a pack.

    Raises:
        PackInvalid: a rule or a fact that does not exist, or rules that refer to one another in a circle.
    """
    compiler = _Compiler(pack)
    for rule in pack.regles:
        compiler.rules[rule.id].item = compiler.build(rule.si)
    problems = [*compiler.problems, *circles(pack)]
    if problems:
        raise PackInvalid(problems)
    uses = _Uses(compiler.rules)
    repeated = {name: frozenset(fact for fact, times in uses.of_rule(name, False).items() if times > 1)
                for name in compiler.rules}  # fmt: skip
    readers = {fact: tuple(found) for fact, found in compiler.readers.items()}
    return Compiled(compiler.rules, readers, repeated)


def circles(pack: Pack) -> list[Problem]:
    """The rules that depend on themselves, each circle told once, by name."""
    lines = {rule.id: rule.ligne for rule in pack.regles}
    graph = {rule.id: [read for read, _ in rules_read(rule.si)] for rule in pack.regles}
    return [
        Problem("cycle", f"les règles se renvoient l'une à l'autre : {' → '.join([*circle, circle[0]])}.",
                line=lines[circle[0]])
        for circle in cycles(graph)
    ]  # fmt: skip


class _Compiler:
    def __init__(self, pack: Pack) -> None:
        self.facts = {fact.id: fact for fact in pack.faits}
        self.rules = {rule.id: Named(rule, rule.id, rule.source) for rule in pack.regles}
        self.readers: dict[str, list[FactIs]] = defaultdict(list)
        self.problems: list[Problem] = []

    def build(self, line: e.Expression) -> Condition:
        """The condition of a line; what is wrong is kept aside."""
        return _BUILDERS[type(line)](self, line)

    def fact(self, name: str, line: int) -> e.Fait | None:
        found = self.facts.get(name)
        if found is None:
            self.problems.append(Problem("fait-inconnu", f"le fait « {name} » n'est pas déclaré.", line=line))
        return found

    def all_of(self, line: e.Tout) -> Condition:
        return AllOf(line, [self.build(item) for item in line.items])

    def any_of(self, line: e.Un) -> Condition:
        return AnyOf(line, [self.build(item) for item in line.items])

    def contrary(self, line: e.Non) -> Condition:
        return Not(line, self.build(line.item))

    def fact_is(self, line: e.LeFait) -> Condition:
        fact = self.fact(line.fait, line.ligne)
        if fact is None:
            return Constant(line, False)
        reader = FactIs(line, fact, line.test)
        self.readers[fact.id].append(reader)
        return reader

    def rule(self, line: e.LaRegle) -> Condition:
        found = self.rules.get(line.regle)
        if found is None:
            sentence = f"la règle « {line.regle} » n'existe pas dans ce pack."
            self.problems.append(Problem("regle-inconnue", sentence, line=line.ligne))
            return Constant(line, False)
        return found

    def today(self, line: e.LeJour) -> Condition:
        return Today(line, line.test)

    def at(self, line: e.Chez) -> Condition:
        return At(line, line.chez, self.build(line.si), line.absent)

    def exists(self, line: e.Existe) -> Condition:
        return Exists(line, line.existe)

    def every(self, line: e.Tous) -> Condition:
        return Each(line, line.sur, line.maille, self.build(line.si), every=True)

    def some(self, line: e.AuMoinsUn) -> Condition:
        return Each(line, line.sur, line.maille, self.build(line.si), every=False)

    def number(self, line: e.Compte) -> Condition:
        return Weighed(line, line.sur, line.maille, self.build(line.si), None, bounds(line.test), share=False)

    def total(self, line: e.Somme) -> Condition:
        return Weighed(line, line.sur, line.maille, None, self.fact(line.fait, line.ligne), bounds(line.test), False)

    def share(self, line: e.PartPonderee) -> Condition:
        weight = self.fact(line.poids, line.ligne)
        if weight is not None and (weight.min is None or weight.min < 0):
            sentence = f"le fait « {weight.id} » pèse une part : il lui faut « min: 0 » au moins."
            self.problems.append(Problem("poids-negatif", sentence, line=line.ligne))
        return Weighed(line, line.sur, line.maille, self.build(line.si), weight, bounds(line.test), share=True)

    def always(self, line: e.Toujours) -> Condition:
        return Constant(line, line.valeur)


_BUILDERS: dict[type, Callable[[_Compiler, Any], Condition]] = {
    e.Tout: _Compiler.all_of,
    e.Un: _Compiler.any_of,
    e.Non: _Compiler.contrary,
    e.LeFait: _Compiler.fact_is,
    e.LaRegle: _Compiler.rule,
    e.LeJour: _Compiler.today,
    e.Chez: _Compiler.at,
    e.Existe: _Compiler.exists,
    e.Tous: _Compiler.every,
    e.AuMoinsUn: _Compiler.some,
    e.Compte: _Compiler.number,
    e.Somme: _Compiler.total,
    e.PartPonderee: _Compiler.share,
    e.Toujours: _Compiler.always,
}


class _Uses:
    """How many times a rule may read one fact of one entity; too many rather than too few."""

    def __init__(self, rules: Mapping[str, Named]) -> None:
        self.rules = rules
        self.known: dict[tuple[str, bool], Counter[str]] = {}

    def of_rule(self, name: str, inside: bool) -> Counter[str]:
        key = (name, inside)
        if key not in self.known:
            self.known[key] = self.of(self.rules[name].item, inside)
        return self.known[key]

    def of(self, condition: Condition, inside: bool) -> Counter[str]:
        """``inside`` an aggregate, what is read elsewhere than at the member is read once for each member."""
        if isinstance(condition, FactIs):
            return Counter({condition.fact.id: 1})
        if isinstance(condition, Named):
            return self.of_rule(condition.rule or "", inside)
        if isinstance(condition, AllOf | AnyOf):
            return sum((self.of(item, inside) for item in condition.items), Counter())
        if isinstance(condition, Not):
            return self.of(condition.item, inside)
        if isinstance(condition, At):
            found = self.of(condition.item, inside)
            return found + found if inside else found
        if isinstance(condition, Walk):
            summed = isinstance(condition, Weighed) and not inside and not _walks(condition.item)
            found = self.of(condition.item, not summed) if condition.item else Counter()
            if isinstance(condition, Weighed) and condition.fact is not None:
                found = found + Counter({condition.fact.id: 1})
            twice = inside or (isinstance(condition, Weighed) and len(condition.limits) > 1)
            return found + found if twice else found
        return Counter()


def _walks(condition: Condition | None) -> bool:
    """Whether a condition walks members itself (a rule that it refers to is taken to)."""
    if isinstance(condition, Walk | Named):
        return True
    if isinstance(condition, AllOf | AnyOf):
        return any(_walks(item) for item in condition.items)
    return isinstance(condition, Not | At) and _walks(condition.item)
