"""Small random rules, graphs and facts for the engine of packs, and a brute-force reading of what would decide."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, product

from hypothesis import strategies as st

from archipel.programmes.packs.rules.comparisons import accepts
from archipel.programmes.packs.rules.engine import Engine, Outcome
from archipel.programmes.packs.rules.network import Projet, Reseau
from archipel.programmes.packs.values import expressions as e
from archipel.programmes.packs.values.base import Maille, Nature, Periode, Source
from archipel.programmes.packs.values.outcomes import Donnee
from archipel.programmes.packs.values.pack import Pack

TODAY = date(2026, 5, 29)
SOURCE = Source(ref="S", paragraphe="p")
GHT, EJ_A, EJ_B = ("ght", "g"), ("ej", "a"), ("ej", "b")
P1, P2, P3 = ("finess_pmsi", "p1"), ("finess_pmsi", "p2"), ("finess_pmsi", "p3")
PROJECT = ("projet", "x")
LINKS = [(EJ_A, GHT), (EJ_B, GHT), (P1, EJ_A), (P2, EJ_A), (P3, EJ_B)]
NETWORK = Reseau.build(LINKS, [Projet(PROJECT, P1, (P1, P2))])
ENTITIES = {"ght": [GHT], "ej": [EJ_A, EJ_B], "finess_pmsi": [P1, P2, P3], "projet": [PROJECT]}


def fact(name: str, kind: str, level: str, **more: object) -> e.Fait:
    return e.Fait(id=name, type=e.TypeFait(kind), maille=Maille(level), libelle=name, source=SOURCE, **more)


CHOICES = tuple(e.Choix(id=one, libelle=one) for one in ("public", "espic", "prive"))
FACTS = [
    fact("bg", "booleen", "ght"), fact("be", "booleen", "ej"), fact("bp", "booleen", "finess_pmsi"),
    fact("bq", "booleen", "finess_pmsi"), fact("bx", "booleen", "projet"), fact("ce", "choix", "ej", choix=CHOICES),
    fact("np", "nombre", "finess_pmsi", min=0), fact("mp", "nombre", "finess_pmsi", min=0, max=3, min_exclu=True),
    fact("dp", "date", "finess_pmsi"),
]  # fmt: skip
BY_ID = {one.id: one for one in FACTS}
SAMPLES = {
    "booleen": [False, True],
    "choix": ["public", "espic", "prive"],
    "date": [TODAY + timedelta(days=step) for step in (-2, -1, 0, 1, 2)],
    "nombre": [Decimal(step) / 4 for step in range(13)],
}
NEAR = [Decimal(one) / 100 for one in (1, *range(5, 100, 5), 24, 99, 101, 199, 201, 299, 350, 400)]
FINE = sorted({*SAMPLES["nombre"], *NEAR, Decimal("0.125"), 10, 50})
"""Numbers enough for two unknown ones to meet, or miss, any constraint of these rules."""
LIMITS = st.sampled_from([1, 2, 3])


def samples(name: str) -> list[object]:
    found = BY_ID[name]
    return [one for one in SAMPLES[found.type.value] if accepts(found, one)]


def _numeric(draw: st.DrawFn) -> e.Test:
    op = draw(st.sampled_from(["ge", "gt", "le", "lt", "vaut", "entre"]))
    limit = draw(LIMITS)
    return e.Test(entre=(limit, limit + 1)) if op == "entre" else e.Test(**{op: limit})


@st.composite
def leaves(draw: st.DrawFn, level: str) -> e.Expression:
    """A comparison of a fact of that level."""
    name = draw(st.sampled_from([one.id for one in FACTS if one.maille == level]))
    kind = BY_ID[name].type
    if kind is e.TypeFait.BOOLEEN:
        test = e.Test(vaut=draw(st.booleans()))
    elif kind is e.TypeFait.CHOIX:
        one = draw(st.sampled_from(["public", "espic"]))
        test = draw(st.sampled_from([e.Test(vaut=one), e.Test(parmi=("public", "prive")), e.Test(differe=one)]))
    elif kind is e.TypeFait.DATE:
        op = draw(st.sampled_from(["avant", "au_plus_tard", "apres", "a_partir_du"]))
        day = draw(st.sampled_from([TODAY, e.Ecart(evaluation=-1), TODAY + timedelta(days=1)]))
        test = e.Test(**{op: day})
    else:
        test = draw(st.one_of(st.builds(lambda limit: e.Test(differe=limit), LIMITS), st.just(_numeric(draw))))
    return e.LeFait(fait=name, test=test)


@st.composite
def expressions(draw: st.DrawFn, level: str, depth: int) -> e.Expression:
    """A condition of that level."""
    if depth == 0:
        return draw(leaves(level))
    deeper = expressions(level, depth - 1)
    shapes = ["leaf", "tout", "un", "non"]
    summed = ["somme", "part", "compte"]
    shapes += {"ght": ["ej", *summed], "ej": ["up", "pmsi", *summed], "finess_pmsi": ["up", "high"],
               "projet": ["bearer", "pmsi", *summed]}[level]  # fmt: skip
    shape = draw(st.sampled_from(shapes))
    if shape == "leaf":
        return draw(leaves(level))
    if shape in ("tout", "un"):
        items = tuple(draw(st.lists(deeper, min_size=2, max_size=3)))
        return e.Tout(items=items) if shape == "tout" else e.Un(items=items)
    if shape == "non":
        return e.Non(item=draw(deeper))
    if shape in ("up", "high", "bearer"):
        there = {"up": {"ej": "ght", "finess_pmsi": "ej"}.get(level, ""), "high": "ght", "bearer": "porteur"}[shape]
        inside = draw(expressions("finess_pmsi" if there == "porteur" else there, depth - 1))
        return e.Chez(chez=there, si=inside)
    return _aggregate(draw, level, depth, shape)


def _aggregate(draw: st.DrawFn, level: str, depth: int, shape: str) -> e.Expression:
    over = e.Sur.PERIMETRE if level == "projet" else e.Sur.MEMBRES
    if shape in ("ej", "pmsi"):
        inside = draw(expressions("ej" if shape == "ej" else "finess_pmsi", depth - 1))
        return draw(st.sampled_from([e.Tous, e.AuMoinsUn]))(sur=over, si=inside)
    below = {"ght": Maille.FINESS_PMSI}.get(level)
    if shape == "somme":
        return e.Somme(sur=over, maille=below, fait=draw(st.sampled_from(["np", "mp"])), test=_numeric(draw))
    inside = draw(expressions("finess_pmsi", depth - 1))
    if shape == "compte":
        return e.Compte(sur=over, maille=below, si=inside, test=_numeric(draw))
    op = draw(st.sampled_from(["ge", "gt", "lt", "le"]))
    share = draw(st.sampled_from([Decimal("0.5"), Decimal("0.66"), 1, 0]))
    weight = draw(st.sampled_from(["np", "mp"]))
    return e.PartPonderee(sur=over, maille=below, si=inside, poids=weight, test=e.Test(**{op: share}))


def pack_of(*rules: tuple[str, str, e.Expression], facts: list[e.Fait] = FACTS, **more: object) -> Pack:
    """A pack of these rules: (id, level, condition)."""
    return Pack(
        pack="essai", version="1", nature=Nature.CADRE, titre="Essai", porteur="x", publie_le=TODAY,
        valide=Periode(du=TODAY), sources=(), faits=tuple(facts),
        regles=tuple(
            e.Regle(id=name, libelle=name, maille=Maille(level), source=SOURCE, si=line) for name, level, line in rules
        ),
        **more,
    )  # fmt: skip


@st.composite
def situations(draw: st.DrawFn, doubled: bool = False) -> tuple[str, Engine, dict]:
    """The level of a rule, the engine of a pack that holds it, and some facts (some contradictory)."""
    level = draw(st.sampled_from(["ght", "ej", "finess_pmsi", "projet"]))
    inner = draw(expressions(level, 1))
    outer = draw(st.sampled_from(["alone", "and", "or", "not"]))
    line = draw(expressions(level, 2))
    reference = e.LaRegle(regle="inner")
    line = {
        "alone": line, "and": e.Tout(items=(reference, line)), "or": e.Un(items=(line, reference)),
        "not": e.Un(items=(e.Non(item=reference), line)),
    }[outer]  # fmt: skip
    engine = Engine(pack_of(("rule", level, line), ("inner", level, inner)))
    facts = {}
    for name, found in BY_ID.items():
        for entity in ENTITIES[found.maille]:
            chosen = draw(st.sampled_from(["missing", "known", "known", "double" if doubled else "known"]))
            values = st.sampled_from(samples(name))
            if chosen == "known":
                facts[name, entity] = (Donnee(draw(values), "essai", TODAY),)
            elif chosen == "double":
                facts[name, entity] = (Donnee(draw(values), "un"), Donnee(draw(values), "deux"))
    return level, engine, facts


def evaluate(engine: Engine, level: str, facts: dict) -> Outcome:
    return engine.run(NETWORK, facts, TODAY).outcome("rule", ENTITIES[level][0])


def open_cells(outcome: Outcome) -> list:
    """The facts read that are missing or contradictory."""
    found = {leaf.cell for leaf in outcome.because.leaves() if leaf.cell and (not leaf.data or leaf.contradictory)}
    return sorted(found)


def choices(cell: tuple, facts: dict) -> list[object]:
    """The values that a fact may turn out to have."""
    stated = facts.get(cell, ())
    if stated:
        return [one.valeur for one in stated]
    found = BY_ID[cell[0]]
    return [one for one in FINE if accepts(found, one)] if found.type is e.TypeFait.NOMBRE else samples(cell[0])


def decides(engine: Engine, level: str, facts: dict, cells: tuple) -> set[bool]:
    """The answers that some values of these facts, alone, give for sure."""
    found: set[bool] = set()
    for values in product(*(choices(cell, facts) for cell in cells)):
        told = {**facts, **{cell: (Donnee(value),) for cell, value in zip(cells, values, strict=True)}}
        answer = evaluate(engine, level, told).because.value
        if answer is not None:
            found.add(answer)
            if len(found) == 2:
                break
    return found


def smallest_sets(engine: Engine, level: str, facts: dict, cells: list) -> dict[str, set[frozenset]]:
    """By brute force: the smallest sets that decide, for either answer and for each."""
    kept: dict[str, list[frozenset]] = {"decider": [], "oui": [], "non": []}
    for size in range(1, len(cells) + 1):
        for chosen in combinations(cells, size):
            one = frozenset(chosen)
            if all(any(other <= one for other in found) for found in (kept["oui"], kept["non"])):
                continue
            answers = decides(engine, level, facts, chosen)
            for name, told in (("decider", bool(answers)), ("oui", True in answers), ("non", False in answers)):
                if told and not any(other <= one for other in kept[name]):
                    kept[name].append(one)
    return {name: set(found) for name, found in kept.items()}
