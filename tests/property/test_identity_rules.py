"""Identity: traits and merges are functions of the set of assertions, whatever the order of arrival."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archipel.identity.rules import (
    EMPTY_TRAITS,
    MergeDecision,
    MergeEdge,
    TraitState,
    best_ins,
    decided_edges,
    join_traits,
    merge_traits,
    resolve,
    statut_ins,
)
from archipel.identity.values import IdentityAssertion, InsAssertion, MergeAssertion, StatutIns

STAMPS = st.integers(0, 9).map(lambda n: f"2026010{n}")
INS = st.builds(
    InsAssertion, st.sampled_from(("1" * 13, "2" * 13)), st.just("00"), st.just("oid"), st.booleans(), st.booleans()
)
VALUES = st.none() | st.sampled_from(("", "MARTIN", "PETIT"))
ASSERTIONS = st.lists(
    st.builds(
        IdentityAssertion,
        st.just("GAM|P1"),
        STAMPS,
        st.dictionaries(st.sampled_from(("nom_naissance", "prenom", "sexe")), VALUES),
        st.none() | INS,
    ),
    max_size=8,
)
PATIENTS = st.sampled_from("ABCDEF")
EDGES = st.lists(st.builds(MergeEdge, PATIENTS, PATIENTS, STAMPS, st.booleans()), max_size=9)


def fold(assertions: list[IdentityAssertion], state: TraitState = EMPTY_TRAITS) -> TraitState:
    for assertion in assertions:
        state = merge_traits(state, assertion)
    return state


@given(ASSERTIONS, st.data())
def test_traits_ignore_order_and_duplication(assertions, data):
    extra = data.draw(st.lists(st.sampled_from(assertions), max_size=3)) if assertions else []
    assert fold(data.draw(st.permutations(assertions + extra))) == fold(assertions)


@given(ASSERTIONS, ASSERTIONS, ASSERTIONS)
def test_states_join_as_a_semilattice(a, b, c):
    one, two, three = fold(a), fold(b), fold(c)
    assert join_traits(one, two) == join_traits(two, one) == fold(a + b)
    assert join_traits(one, one) == one
    assert join_traits(join_traits(one, two), three) == join_traits(one, join_traits(two, three))


@given(ASSERTIONS)
def test_the_latest_assertion_stands(assertions):
    last = IdentityAssertion("GAM|P1", "29990101", {"prenom": None, "sexe": "F"})
    state = fold([last, *assertions])
    assert state.value("prenom") == ""
    assert state.fields["prenom"] == (None, "29990101")
    assert state.value("sexe") == "F"


def test_the_status_is_derived_from_the_two_facts():
    ins = InsAssertion("1" * 13, "00", "oid", False, False)
    assert statut_ins(None) is StatutIns.PROV
    assert statut_ins(ins) is StatutIns.PROV
    assert statut_ins(replace(ins, piece_verifiee=True)) is StatutIns.VALI
    assert statut_ins(replace(ins, recupere=True)) is StatutIns.RECUP
    assert statut_ins(replace(ins, recupere=True, piece_verifiee=True)) is StatutIns.QUAL


@given(st.lists(st.tuples(INS, STAMPS), max_size=6), st.randoms())
def test_the_best_ins_is_the_strongest_whatever_the_order(candidates, random):
    mixed = list(candidates)
    random.shuffle(mixed)
    best = best_ins(candidates)
    assert best == best_ins(mixed)
    if best is not None and any(i.recupere and i.piece_verifiee for i, _ in candidates):
        assert statut_ins(best) is StatutIns.QUAL


@given(EDGES, st.data())
def test_representatives_are_a_function_of_the_set(edges, data):
    answer = resolve(edges)
    assert resolve(data.draw(st.permutations(edges + edges[:3]))) == answer
    for patient, representative in answer.items():
        assert answer[representative] == representative, patient
    undone = {(e.loser, e.survivor, e.stamp) for e in edges if e.undone}
    for edge in edges:
        if (edge.loser, edge.survivor, edge.stamp) not in undone:
            assert answer[edge.loser] == answer[edge.survivor]


@given(EDGES, PATIENTS, PATIENTS)
def test_undoing_a_merge_restores_what_was(edges, loser, survivor):
    before = resolve(edges)
    undone = resolve([*edges, MergeEdge(loser, survivor, "30", False), MergeEdge(loser, survivor, "30", True)])
    assert {p: undone[p] for p in before} == before


def test_chains_circles_and_two_survivors():
    chain = resolve([MergeEdge("A", "B", "1"), MergeEdge("B", "C", "2")])
    assert chain == {"A": "C", "B": "C", "C": "C"}
    told_late = resolve([MergeEdge("A", "B", "2"), MergeEdge("B", "C", "1")])
    assert told_late == chain
    circle = [MergeEdge("A", "B", "1"), MergeEdge("B", "A", "2")]
    assert resolve(circle) == {"A": "A", "B": "A"}
    assert resolve([*circle, replace(circle[1], undone=True)]) == {"A": "B", "B": "B"}
    assert resolve([MergeEdge("A", "B", "1"), MergeEdge("A", "C", "2")]) == {"A": "C", "B": "C", "C": "C"}
    assert resolve([MergeEdge("A", "A", "1")]) == {"A": "A"}


def test_the_latest_decision_on_a_pair_holds_against_the_sender():
    told = [MergeAssertion("A", "B", "1", "A40"), MergeAssertion("A", "B", "3", "A40")]
    undo, restore = MergeDecision("A", "B", True, 1), MergeDecision("A", "B", False, 2)
    assert resolve(decided_edges(told))["A"] == "B"
    assert resolve(decided_edges(told, [undo]))["A"] == "A"
    assert resolve(decided_edges(told, [restore, undo]))["A"] == "B"
