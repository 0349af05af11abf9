"""Rules in readable French."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from archipel.foundation.web.formats import number
from archipel.programmes.packs.values import expressions as e
from archipel.programmes.packs.values.base import Maille, Number, Value
from archipel.programmes.packs.values.outcomes import Donnee, Expr, Parce, Verdict
from archipel.programmes.packs.values.pack import Pack

_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
_MEMBERS = {
    Maille.GHT: "GHT",
    Maille.EJ: "entités juridiques",
    Maille.EG: "sites",
    Maille.FINESS_PMSI: "FINESS PMSI",
    Maille.PROJET: "projets",
}
_THERE = {"ght": "Pour son GHT", "ej": "Pour son entité juridique", "eg": "Pour son site", "porteur": "Pour le porteur"}


class Phrase(NamedTuple):
    """A condition in French, with those under it; ``rule`` is the id of the rule that it refers to."""

    text: str
    children: tuple[Phrase, ...] = ()
    rule: str = ""

    def lines(self, depth: int = 0) -> list[str]:
        """The phrase and those under it, one a line, indented."""
        return ["  " * depth + self.text, *(line for child in self.children for line in child.lines(depth + 1))]


def day_text(day: date) -> str:
    """``29 mai 2026``, ``1er avr. 2026``."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]} {day.year}"


def value_text(fact: e.Fait | None, value: Value) -> str:
    """A value of a fact as it is read: oui, non, a number with its unit, a date, the label of a choice."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, str):
        labels = {one.id: one.libelle for one in fact.choix} if fact else {}
        return labels.get(value, value)
    unit = f" {fact.unite}" if fact and fact.unite else ""
    return number(Decimal(value)) + unit


class Writer:
    """Writes the conditions of one pack."""

    def __init__(self, pack: Pack) -> None:
        self.facts = {fact.id: fact for fact in pack.faits}
        self.rules = {rule.id: rule for rule in pack.regles}
        self.milestones = {line.id: line for line in pack.calendrier}
        self._said: dict[Expr, tuple[str, str]] = {}

    def said(self, expr: Expr) -> tuple[str, str]:
        """What a condition, or the rule that it names, says; and its source. Written once."""
        known = self._said.get(expr)
        if known is None:
            if expr.rule:
                text = self.rules[expr.rule].libelle
            elif isinstance(expr.line, e.Fait):
                text = expr.line.libelle
            else:
                text = self.phrase(expr.line).text  # type: ignore[arg-type]
            known = self._said[expr] = (text.removesuffix(" :"), str(expr.source) if expr.source else "")
        return known

    def phrase(self, line: e.Expression) -> Phrase:
        """A condition in French."""
        return _WRITERS[type(line)](self, line)

    def label(self, fact: str) -> str:
        """The label of a fact, or its id when the pack does not declare it."""
        found = self.facts.get(fact)
        return found.libelle if found else fact

    def _all_of(self, line: e.Tout) -> Phrase:
        return Phrase("Toutes ces conditions :", tuple(map(self.phrase, line.items)))

    def _any_of(self, line: e.Un) -> Phrase:
        return Phrase("Au moins une de ces conditions :", tuple(map(self.phrase, line.items)))

    def _contrary(self, line: e.Non) -> Phrase:
        return Phrase("Le contraire de :", (self.phrase(line.item),))

    def _fact_is(self, line: e.LeFait) -> Phrase:
        return Phrase(f"{self.label(line.fait)} : {self.test(line.test, self.facts.get(line.fait))}")

    def _rule(self, line: e.LaRegle) -> Phrase:
        found = self.rules.get(line.regle)
        return Phrase(f"Règle « {found.libelle if found else line.regle} »", rule=line.regle)

    def _today(self, line: e.LeJour) -> Phrase:
        return Phrase(f"Jour de l'évaluation : {self.test(line.test, None)}")

    def _at(self, line: e.Chez) -> Phrase:
        absent = {True: " (oui s'il n'y en a pas)", False: " (non s'il n'y en a pas)", None: ""}[line.absent]
        return Phrase(f"{_THERE[line.chez]}{absent} :", (self.phrase(line.si),))

    def _exists(self, line: e.Existe) -> Phrase:
        words = {Maille.GHT: "Appartient à un GHT", Maille.EJ: "Relève d'une entité juridique"}
        return Phrase(words.get(line.existe, "Relève d'un site"))

    def _members(self, line: Any) -> str:
        if line.sur is e.Sur.PERIMETRE:
            return "FINESS PMSI du périmètre"
        return _MEMBERS[line.maille] if line.maille else "membres"

    def _every(self, line: e.Tous) -> Phrase:
        return Phrase(f"Pour tous les {self._members(line)} :",
                      (self.phrase(line.si),))  # fmt: skip

    def _some(self, line: e.AuMoinsUn) -> Phrase:
        return Phrase(f"Pour l'un au moins des {self._members(line)} :", (self.phrase(line.si),))

    def _number(self, line: e.Compte) -> Phrase:
        return Phrase(f"Nombre de {self._members(line)} qui remplissent la condition : {self.test(line.test, None)}",
                      (self.phrase(line.si),))  # fmt: skip

    def _total(self, line: e.Somme) -> Phrase:
        said = self.test(line.test, self.facts.get(line.fait))
        return Phrase(f"{self.label(line.fait)}, somme des {self._members(line)} : {said}")

    def _share(self, line: e.PartPonderee) -> Phrase:
        said = self.test(line.test, None, _percent)
        text = f"Part de « {self.label(line.poids)} » portée par les {self._members(line)} qui remplissent la condition"
        return Phrase(f"{text} : {said}", (self.phrase(line.si),))

    def _always(self, line: e.Toujours) -> Phrase:
        return Phrase("Toujours oui" if line.valeur else "Toujours non")

    def day(self, day: e.Jour) -> str:
        """A day of a test: a date, a milestone with its date, a distance to the day of the evaluation."""
        if isinstance(day, e.Ecart):
            if day.evaluation == 0:
                return "jour de l'évaluation"
            side = "après" if day.evaluation > 0 else "avant"
            return f"{abs(day.evaluation)} jours {side} le jour de l'évaluation"
        if isinstance(day, date):
            return day_text(day)
        line = self.milestones.get(day.jalon)
        if line is None or line.fin is None:
            return f"« {line.libelle if line else day.jalon} » (date inconnue)"
        return f"{day_text(line.fin)} (« {line.libelle} »)"

    def test(self, test: e.Test, fact: e.Fait | None, write: Callable[[Number], str] | None = None) -> str:
        """The comparisons of a test."""
        shown: Callable[[Any], str] = write or (lambda value: value_text(fact, value))
        words = (
            ("vaut", ""), ("differe", "autre que "), ("ge", "au moins "), ("gt", "plus de "), ("le", "au plus "),
            ("lt", "moins de "),
        )  # fmt: skip
        said = [before + shown(getattr(test, name)) for name, before in words if getattr(test, name) is not None]
        if test.entre is not None:
            said.append(f"de {shown(test.entre[0])} à {shown(test.entre[1])}")
        if test.parmi:
            said.append(" ou ".join(shown(one) for one in test.parmi))
        days = (("avant", "avant le "), ("au_plus_tard", "au plus tard le "), ("apres", "après le "),
                ("a_partir_du", "à partir du "))  # fmt: skip
        said += [before + self.day(getattr(test, name)) for name, before in days if getattr(test, name) is not None]
        return ", ".join(said)


def _percent(value: Number) -> str:
    return f"{number(Decimal(value) * 100)} %"


_WRITERS: dict[type, Callable[[Writer, Any], Phrase]] = {
    e.Tout: Writer._all_of,
    e.Un: Writer._any_of,
    e.Non: Writer._contrary,
    e.LeFait: Writer._fact_is,
    e.LaRegle: Writer._rule,
    e.LeJour: Writer._today,
    e.Chez: Writer._at,
    e.Existe: Writer._exists,
    e.Tous: Writer._every,
    e.AuMoinsUn: Writer._some,
    e.Compte: Writer._number,
    e.Somme: Writer._total,
    e.PartPonderee: Writer._share,
    e.Toujours: Writer._always,
}


class Reason(NamedTuple):
    """A node of an explanation, ready to be shown.

    Attributes:
        verdict: oui, non or inconnu.
        text: the condition, or the label of the rule.
        entity: level and code of the entity where it was read.
        rule: id of the rule, for a named one.
        source: document and paragraph of the rule.
        facts: what was found for the fact read, each value with its source; "" when nothing was.
        contradictory: the values found differ.
    """

    verdict: str
    text: str
    entity: tuple[str, str]
    rule: str
    source: str
    facts: tuple[tuple[str, Donnee], ...]
    contradictory: bool
    note: str
    children: tuple[Reason, ...]

    def lines(self, depth: int = 0) -> list[str]:
        """The reason and those under it, one a line, indented, for a terminal."""
        found = " ≠ ".join(f"{value} ({data.source or 'sans source'})" for value, data in self.facts)
        told = f" — trouvé : {found}" if found else ""
        source = f" [{self.source}]" if self.source else ""
        note = f" — {self.note}" if self.note else ""
        text = f"{'  ' * depth}{self.verdict.upper()} · {self.text} ({self.entity[1]}){source}{told}{note}"
        return [text, *(line for child in self.children for line in child.lines(depth + 1))]


_VERDICTS = {value: Verdict.of(value).value for value in (True, False, None)}


def reason(because: Parce, writer: Writer, told: dict[Parce, Reason] | None = None) -> Reason:
    """An explanation in French.

    Args:
        because: the explanation.
        writer: writes the conditions of its pack.
        told: what was written already of the same run, which explanations share; added to.
    """
    if told is not None and because.children:
        known = told.get(because)
        if known is not None:
            return known
    expr, data = because.expr, because.data
    text, source = writer.said(expr)
    facts: tuple[tuple[str, Donnee], ...] = ()
    if data and because.cell is not None:
        fact = writer.facts.get(because.cell[0])
        facts = tuple([(value_text(fact, one.valeur), one) for one in data])
    made = Reason(
        _VERDICTS[because.value],
        text,
        because.entity,
        expr.rule or "",
        source,
        facts,
        bool(facts) and because.contradictory,
        because.note,
        tuple([reason(child, writer, told) for child in because.children]) if because.children else (),
    )
    if told is not None and because.children:
        told[because] = made
    return made
