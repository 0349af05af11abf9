"""The peer of the eligibility bench: rules walked as they are written, nothing compiled, nothing remembered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from archipel.programmes.facts.public import Ledger, Subject
from archipel.programmes.packs.public import Maille, Pack
from archipel.programmes.packs.values import expressions as e
from archipel.programmes.perimetre.public import Graph, Key, Kind

Said = tuple[bool | None, list[str]]
_BELOW = {Kind.GHT: Kind.EJ, Kind.EJ: Kind.PMSI, Kind.PMSI: Kind.EG}


def both(values: Iterable[bool | None]) -> bool | None:
    """Kleene's conjunction."""
    found = list(values)
    return False if False in found else None if None in found else True


def either(values: Iterable[bool | None]) -> bool | None:
    """Kleene's disjunction."""
    found = list(values)
    return True if True in found else None if None in found else False


class Naive:
    """Walks the expressions of a pack over a graph."""

    def __init__(self, pack: Pack, graph: Graph, facts: Ledger, at: date) -> None:
        self.pack, self.graph, self.facts, self.at = pack, graph, facts, at

    def explained(self, rule: str, key: Key) -> Said:
        """The answer of a rule, and a line for each condition met on the way."""
        found = self.pack.rule(rule)
        assert found is not None
        value, lines = self.walk(found.si, key)
        return value, [f"{found.libelle} ({found.source}) : {value}", *lines]

    def walk(self, line: Any, key: Key) -> Said:
        """The answer of a condition."""
        return getattr(self, "on_" + type(line).__name__.lower())(line, key)  # type: ignore[no-any-return]

    def on_tout(self, line: e.Tout, key: Key) -> Said:
        inner = [self.walk(item, key) for item in line.items]
        return both(v for v, _ in inner), [text for _, lines in inner for text in lines]

    def on_un(self, line: e.Un, key: Key) -> Said:
        inner = [self.walk(item, key) for item in line.items]
        return either(v for v, _ in inner), [text for _, lines in inner for text in lines]

    def on_non(self, line: e.Non, key: Key) -> Said:
        value, lines = self.walk(line.item, key)
        return None if value is None else not value, lines

    def on_laregle(self, line: e.LaRegle, key: Key) -> Said:
        return self.explained(line.regle, key)

    def on_toujours(self, line: e.Toujours, key: Key) -> Said:
        return line.valeur, []

    def on_lejour(self, line: e.LeJour, key: Key) -> Said:
        return self.compare(line.test, self.at), [f"le {self.at} : {line.test}"]

    def on_existe(self, line: e.Existe, key: Key) -> Said:
        return self.above(key, line.existe.value) is not None, []

    def on_chez(self, line: e.Chez, key: Key) -> Said:
        there = self.above(key, line.chez)
        return self.walk(line.si, there) if there is not None else (line.absent, [f"{key} : {line.chez} absent"])

    def on_lefait(self, line: e.LeFait, key: Key) -> Said:
        values = self.values(line.fait, key)
        answers = {self.compare(line.test, value) for value in values} or {None}
        answer = answers.pop() if len(answers) == 1 else None
        return answer, [f"{line.fait} de {key} : {values} → {answer}"]

    def on_tous(self, line: e.Tous, key: Key) -> Said:
        inner = [self.walk(line.si, one) for one in self.members(line, key)]
        return both(v for v, _ in inner), [text for _, lines in inner for text in lines]

    def on_aumoinsun(self, line: e.AuMoinsUn, key: Key) -> Said:
        inner = [self.walk(line.si, one) for one in self.members(line, key)]
        return either(v for v, _ in inner), [text for _, lines in inner for text in lines]

    def on_compte(self, line: e.Compte, key: Key) -> Said:
        inner = [self.walk(line.si, one) for one in self.members(line, key)]
        least, most = sum(v is True for v, _ in inner), sum(v is not False for v, _ in inner)
        answers = {self.compare(line.test, Decimal(n)) for n in range(least, most + 1)}
        return answers.pop() if len(answers) == 1 else None, [text for _, lines in inner for text in lines]

    def on_somme(self, line: e.Somme, key: Key) -> Said:
        found = [self.values(line.fait, one) for one in self.members(line, key)]
        if any(len(set(values)) != 1 for values in found):
            return None, [f"{line.fait} : {found}"]
        return self.compare(line.test, sum((v[0] for v in found), Decimal(0))), [f"{line.fait} : {found}"]

    def on_partponderee(self, line: e.PartPonderee, key: Key) -> Said:
        members = self.members(line, key)
        inner = [self.walk(line.si, one) for one in members]
        lines = [text for _, found in inner for text in found]
        weights = [[v for w in self.below(one) for v in self.values(line.poids, w)[:1]] for one in members]
        spread = any(len(set(self.values(line.poids, w))) != 1 for one in members for w in self.below(one))
        total = sum((sum(w, Decimal(0)) for w in weights), Decimal(0))
        if spread or not total or any(v is None for v, _ in inner):
            return None, lines
        held = sum((sum(w, Decimal(0)) for w, (v, _) in zip(weights, inner, strict=True) if v), Decimal(0))
        return self.compare(line.test, held / total), lines

    def below(self, key: Key) -> tuple[Key, ...]:
        """Where the weight of a member is told."""
        return self.graph.pmsi(key)

    def values(self, fact: str, key: Key) -> list[Any]:
        """What is told of a fact."""
        reading = self.facts.reading(Subject(Maille(key.kind.value), key.code), fact)
        return [one.value for one in reading.facts]

    def above(self, key: Key, level: str) -> Key | None:
        """The containing node of a level."""
        found = self.graph.at_level(key, Kind(level)) if level in set(Kind) else ()
        return found[0] if len(found) == 1 else None

    def members(self, line: Any, key: Key) -> tuple[Key, ...]:
        """The nodes that an aggregate walks."""
        if line.sur is e.Sur.PERIMETRE:
            return self.graph.pmsi(key)
        return self.graph.at_level(key, Kind(line.maille.value) if line.maille else _BELOW[key.kind])

    def day(self, day: e.Jour) -> date | None:
        """The day of a comparison."""
        if isinstance(day, e.Ecart):
            return self.at + timedelta(days=day.evaluation)
        if isinstance(day, date):
            return day
        line = self.pack.milestone(day.jalon)
        return line.fin if line else None

    def compare(self, test: e.Test, value: Any) -> bool | None:
        """The comparisons of a test."""
        checks: list[bool | None] = []
        for name, holds in (
            ("vaut", lambda a, b: a == b), ("differe", lambda a, b: a != b), ("lt", lambda a, b: a < b),
            ("le", lambda a, b: a <= b), ("gt", lambda a, b: a > b), ("ge", lambda a, b: a >= b),
        ):  # fmt: skip
            wanted = getattr(test, name)
            if wanted is not None:
                checks.append(holds(value, wanted))
        if test.entre is not None:
            checks.append(test.entre[0] <= value <= test.entre[1])
        if test.parmi:
            checks.append(value in test.parmi)
        for name, after, same in (("avant", False, False), ("au_plus_tard", False, True), ("apres", True, False),
                                  ("a_partir_du", True, True)):  # fmt: skip
            wanted = getattr(test, name)
            if wanted is not None:
                day = self.day(wanted)
                checks.append(
                    None if day is None else (value > day if after else value < day) or (same and value == day)
                )
        return both(checks)
