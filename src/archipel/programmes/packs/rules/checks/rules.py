"""Rules: facts and rules that exist, read at their level, compared as their type allows; no circle; cases beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from archipel.programmes.packs.rules.cases import case_problems
from archipel.programmes.packs.rules.compiling import circles
from archipel.programmes.packs.rules.engine import Engine
from archipel.programmes.packs.rules.network import BELOW
from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.rules.references import facts_read, parts, rules_read
from archipel.programmes.packs.values import expressions as e
from archipel.programmes.packs.values.base import MAILLE_LABELS, Line, Maille
from archipel.programmes.packs.values.pack import Pack

Walked = e.Tous | e.AuMoinsUn | e.Compte | e.Somme | e.PartPonderee
DEPTH = {Maille.GHT: 0, Maille.EJ: 1, Maille.FINESS_PMSI: 2, Maille.EG: 3}
_ALLOWED: dict[e.TypeFait, frozenset[str]] = {
    e.TypeFait.BOOLEEN: frozenset({"vaut", "differe"}),
    e.TypeFait.NOMBRE: frozenset({"vaut", "differe", "lt", "le", "gt", "ge", "entre"}),
    e.TypeFait.DATE: frozenset({"vaut", "differe", "avant", "au_plus_tard", "apres", "a_partir_du"}),
    e.TypeFait.CHOIX: frozenset({"vaut", "differe", "parmi"}),
}
_TYPES = {
    e.TypeFait.BOOLEEN: "vrai ou faux",
    e.TypeFait.NOMBRE: "un nombre",
    e.TypeFait.DATE: "une date",
    e.TypeFait.CHOIX: "un choix",
}


def rule_problems(pack: Pack) -> Iterator[Problem]:
    """Everything wrong in the rules of a pack, its facts and its cases."""
    yield from circles(pack)
    for fact in pack.faits:
        yield from _fact(fact)
    for rule in pack.regles:
        yield from _Reader(pack).read(rule.si, rule.maille)
    yield from _roles(pack)
    yield from _unused(pack)
    names = {rule.id for rule in pack.regles}
    facts = {fact.id for fact in pack.faits}
    sound = all(name in names for rule in pack.regles for name, _ in rules_read(rule.si)) and all(
        name in facts for rule in pack.regles for name, _ in facts_read(rule.si)
    )
    if sound and not list(circles(pack)) and not list(_weights(pack)):
        yield from case_problems(pack, Engine(pack))


def _fact(fact: e.Fait) -> Iterator[Problem]:
    if (fact.type is e.TypeFait.CHOIX) != bool(fact.choix):
        what = "n'a pas de `choix`" if fact.type is e.TypeFait.CHOIX else "a des `choix` sans être un choix"
        yield Problem("fait-choix", f"le fait « {fact.id} » {what}.", line=fact.ligne)
    bounded = fact.min is not None or fact.max is not None or fact.min_exclu
    if bounded and fact.type is not e.TypeFait.NOMBRE:
        yield Problem("fait-bornes", f"le fait « {fact.id} » a des bornes sans être un nombre.", line=fact.ligne)
    if fact.min is not None and fact.max is not None and fact.min > fact.max:
        sentence = f"le fait « {fact.id} » : min {fact.min} dépasse max {fact.max}."
        yield Problem("fait-bornes", sentence, line=fact.ligne)
    if fact.min_exclu and fact.min is None:
        yield Problem("fait-bornes", f"le fait « {fact.id} » : `min_exclu` sans `min`.", line=fact.ligne)


class _Reader:
    """Walks an expression, knowing at which level it is read."""

    def __init__(self, pack: Pack) -> None:
        self.facts = {fact.id: fact for fact in pack.faits}
        self.rules = {rule.id: rule for rule in pack.regles}
        self.milestones = {line.id: line for line in pack.calendrier}

    def read(self, line: e.Expression, level: Maille) -> Iterator[Problem]:
        """What is wrong in a condition read at that level."""
        if isinstance(line, e.Tout | e.Un):
            for item in line.items:
                yield from self.read(item, level)
        elif isinstance(line, e.Non):
            yield from self.read(line.item, level)
        elif isinstance(line, e.LeFait):
            yield from self._fact(line.fait, level, line)
            yield from self._test(line.test, self.facts.get(line.fait), line)
        elif isinstance(line, e.LaRegle):
            yield from self._rule(line, level)
        elif isinstance(line, e.LeJour):
            yield from self._days(line.test, line)
        elif isinstance(line, e.Chez):
            yield from self._there(line, level)
        elif isinstance(line, e.Existe):
            if level not in DEPTH or DEPTH[line.existe] > DEPTH[level]:
                sentence = f"`existe` cherche au-dessus : {MAILLE_LABELS[line.existe]} ne contient pas une entité de "
                yield Problem("maille", f"{sentence}maille {MAILLE_LABELS[level]}.", line=line.ligne)
        elif not isinstance(line, e.Toujours):
            yield from self._walked(line, level)

    def _fact(self, name: str, level: Maille, line: Line) -> Iterator[Problem]:
        fact = self.facts.get(name)
        if fact is None:
            yield Problem("fait-inconnu", f"le fait « {name} » n'est pas déclaré dans `faits`.", line=line.ligne)
        elif fact.maille is not level:
            yield Problem(
                "maille",
                f"le fait « {name} » est tenu par {MAILLE_LABELS[fact.maille]} et lu ici par {MAILLE_LABELS[level]} : "
                f"{_way(level, fact.maille)}.",
                line=line.ligne,
            )

    def _rule(self, line: e.LaRegle, level: Maille) -> Iterator[Problem]:
        rule = self.rules.get(line.regle)
        if rule is None:
            sentence = f"la règle « {line.regle} » n'existe pas dans ce pack."
            yield Problem("regle-inconnue", sentence, line=line.ligne)
        elif rule.maille is not level:
            yield Problem(
                "maille",
                f"la règle « {rule.id} » s'applique à {MAILLE_LABELS[rule.maille]} et est lue ici par "
                f"{MAILLE_LABELS[level]} : {_way(level, rule.maille)}.",
                line=line.ligne,
            )

    def _there(self, line: e.Chez, level: Maille) -> Iterator[Problem]:
        if line.chez == "porteur":
            if level is not Maille.PROJET:
                yield Problem("maille", "seul un projet a un porteur.", line=line.ligne)
            yield from self.read(line.si, Maille.FINESS_PMSI)
            return
        there = Maille(line.chez)
        if level is Maille.PROJET:
            sentence = "un projet n'a pas de rattachement : passez par « chez: porteur » ou « sur: perimetre »."
            yield Problem("maille", sentence, line=line.ligne)
        elif DEPTH[there] > DEPTH[level]:
            sentence = f"« chez » remonte : depuis {MAILLE_LABELS[level]}, on ne descend pas à {MAILLE_LABELS[there]}."
            yield Problem("maille", f"{sentence} Parcourez « sur: membres ».", line=line.ligne)
        yield from self.read(line.si, there)

    def _walked(self, line: Walked, level: Maille) -> Iterator[Problem]:
        below = line.maille or (Maille.FINESS_PMSI if line.sur is e.Sur.PERIMETRE else Maille(BELOW.get(level, "eg")))
        if line.sur is e.Sur.PERIMETRE and below is not Maille.FINESS_PMSI:
            yield Problem("maille", "un périmètre est fait de FINESS PMSI.", line=line.ligne)
        elif line.sur is e.Sur.MEMBRES and (
            below is Maille.PROJET or (level in DEPTH and DEPTH[below] <= DEPTH[level]) or level is Maille.EG
        ):
            sentence = f"{MAILLE_LABELS[below]} n'est pas en dessous de {MAILLE_LABELS[level]}."
            yield Problem("maille", sentence, line=line.ligne)
        if isinstance(line, e.Somme | e.PartPonderee):
            name = line.fait if isinstance(line, e.Somme) else line.poids
            yield from self._fact(name, below, line)
            yield from self._number(name, line)
        if not isinstance(line, e.Somme):
            yield from self.read(line.si, below)
        if isinstance(line, e.Compte | e.Somme | e.PartPonderee):
            yield from _bounds(line.test, line)

    def _number(self, name: str, line: e.Somme | e.PartPonderee) -> Iterator[Problem]:
        fact = self.facts.get(name)
        if fact is None:
            return
        if fact.type is not e.TypeFait.NOMBRE:
            yield Problem("type", f"le fait « {name} » n'est pas un nombre : il ne se somme pas.", line=line.ligne)
        elif isinstance(line, e.PartPonderee) and (fact.min is None or fact.min < 0):
            sentence = f"le fait « {name} » pèse une part : il lui faut « min: 0 » au moins."
            yield Problem("poids-negatif", sentence, line=line.ligne)

    def _test(self, test: e.Test, fact: e.Fait | None, line: Line) -> Iterator[Problem]:
        if fact is None:
            return
        used = {name for name in e.Test.__slots__ if getattr(test, name) not in (None, ())}
        wrong = used - _ALLOWED[fact.type]
        if wrong:
            sentence = f"« {', '.join(sorted(wrong))} » ne compare pas {_TYPES[fact.type]} (« {fact.id} »)."
            yield Problem("type", sentence, line=line.ligne)
            return
        for name in ("vaut", "differe"):
            value = getattr(test, name)
            if value is not None and not _fits(fact, value):
                yield Problem("type", f"le fait « {fact.id} » ne peut pas valoir « {value} ».", line=line.ligne)
        for choice in test.parmi:
            if not _fits(fact, choice):
                yield Problem("type", f"« {choice} » n'est pas un choix du fait « {fact.id} ».", line=line.ligne)
        if fact.type is e.TypeFait.NOMBRE:
            yield from _bounds(test, line)
        if fact.type is e.TypeFait.DATE:
            yield from self._days(test, line)

    def _days(self, test: e.Test, line: Line) -> Iterator[Problem]:
        for name in ("avant", "au_plus_tard", "apres", "a_partir_du"):
            day = getattr(test, name)
            if not isinstance(day, e.Jalon):
                continue
            found = self.milestones.get(day.jalon)
            if found is None:
                sentence = f"le jalon « {day.jalon} » n'est pas dans `calendrier`."
                yield Problem("jalon-inconnu", sentence, line=line.ligne)
            elif found.fin is None:
                sentence = f"le jalon « {day.jalon} » n'a pas de jour : la règle restera inconnue."
                yield Problem("jalon-sans-jour", sentence, line=line.ligne, warning=True)
        low = max((day for day in (test.apres, test.a_partir_du) if isinstance(day, date)), default=None)
        high = min((day for day in (test.avant, test.au_plus_tard) if isinstance(day, date)), default=None)
        if low and high and low > high:
            yield Problem("dates", f"aucun jour n'est à la fois après {low} et avant {high}.", line=line.ligne)


def _fits(fact: e.Fait, value: object) -> bool:
    if fact.type is e.TypeFait.BOOLEEN:
        return isinstance(value, bool)
    if fact.type is e.TypeFait.NOMBRE:
        return not isinstance(value, bool | str)
    if fact.type is e.TypeFait.CHOIX:
        return any(one.id == value for one in fact.choix)
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _bounds(test: e.Test, line: Line) -> Iterator[Problem]:
    lows = [value for value in (test.ge, test.gt, test.entre[0] if test.entre else None) if value is not None]
    highs = [value for value in (test.le, test.lt, test.entre[1] if test.entre else None) if value is not None]
    equal = test.vaut is not None
    if not (lows or highs or equal or test.differe is not None):
        yield Problem("sans-comparaison", "à quoi comparer ce nombre ? (lt, le, gt, ge, vaut, entre)", line=line.ligne)
    if equal and isinstance(test.vaut, bool | str):
        yield Problem("type", f"« {test.vaut} » n'est pas un nombre.", line=line.ligne)
    if lows and highs and max(lows) > min(highs):
        sentence = f"seuils à l'envers : aucun nombre n'est au moins {max(lows)} et au plus {min(highs)}."
        yield Problem("seuils", sentence, line=line.ligne)


def _way(level: Maille, there: Maille) -> str:
    if level is Maille.PROJET:
        return "écrivez « chez: porteur » ou « sur: perimetre »"
    if there is Maille.PROJET:
        return "mettez-le dans une règle de maille projet (`recevabilite`)"
    if DEPTH[there] < DEPTH[level]:
        return f"écrivez « chez: {there} »"
    return f"parcourez « sur: membres, maille: {there} »"


def _roles(pack: Pack) -> Iterator[Problem]:
    """Eligibility is asked of the applicant, admissibility of the project."""
    rules = {rule.id: rule for rule in pack.regles}
    asked = [(pack.eligibilite, pack.ligne), *((theme.eligibilite, theme.ligne) for theme in pack.themes)]
    for name, line in asked:
        rule = rules.get(name or "")
        if rule is not None and pack.maille is not None and rule.maille is not pack.maille:
            yield Problem(
                "maille",
                f"on candidate par {MAILLE_LABELS[pack.maille]} ; la règle d'éligibilité « {rule.id} » s'applique à "
                f"{MAILLE_LABELS[rule.maille]}.",
                line=line,
            )


def _weights(pack: Pack) -> Iterator[Problem]:
    facts = {fact.id: fact for fact in pack.faits}
    for rule in pack.regles:
        for one in parts(rule.si):
            if isinstance(one, e.PartPonderee) and one.poids in facts:
                fact = facts[one.poids]
                if fact.min is None or fact.min < 0:
                    yield Problem("poids-negatif", "", line=one.ligne)


def _unused(pack: Pack) -> Iterator[Problem]:
    read = {name for rule in pack.regles for name, _ in facts_read(rule.si)}
    table = pack.financement.plafonds if pack.financement else None
    read |= {table.fait} if table else set()
    read |= {grid.consolidation.poids for grid in pack.grilles if grid.consolidation and grid.consolidation.poids}
    for fact in pack.faits:
        if fact.id not in read:
            yield Problem("fait-muet", f"aucune règle ne lit le fait « {fact.id} ».", line=fact.ligne, warning=True)
    tested = _tested(pack)
    for rule in pack.regles:
        if rule.id not in tested:
            sentence = f"aucun cas d'essai ne passe par la règle « {rule.id} »."
            yield Problem("sans-cas", sentence, line=rule.ligne, warning=True)


def _tested(pack: Pack) -> set[str]:
    """The rules that cases ask about, and those that these refer to."""
    todo: list[str] = []
    for case in pack.cas:
        for expected in case.attendu:
            theme = None if expected.eligibilite == "pack" else expected.eligibilite
            asked = expected.regle or (pack.eligibility(theme) if expected.eligibilite else None)
            todo += [asked] if asked else []
    read = {rule.id: [name for name, _ in rules_read(rule.si)] for rule in pack.regles}
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += read.get(name, [])
    return found
