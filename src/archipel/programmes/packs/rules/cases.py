"""The test cases written beside the rules, run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from archipel.programmes.packs.rules.comparisons import accepts, typed
from archipel.programmes.packs.rules.engine import Engine, Outcome, Run
from archipel.programmes.packs.rules.network import Entity, Projet, Reseau
from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.rules.sentences import Writer, reason
from archipel.programmes.packs.rules.tables import band, instalments, level
from archipel.programmes.packs.values.base import MAILLE_LABELS, Maille, Number
from archipel.programmes.packs.values.cases import Attendu, Cas, Entite
from archipel.programmes.packs.values.expressions import Fait
from archipel.programmes.packs.values.outcomes import Cellule, Donnee
from archipel.programmes.packs.values.pack import Pack

USUAL = (
    Entite(id="ght", maille=Maille.GHT),
    Entite(id="ej", maille=Maille.EJ, dans="ght"),
    Entite(id="pmsi", maille=Maille.FINESS_PMSI, dans="ej"),
    Entite(id="eg", maille=Maille.EG, dans="pmsi"),
    Entite(id="projet", maille=Maille.PROJET, porteur="pmsi", perimetre=("pmsi",)),
)
"""The graph of a case that draws none."""


class Result(NamedTuple):
    """What became of one expectation of a case.

    Attributes:
        case: id of the case.
        what: what was asked, in French.
        expected: what the case expects.
        found: what the pack gives.
        ok: whether they agree.
        line: where the expectation is written.
        why: the explanation, one line a condition.
        rule: the rule asked about.
    """

    case: str
    what: str
    expected: str
    found: str
    ok: bool
    line: int
    why: tuple[str, ...] = ()
    rule: str = ""


class _Wrong(Exception):
    """The case itself does not make sense; the sentence says why."""


def run_cases(pack: Pack, engine: Engine | None = None) -> list[Result]:
    """Run every case of a pack. A case that makes no sense is a failure that says why.

    Raises:
        PackInvalid: the rules do not compile.
    """
    ready = engine or Engine(pack)
    return [result for case in pack.cas for result in run_case(ready, case)]


def run_case(engine: Engine, case: Cas) -> Iterator[Result]:
    """Run one case."""
    try:
        stage = _Stage(engine, case)
    except _Wrong as wrong:
        yield Result(case.id, "le cas", "un cas qui a un sens", str(wrong), False, case.ligne)
        return
    for expected in case.attendu:
        try:
            yield stage.check(expected)
        except _Wrong as wrong:
            yield Result(case.id, "le cas", "un cas qui a un sens", str(wrong), False, expected.ligne)


def case_problems(pack: Pack, engine: Engine) -> list[Problem]:
    """The cases that make no sense (an entity that is not drawn, a value that the fact cannot have)."""
    return [
        Problem("cas", f"cas « {one.case} » : {one.found}", line=one.line)
        for one in run_cases(pack, engine)
        if one.what == "le cas"
    ]


class _Stage:
    """The graph, the facts and the day of a case."""

    def __init__(self, engine: Engine, case: Cas) -> None:
        self.engine, self.case, self.pack = engine, case, engine.pack
        self.writer = Writer(engine.pack)
        self.entities = {one.id: one for one in case.graphe or USUAL}
        self.run = Run(engine, self._network(), self._facts(), self._day())

    def _day(self) -> date:
        return self.case.le or self.pack.valide.du

    def key(self, name: str) -> Entity:
        found = self.entities.get(name)
        if found is None:
            raise _Wrong(f"l'entité « {name} » n'est pas dans le graphe du cas.")
        return (found.maille.value, found.id)

    def _network(self) -> Reseau:
        links, projects = [], []
        for one in self.entities.values():
            if one.dans is not None:
                links.append((self.key(one.id), self.key(one.dans)))
            if one.maille is Maille.PROJET:
                if one.porteur is None or not one.perimetre:
                    raise _Wrong(f"le projet « {one.id} » n'a pas de porteur ou de périmètre.")
                perimeter = tuple(map(self.key, one.perimetre))
                projects.append(Projet(self.key(one.id), self.key(one.porteur), perimeter))
        return Reseau.build(links, projects)

    def only(self, level: Maille, name: str | None, what: str) -> Entity:
        """The entity named, or the only one of the level."""
        if name is not None:
            found = self.key(name)
            if found[0] != level:
                raise _Wrong(f"{what} est de maille {MAILLE_LABELS[level]} ; « {name} » ne l'est pas.")
            return found
        candidates = [one.id for one in self.entities.values() if one.maille is level]
        if len(candidates) != 1:
            raise _Wrong(f"{what} : {len(candidates)} entités de maille {MAILLE_LABELS[level]}, précisez « chez ».")
        return self.key(candidates[0])

    def fact(self, name: str) -> Fait:
        found = self.engine.facts.get(name)
        if found is None:
            raise _Wrong(f"le fait « {name} » n'est pas déclaré.")
        return found

    def _facts(self) -> dict[Cellule, tuple[Donnee, ...]]:
        facts: dict[Cellule, tuple[Donnee, ...]] = {}
        for posed in self.case.faits:
            fact = self.fact(posed.fait)
            entity = self.only(fact.maille, posed.chez, f"le fait « {fact.id} »")
            try:
                values = [typed(fact, value) for value in posed.valeurs]
            except ValueError:
                raise _Wrong(f"« {posed.valeurs[0]} » n'est pas une date.") from None
            for value in values:
                if value is None or not accepts(fact, value):
                    raise _Wrong(f"« {value} » n'est pas une valeur du fait « {fact.id} » ({fact.type.value}).")
            cell = (fact.id, entity)
            said = tuple(Donnee(value, "cas", self._day()) for value in values if value is not None)
            facts[cell] = (*facts.get(cell, ()), *said)
        return facts

    def check(self, expected: Attendu) -> Result:
        if expected.verdict is not None:
            return self._verdict(expected)
        if expected.plafond is not None:
            return self._ceiling(expected)
        return self._instalments(expected) if expected.octroi is not None else self._level(expected)

    def _rule(self, expected: Attendu) -> tuple[str, str]:
        if expected.regle is not None:
            return expected.regle, f"règle « {expected.regle} »"
        theme = expected.eligibilite or ""
        if theme != "pack" and self.pack.theme(theme) is None:
            raise _Wrong(f"le thème « {theme} » n'existe pas.")
        found = self.pack.eligibility(None if theme == "pack" else theme)
        if found is None:
            raise _Wrong(f"aucune règle d'éligibilité pour « {theme} ».")
        return found, "éligibilité au pack" if theme == "pack" else f"éligibilité au thème « {theme} »"

    def _verdict(self, expected: Attendu) -> Result:
        name, what = self._rule(expected)
        rule = self.pack.rule(name)
        if rule is None:
            raise _Wrong(f"la règle « {name} » n'existe pas.")
        entity = self.only(rule.maille, expected.chez, f"la règle « {name} »")
        outcome = self.run.outcome(name, entity)
        ok = outcome.value == expected.verdict
        wanted, found = str(expected.verdict), outcome.value.value
        if expected.manque is not None:
            sets = {frozenset(self._cell(one) for one in group) for group in expected.manque}
            ok = ok and sets == set(outcome.deciding.decider)
            wanted += f", {_sets(sets)}"
            found += f", {_sets(set(outcome.deciding.decider))}"
        why = tuple(reason(outcome.because, self.writer).lines()) + _contradictions(outcome)
        return Result(self.case.id, f"{what}, {entity[1]}", wanted, found, ok, expected.ligne, why, name)

    def _cell(self, text: str) -> Cellule:
        name, _, where = text.partition("@")
        fact = self.fact(name)
        return (fact.id, self.only(fact.maille, where or None, f"le fait « {name} »"))

    def _ceiling(self, expected: Attendu) -> Result:
        table = self.pack.financement.plafonds if self.pack.financement else None
        if table is None:
            raise _Wrong("le pack n'a pas de table de plafonds.")
        default = Maille.PROJET if any(one.maille is Maille.PROJET for one in self.entities.values()) else None
        level = default or self.pack.maille or Maille.FINESS_PMSI
        entity = self.key(expected.chez) if expected.chez else self.only(level, None, "le plafond")
        low, high = self._summed(table.fait, entity)
        found = band(table, low, high)
        shown = "inconnu" if found is None else f"{found.montant} (catégorie {found.categorie})"
        wanted = f"{expected.plafond}" + (f" (catégorie {expected.categorie})" if expected.categorie else "")
        ok = ("inconnu" if found is None else found.montant) == expected.plafond
        ok = ok and (expected.categorie is None or (found is not None and found.categorie == expected.categorie))
        why = (f"{table.fait} : de {low} à {'∞' if high is None else high}",)
        return Result(self.case.id, f"plafond, {entity[1]}", wanted, shown, ok, expected.ligne, why)

    def _summed(self, name: str, entity: Entity) -> tuple[Number, Number | None]:
        """The least and the most that the sum may be over the perimeter; None: without end."""
        fact = self.fact(name)
        low: Number = 0
        high: Number | None = 0
        for one in self.run.network.perimeter(entity):
            values = [data.valeur for data in self.run.facts.get((name, one), ())]
            numbers = [value for value in values if not isinstance(value, bool | str | date)]
            low += min(numbers) if numbers else (fact.min or 0)
            most = max(numbers) if numbers else fact.max
            high = None if high is None or most is None else high + most
        return low, high

    def _instalments(self, expected: Attendu) -> Result:
        lines = self.pack.financement.echeances if self.pack.financement else ()
        found = instalments(expected.octroi or 0, lines)
        wanted = tuple(Decimal(one) for one in expected.echeances)
        what = f"versements de {expected.octroi} €"
        return Result(self.case.id, what, _list(wanted), _list(found), wanted == found, expected.ligne)

    def _level(self, expected: Attendu) -> Result:
        scales = [
            scale
            for grid in self.pack.grilles
            if expected.grille in (None, grid.id)
            for scale in grid.baremes
            if scale.id == expected.bareme
        ]
        if len(scales) != 1:
            raise _Wrong(f"{len(scales)} barèmes « {expected.bareme} » : un seul attendu.")
        reached = level(scales[0], expected.mesure)
        found = "inconnu" if reached is None else reached
        measure = "non mesuré" if expected.mesure is None else f"{expected.mesure}"
        what = f"barème « {expected.bareme} », {measure}"
        return Result(self.case.id, what, str(expected.niveau), str(found), found == expected.niveau, expected.ligne)


def _list(amounts: tuple[Decimal, ...]) -> str:
    return " + ".join(f"{amount}" for amount in amounts) or "aucun"


def _sets(sets: set[frozenset[Cellule]]) -> str:
    shown = sorted("{" + ", ".join(sorted(f"{name}@{entity[1]}" for name, entity in one)) + "}" for one in sets)
    return "il manque " + (" ou ".join(shown) if shown else "rien qui déciderait")


def _contradictions(outcome: Outcome) -> tuple[str, ...]:
    return tuple(f"contradiction : {name} ({entity[1]})" for name, entity in outcome.contradictions)
