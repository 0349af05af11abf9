"""The engine of three-valued rules, held to what it promises."""

from __future__ import annotations

from itertools import product

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from archipel.programmes.packs.rules.engine import Engine
from archipel.programmes.packs.values.outcomes import Donnee, Verdict
from tests.factories.packs_rules import choices, evaluate, open_cells, samples, situations, smallest_sets

BRUTE = settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
"""Brute force tries a grid of numbers: the same examples each time, chosen where the grid is fine enough."""


@settings(max_examples=150, deadline=None)
@given(situations(), st.randoms(use_true_random=False))
def test_a_new_fact_never_turns_yes_into_no(situation: tuple, random) -> None:
    """Kleene's monotonicity: what is decided stays so, whatever else is learnt."""
    level, engine, facts = situation
    before = evaluate(engine, level, facts)
    for cell in open_cells(before):
        facts = {**facts, cell: (Donnee(random.choice(samples(cell[0]))),)}
        after = evaluate(engine, level, facts)
        if before.value is not Verdict.INCONNU:
            assert after.value is before.value
        before = after
    assert not open_cells(before)


@settings(max_examples=100, deadline=None)
@given(situations())
def test_an_answer_known_is_that_of_every_completion(situation: tuple) -> None:
    level, engine, facts = situation
    outcome = evaluate(engine, level, facts)
    cells = open_cells(outcome)
    assume(len(cells) <= 3 and outcome.value is not Verdict.INCONNU)
    for values in product(*(samples(cell[0])[::3] for cell in cells)):
        told = {**facts, **{cell: (Donnee(value),) for cell, value in zip(cells, values, strict=True)}}
        assert evaluate(engine, level, told).value is outcome.value


@BRUTE
@given(situations())
def test_the_smallest_sets_are_those_of_brute_force(situation: tuple) -> None:
    """Sufficient, minimal and none forgotten."""
    compare(*situation)


@BRUTE
@given(situations(doubled=True))
def test_contradictory_facts_are_facts_to_settle(situation: tuple) -> None:
    compare(*situation)


def compare(level: str, engine: Engine, facts: dict) -> None:
    outcome = evaluate(engine, level, facts)
    cells = open_cells(outcome)
    assume(outcome.value is Verdict.INCONNU and sum(cell[0] in ("np", "mp") for cell in cells) <= 2 and len(cells) <= 5)
    found = outcome.deciding
    assert found.complet
    expected = smallest_sets(engine, level, facts, cells)
    assert {"decider": set(found.decider), "oui": set(found.oui), "non": set(found.non)} == expected


@settings(max_examples=150, deadline=None)
@given(situations(doubled=True))
def test_a_contradiction_decides_only_when_its_values_agree(situation: tuple) -> None:
    level, engine, facts = situation
    outcome = evaluate(engine, level, facts)
    doubled = sorted(cell for cell in open_cells(outcome) if cell in facts)
    assert set(outcome.contradictions) == set(doubled)
    assume(0 < len(doubled) <= 4)
    answers = set()
    for values in product(*(choices(cell, facts) for cell in doubled)):
        told = {**facts, **{cell: (Donnee(value),) for cell, value in zip(doubled, values, strict=True)}}
        answers.add(evaluate(engine, level, told).value)
    assert outcome.value is (answers.pop() if len(answers) == 1 else Verdict.INCONNU)


@settings(max_examples=60, deadline=None)
@given(situations())
def test_the_explanation_says_no_more_than_was_read(situation: tuple) -> None:
    level, engine, facts = situation
    outcome = evaluate(engine, level, facts)
    for leaf in outcome.because.leaves():
        assert leaf.data == facts.get(leaf.cell, ())
    assert outcome.because.expr.rule == "rule"
    assert outcome.because.verdict is outcome.value
