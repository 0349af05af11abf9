"""Two searches for what must be learnt of a sum: in whole numbers where terms read different facts, general else."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.programmes.packs.rules.comparisons import Interval
from archipel.programmes.packs.rules.feasible import satisfiable
from archipel.programmes.packs.rules.implicants import NOTHING, Implicant
from archipel.programmes.packs.rules.linear import Edge
from archipel.programmes.packs.rules.reaching import Choice, Reach
from archipel.programmes.packs.values.outcomes import Cellule

RANGES = (
    (Interval(0, None),),
    (Interval(0, 3, True, False), Interval(3, 7, True, True)),
    (Interval(2, 2), Interval(5, 5)),
    (Interval(None, 4),),
)
NUMBERS = st.fractions(min_value=-3, max_value=3, max_denominator=6)


def merge(left: Implicant, right: Implicant) -> Implicant | None:
    assert not set(left.masks) & set(right.masks)
    return Implicant({**left.masks, **right.masks})


@st.composite
def sums(draw: st.DrawFn) -> tuple[list[list[Choice]], dict[Cellule, tuple[Interval, ...]]]:
    """Terms that read different facts: nothing, a condition of one fact or two, a number, or both may be learnt."""
    terms, pieces = [], {}
    for rank in range(draw(st.integers(1, 7))):
        cells: list[Cellule] = [(name, ("ej", f"{rank}")) for name in ("a", "b", "n")]
        pieces[cells[2]] = draw(st.sampled_from(RANGES))
        bare = Choice(NOTHING, Edge(draw(NUMBERS), draw(st.booleans())))
        term = [bare] if draw(st.booleans()) or rank else []
        if draw(st.booleans()):
            term.append(Choice(Implicant({cells[0]: 1}), Edge(draw(NUMBERS), draw(st.booleans()))))
        if draw(st.booleans()):
            term.append(Choice(Implicant({cells[0]: 2, cells[1]: 1}), Edge(draw(NUMBERS), False)))
        if draw(st.booleans()):
            mask = draw(st.integers(1, (1 << len(pieces[cells[2]])) - 1))
            factor = draw(NUMBERS.filter(bool))
            term.append(Choice(Implicant({cells[2]: mask}), Edge(Fraction(0), False), (cells[2], factor)))
        terms.append(term or [bare])
    return terms, pieces


@settings(max_examples=250, deadline=None)
@given(sums(), NUMBERS, st.booleans(), st.booleans(), st.integers(1, 8))
def test_both_searches_find_the_same(
    drawn: tuple[list[list[Choice]], dict[Cellule, tuple[Interval, ...]]], goal: Fraction, strict: bool, every: bool,
    size: int,
) -> None:  # fmt: skip
    terms, pieces = drawn
    fast, slow = (Reach(terms, goal, strict, every, merge, pieces.__getitem__) for _ in range(2))
    assert fast.apart and not fast.bound
    slow.bound = True
    found, complete = fast.search(size)
    expected, whole = slow.search(size)
    assert found == expected
    assert complete or not whole
    for one in found:
        assert not one.linear or satisfiable(one.linear, one.masks, pieces.__getitem__)
