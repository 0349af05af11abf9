"""The best set of projects equals exhaustion up to eight establishments, is certified, and a wrong one is found out."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.kernel.errors import Invalid
from archipel.programmes.funding.rules.portfolio.checker import check
from archipel.programmes.funding.rules.portfolio.instance import Instance, Lock, Whose, checked, digest, frozen, thawed
from archipel.programmes.funding.rules.portfolio.solve import optimise
from tests.factories.portfolio import THEMES, codes, drawn, exhaustive, question

CALM = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SIZES = st.sampled_from(
    [0, 3_500, 6_999, 7_000, 45_000, 57_500, 59_999, 60_000, 76_667, 115_000, 170_000, 229_999, 230_000]
)


def solved(instance: Instance) -> dict[str, Any]:
    return optimise(instance, seconds=20, workers=1)


@st.composite
def instances(draw: st.DrawFn, most: int = 8, options: bool = False) -> Instance:
    sizes = draw(st.lists(SIZES | st.integers(0, 260_000), min_size=1, max_size=most))
    ranks = st.lists(st.integers(0, len(sizes) - 1), max_size=len(sizes))
    everyone = list(range(len(sizes)))
    able = [draw(st.just(everyone) | ranks) for _ in range(draw(st.integers(1, 4)))]
    found = question(sizes, able)
    if not options:
        return found
    rules = replace(
        found.rules,
        distinct_themes=draw(st.booleans()),
        whose=draw(st.sampled_from(Whose)),
        minimum=draw(st.integers(1, 3)),
        per_finess=draw(st.integers(1, 2)),
        at_most=draw(st.none() | st.integers(1, 4)),
    )
    names = codes(len(sizes))
    couples = st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True) if len(names) > 1 else st.nothing()
    apart = tuple(frozenset(pair) for pair in draw(st.lists(couples, max_size=2))) if len(names) > 1 else ()
    themes = [theme.id for theme in found.themes]
    cells = st.tuples(st.sampled_from(names), st.sampled_from(themes))
    barred = frozenset(draw(st.lists(cells, max_size=2)))
    spend = draw(st.none() | st.dictionaries(cells, st.sampled_from([5_000, 20_000, 60_000, 150_000])))
    return replace(found, rules=rules, apart=apart, barred=barred, spend=spend)


@CALM
@given(instances())
def test_it_equals_exhaustion(instance: Instance) -> None:
    found = solved(instance)
    assert found["total"] == found["borne"] == exhaustive(instance)
    assert found["etat"] == "optimal"
    assert found["verification"] == {**found["verification"], "plan": True, "borne": True, "defauts": []}
    assert found["glouton"]["total"] <= found["total"] and (found["seuls"] or 0) <= found["total"]


@CALM
@given(instances(most=5, options=True))
def test_it_equals_exhaustion_with_every_option(instance: Instance) -> None:
    found = solved(instance)
    assert found["total"] == exhaustive(instance)
    assert found["verification"]["plan"] and found["verification"]["borne"], found["verification"]
    assert found["glouton"]["total"] <= found["total"]


@CALM
@given(instances(most=6), st.data())
def test_what_is_imposed_stays(instance: Instance, data: st.DataObject) -> None:
    first = solved(instance)
    if not first["projets"]:
        return
    kept = data.draw(st.sampled_from(first["projets"]))
    lock = Lock(kept["thematique"], frozenset(kept["perimetre"]))
    again = solved(replace(instance, locks=(lock,)))
    assert again["total"] == first["total"], "imposing a project of the best plan loses nothing"
    assert again["verification"]["plan"] and again["verification"]["borne"]
    members = data.draw(st.sets(st.sampled_from(sorted(instance.themes[0].eligible)), min_size=1)) if (
        instance.themes[0].eligible) else set()  # fmt: skip
    if members:
        forced = replace(instance, locks=(Lock(instance.themes[0].id, frozenset(members)),))
        worse = solved(forced)
        assert worse["total"] == exhaustive(forced)
        assert worse["total"] <= first["total"]
        assert any(one["impose"] and set(one["perimetre"]) == members for one in worse["projets"])


@CALM
@given(instances(most=6, options=True))
def test_frozen_inputs_come_back(instance: Instance) -> None:
    body = frozen(instance)
    assert frozen(thawed(body)) == body
    shuffled = replace(instance, parties=tuple(reversed(instance.parties)))
    assert digest(frozen(shuffled)) == digest(body)


# --- the checker


@pytest.fixture(scope="module")
def certified() -> tuple[dict[str, Any], dict[str, Any]]:
    instance = drawn(4, 9)
    return frozen(instance), solved(instance)


def verdict(inputs: dict[str, Any], result: dict[str, Any]) -> Any:
    return check(inputs, result["projets"], result["total"], result["certificat"])


def test_a_plan_that_breaks_a_rule_is_refused(certified: tuple[dict[str, Any], dict[str, Any]]) -> None:
    inputs, result = certified
    assert verdict(inputs, result).optimal
    first = result["projets"][0]
    others = {
        "porteur": {**first, "porteur": "999999999"},
        "vaut": {**first, "montant": first["montant"] + 1},
        "inconnu": {**first, "thematique": "autre"},
        "deux fois": {**first, "perimetre": [*first["perimetre"], first["perimetre"][0]]},
    }
    for word, forged in others.items():
        wrong = copy.deepcopy(result)
        wrong["projets"][0] = forged
        assert any(word in said for said in verdict(inputs, wrong).wrong), word
        assert not verdict(inputs, wrong).plan
    third = copy.deepcopy(result)
    third["projets"] += [first, first]
    third["total"] += 2 * first["montant"]
    said = " ".join(verdict(inputs, third).wrong)
    assert "2 au plus" in said and "projets sur la thématique" in said
    fewer = copy.deepcopy(result)
    fewer["projets"].pop()
    assert "La somme" in " ".join(verdict(inputs, fewer).wrong)


def test_a_plan_that_is_not_the_best_is_not_certified(certified: tuple[dict[str, Any], dict[str, Any]]) -> None:
    inputs, result = certified
    poor = {**result, "projets": result["projets"][:-1], "total": result["total"] - result["projets"][-1]["montant"]}
    found = verdict(inputs, poor)
    assert found.plan and not found.bound and found.proved == result["total"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_forged_certificate_proves_nothing_better(data: st.DataObject) -> None:
    """Whatever price is lowered, the proof fails or proves no less than the truth."""
    inputs, result = CERTIFIED
    forged = copy.deepcopy(result["certificat"])
    leaf = forged["arbre"]
    while "sur" in leaf:
        leaf = leaf[data.draw(st.sampled_from(["au_plus", "au_moins"]))]
    code = data.draw(st.sampled_from(sorted(leaf["u"])))
    leaf["u"][code] = data.draw(st.integers(-5, leaf["u"][code]))
    found = check(inputs, result["projets"], result["total"], forged)
    assert found.proved is None or found.proved >= result["total"]


CERTIFIED = (frozen(drawn(4, 9)), solved(drawn(4, 9)))


@pytest.mark.parametrize("spoil", ["arbre", "groupes", "echelle"])
def test_an_unreadable_certificate_is_said(certified: tuple[dict[str, Any], dict[str, Any]], spoil: str) -> None:
    inputs, result = certified
    wrong = {**result["certificat"], spoil: {"u": 1} if spoil == "arbre" else [] if spoil == "groupes" else "x"}
    found = check(inputs, result["projets"], result["total"], wrong)
    assert found.plan and not found.bound and found.wrong


def test_beyond_twenty_the_certificate_is_checked_by_knapsack() -> None:
    instance = drawn(1, 28)
    result = solved(instance)
    found = check(frozen(instance), result["projets"], result["total"], result["certificat"])
    assert found.optimal, found.wrong
    for code in list(result["certificat"]["arbre"].get("u", {}))[:3]:
        forged = copy.deepcopy(result["certificat"])
        forged["arbre"]["u"][code] = max(0, forged["arbre"]["u"][code] - 30_000)
        assert not check(frozen(instance), result["projets"], result["total"], forged).bound


# --- what cannot be asked


def test_wrong_questions_are_told_in_french() -> None:
    good = question([10_000, 80_000, 200_000, None])
    one, *_, four = codes(4)
    for wrong, words in [
        (replace(good, parties=()), "au moins un établissement"),
        (replace(good, parties=(*good.parties, good.parties[0])), "deux fois"),
        (replace(good, bands=good.bands[1:]), "commence à 7000"),
        (replace(good, locks=(Lock("urgences", frozenset({"999999999"})),)), "999999999 n'est pas dans la liste"),
        (replace(good, locks=(Lock("urgences", frozenset({four})),)), f"combinée de {four} est inconnue"),
        (replace(good, locks=tuple(Lock(t, frozenset({one})) for t in THEMES[:3])), "3 projets"),
        (replace(good, locks=(Lock("rh", frozenset({one})),)), "thématique rh"),
        (replace(good, spend={(one, "urgences"): -1}), "négative"),
        (question([10_000] * 61), "60 au plus"),
        (question([10_000] * 21, minimum=2), "20 au plus avec ces options"),
    ]:
        with pytest.raises(Invalid, match=words):
            checked(wrong)
    with pytest.raises(Invalid, match="n'est pas éligible"):
        checked(replace(question([1, 2], [[0], [0]]), locks=(Lock("urgences", frozenset({codes(2)[1]})),)))


def test_the_words() -> None:
    found = solved(question([120_000, 115_000, 20_000, 5_000, None]))
    said = " ".join(one["pourquoi"] for one in found["projets"])
    assert (
        "au lieu de 85\u202f000 + 85\u202f000 = 170\u202f000\u202f€ séparément, soit 35\u202f000\u202f€ de plus" in said
    )
    assert "franchit 230\u202f000" in said
    assert any("faute d'activité combinée connue : CH 4" in one for one in found["lecons"])
    near = solved(question([120_000, 109_000]))
    assert any("il manque 1\u202f000 points" in one for one in near["presque"])
