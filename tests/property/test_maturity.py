"""Maturity: bands are monotonous, unknowns are bounded by what they may become, and no plan beats the least effort."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from archipel.programmes.maturity.rules.bands import banded, rounded, scale_problems
from archipel.programmes.maturity.rules.consolidation import Pese, Porteur, consolidate, share
from archipel.programmes.maturity.rules.cover import Option, cover
from archipel.programmes.maturity.rules.effort import (
    But,
    Entite,
    Lot,
    Pas,
    Point,
    Probleme,
    goal_reached,
    plan_problems,
)
from archipel.programmes.maturity.rules.ledger import Fact, alive, standing
from archipel.programmes.maturity.rules.levels import assess
from archipel.programmes.maturity.rules.solve import least_effort
from archipel.programmes.maturity.values import Agregation, Arrondi, Etat, Mesure, Niveau, Verdict
from tests.factories.maturity import DELAI, DIRECTE, INVERSE, small_grid

VALUES = st.fractions(0, 100, max_denominator=400)


@given(VALUES, VALUES, st.sampled_from(Arrondi))
def test_more_is_never_a_lower_level_nor_a_higher_one_upside_down(a: F, b: F, how: Arrondi) -> None:
    low, high = sorted((a, b))
    for scale, sense in ((DIRECTE, 1), (INVERSE, -1), (DELAI, -1)):
        scale = replace(scale, arrondi=how)
        first, second = banded(scale, low), banded(scale, high)
        assert first is not None and second is not None
        assert first * sense <= second * sense


@given(st.fractions(-1000, 1000, max_denominator=1000))
def test_halves_go_up(value: F) -> None:
    whole = rounded(value, Arrondi.DEMI_SUPERIEUR)
    assert F(-1, 2) < whole - value <= F(1, 2)
    assert rounded(value, Arrondi.INFERIEUR) <= whole <= rounded(value, Arrondi.SUPERIEUR)


@given(st.lists(st.integers(-5, 105), min_size=1, max_size=5))
def test_a_scale_is_accepted_if_and_only_if_each_integer_has_one_level(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), 101]
    bands = tuple(
        replace(DIRECTE.bandes[0], niveau=min(4, rank), bas=low, haut=high - 1)
        for rank, (low, high) in enumerate(itertools.pairwise(edges))
    )
    scale = replace(DIRECTE, bandes=bands)
    pairs = [(b.bas, b.haut) for b in bands if b.bas is not None and b.haut is not None]
    once = all(low <= high for low, high in pairs) and all(
        sum(low <= n <= high for low, high in pairs) == 1 for n in range(101)
    )
    assert (scale_problems(scale, 4) == []) == once


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "proc-1": st.integers(0, 4).map(lambda v: Mesure(Etat.MESUREE, F(v))),
        "couv-1": VALUES.map(lambda v: Mesure(Etat.MESUREE, v)),
        "part-1": VALUES.map(lambda v: Mesure(Etat.MESUREE, v)) | st.just(Mesure(Etat.SANS_OBJET)),
        "delai-1": st.just(Mesure(Etat.NON_MESUREE)) | VALUES.map(lambda v: Mesure(Etat.MESUREE, v)),
        "typo-1": st.integers(0, 9).map(lambda n: Mesure(Etat.MESUREE, categories=(("IDE", n, 9),))),
        "oui-1": st.booleans().map(lambda v: Mesure(Etat.MESUREE, F(v))),
    },
)


@given(ANSWERS, ANSWERS, st.sampled_from(Agregation), st.sampled_from(Agregation))
def test_what_is_answered_later_stays_within_the_bounds(
    now: dict[str, Mesure], later: dict[str, Mesure], rubric: Agregation, whole: Agregation
) -> None:
    later = {key: answer for key, answer in later.items() if answer.etat is not Etat.SANS_OBJET}
    grid = small_grid(rubric, whole)
    before, after = assess(grid, now), assess(grid, later | now)
    for first, second in [
        (before.ensemble, after.ensemble),
        *((before.rubriques[r.id], after.rubriques[r.id]) for r in grid.rubriques),
    ]:
        if first.bas is None or first.haut is None:
            continue
        assert second.bas is not None and second.haut is not None
        assert first.bas <= second.bas <= second.haut <= first.haut


AC = st.none() | st.integers(1, 50).map(F)
LEVELS = st.integers(0, 8).map(lambda v: F(v, 2))


@given(st.lists(st.tuples(AC, LEVELS), min_size=1, max_size=5), st.lists(st.integers(1, 90), min_size=5, max_size=5))
def test_the_group_stays_within_its_bounds_whatever_the_unknown_ac(
    rows: list[tuple[F | None, F]], revealed: list[int]
) -> None:
    found = consolidate([Pese(str(n), ac, Niveau(v, v, 1, 1)) for n, (ac, v) in enumerate(rows)])
    exact = consolidate(
        [Pese(str(n), ac or F(revealed[n]), Niveau(v, v, 1, 1)) for n, (ac, v) in enumerate(rows)]
    ).valeur
    assert found.bas is not None and exact is not None and found.haut is not None
    assert found.bas <= exact <= found.haut
    if found.valeur is not None:
        assert exact == found.valeur


@given(
    st.lists(st.tuples(AC, st.none() | st.booleans()), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(1, 90), st.booleans()), min_size=5, max_size=5),
    st.fractions(F(1, 100), 1, max_denominator=100),
)
def test_a_decided_share_is_never_contradicted(
    rows: list[tuple[F | None, bool | None]], revealed: list[tuple[int, bool]], threshold: F
) -> None:
    carried = [Porteur(str(n), ac, holds) for n, (ac, holds) in enumerate(rows)]
    verdict = share(carried, threshold).verdict
    full = [
        Porteur(p.entite, p.ac or F(revealed[n][0]), revealed[n][1] if p.tient is None else p.tient)
        for n, p in enumerate(carried)
    ]
    exact = share(full, threshold)
    total = sum((p.ac for p in full if p.ac is not None), F(0))
    held = sum((p.ac for p in full if p.ac is not None and p.tient), F(0))
    assert exact.verdict is (Verdict.OUI if held >= threshold * total else Verdict.NON)
    assert verdict in (exact.verdict, Verdict.INCONNU)


# --- least effort


@st.composite
def problems(draw: st.DrawFn) -> Probleme:
    entities = []
    numbers = itertools.count()
    for e in range(draw(st.integers(1, 3))):
        lots = []
        for r in range(draw(st.integers(1, 2))):
            points = []
            for _ in range(draw(st.integers(0, 2))):
                level = draw(st.integers(0, 3))
                efforts = draw(st.lists(st.integers(0, 6).map(lambda n: F(n, 2)), max_size=min(2, 4 - level)))
                points.append(Point(f"i{next(numbers)}", level, tuple(efforts), draw(st.integers(1, 3))))
            lots.append(Lot(f"r{r}", tuple(points), draw(st.integers(1, 2))))
        entities.append(Entite(f"e{e}", F(draw(st.integers(1, 30))), tuple(lots)))
    return Probleme(
        tuple(entities), draw(st.sampled_from(But)), F(draw(st.integers(1, 8)), 2), F(draw(st.integers(1, 10)), 10),
        draw(st.sampled_from(Agregation)), draw(st.sampled_from(Agregation)),
    )  # fmt: skip


def every_way(problem: Probleme) -> Iterator[tuple[F, dict[tuple[str, str], int]]]:
    points = [(e.id, p) for e in problem.entites for lot in e.lots for p in lot.points]
    for levels in itertools.product(*(range(p.niveau, p.plafond + 1) for _, p in points)):
        reached = {(e, p.indicateur): level for (e, p), level in zip(points, levels, strict=True)}
        yield sum((p.cout(level) for (_, p), level in zip(points, levels, strict=True)), F(0)), reached


@settings(max_examples=80, deadline=None)
@given(problems())
def test_no_plan_beats_the_least_effort(problem: Probleme) -> None:
    best = min((cost for cost, reached in every_way(problem) if goal_reached(problem, reached)), default=None)
    plan = least_effort(problem)
    assert plan.possible == (best is not None)
    if best is not None:
        assert plan.effort == best
        assert plan_problems(problem, plan) == []
        assert plan.relachee <= plan.effort


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 900), st.integers(0, 40)), min_size=1, max_size=4), min_size=1, max_size=14
    ),
    st.integers(1, 100),
)
def test_the_cheapest_choice_is_also_that_of_another_solver(rows: list[list[tuple[int, int]]], part: int) -> None:
    classes = [[Option(0, 0), *(Option(gain, cost) for gain, cost in row)] for row in rows]
    need = sum(max(o.gain for o in one) for one in classes) * part // 100
    found = cover(classes, need)
    assert found is not None
    assert sum(o.gain for o in found.options) >= need
    assert all(option in one for option, one in zip(found.options, classes, strict=True))
    assert sum(o.cout for o in found.options) == found.cout == _cp_sat(classes, need)


def _cp_sat(classes: list[list[Option]], need: int) -> int:
    model = cp_model.CpModel()
    pairs = []
    for one in classes:
        picks = [model.new_bool_var("") for _ in one]
        model.add_exactly_one(picks)
        pairs += list(zip(picks, one, strict=True))
    model.add(sum(option.gain * pick for pick, option in pairs) >= need)
    model.minimize(sum(option.cout * pick for pick, option in pairs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


def test_cover_says_when_all_together_is_not_enough() -> None:
    assert cover([[Option(0, 0), Option(3, 1)]], 4) is None


def test_the_check_finds_each_kind_of_false_plan() -> None:
    point = Point("i", 1, (F(2), F(3)))
    problem = Probleme((Entite("e", F(1), (Lot("r", (point,)),)),), But.CHACUN, F(3))
    plan = least_effort(problem)
    assert (plan.effort, plan_problems(problem, plan)) == (5, [])
    step = plan.pas[0]
    for false, said in [
        (replace(plan, pas=()), "somme"),
        (replace(plan, pas=(), effort=F(0)), "pas atteint"),
        (replace(plan, effort=F(4)), "somme"),
        (replace(plan, pas=(replace(step, effort=F(4)),), effort=F(4)), "effort 4 au lieu de 5"),
        (replace(plan, pas=(step, step), effort=F(10)), "deux fois"),
        (replace(plan, pas=(replace(step, a=4),)), "pas possible"),
        (replace(plan, pas=(replace(step, de=0),)), "pas possible"),
        (replace(plan, pas=(Pas("x", "r", "i", 1, 3, F(5)),)), "inconnu"),
    ]:
        assert any(said in problem_said for problem_said in plan_problems(problem, false)), said


@pytest.mark.parametrize("but", But)
def test_what_is_already_reached_costs_nothing(but: But) -> None:
    problem = Probleme((Entite("e", F(1), (Lot("r", (Point("i", 4, ()),)),)),), but, F(3), F(1))
    assert least_effort(problem).effort == 0
    assert not least_effort(replace(problem, niveau=F(5))).possible


# --- the ledger


@st.composite
def ledgers(draw: st.DrawFn) -> list[Fact[str, int]]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        undoes = draw(st.none() | st.integers(0, number - 1)) if number else None
        day = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 5)))
        found.append(
            Fact(number, draw(st.sampled_from("ab")), number, day, datetime(2026, 1, 1 + number, tzinfo=UTC), undoes)
        )
    return found


@given(ledgers(), st.randoms(use_true_random=False))
def test_a_ledger_reads_the_same_in_any_order(facts: list[Fact[str, int]], dice: random.Random) -> None:
    shuffled = list(facts)
    dice.shuffle(shuffled)
    assert standing(facts) == standing(shuffled)


@given(ledgers())
def test_undoing_restores_what_was_before(facts: list[Fact[str, int]]) -> None:
    for fact in alive(facts):
        day, now = date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)
        undo = Fact(100, fact.key, 0, day, now, fact.id)
        assert alive([*facts, undo]) == [f for f in alive(facts) if f.id != fact.id]
        assert alive([*facts, undo, Fact(101, fact.key, 0, day, now, 100)]) == alive(facts)


@given(ledgers(), st.integers(0, 9))
def test_what_was_known_then_does_not_depend_on_what_came_after(facts: list[Fact[str, int]], count: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=count - 1)
    assert standing(facts, known_at=moment) == standing(facts[:count])
