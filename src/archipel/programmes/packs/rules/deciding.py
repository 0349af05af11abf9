"""The smallest sets of facts that would decide a rule.

A set of unknown facts decides a rule when some values of these facts, alone, make it yes or no whatever the others
are. Worked out from the explanation, bottom up, as families of partial assignments: a fact restricted to some classes
of its values, and linear constraints on the numbers that sums read. Exact for sets of up to ``MAX_SIZE`` facts, unless
a family holds more than ``MAX_SETS`` (``Manques.complet`` then says so).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from archipel.programmes.packs.rules.comparisons import Bound, Interval
from archipel.programmes.packs.rules.conditions import AllOf, AnyOf, At, Each, FactIs, Named, Not
from archipel.programmes.packs.rules.feasible import satisfiable
from archipel.programmes.packs.rules.implicants import (
    FALSE,
    NEVER,
    NOTHING,
    TRUE,
    Family,
    Implicant,
    prune,
    smallest,
    supports,
)
from archipel.programmes.packs.rules.linear import Edge, Term, Weighed, factors, grouped, term_range
from archipel.programmes.packs.rules.reaching import Choice, Reach
from archipel.programmes.packs.values.outcomes import Cellule, Manques, Parce

if TYPE_CHECKING:
    from archipel.programmes.packs.rules.engine import Run

MAX_SIZE = 16


def missing_sets(run: Run, because: Parce) -> Manques:
    """The smallest sets of unknown facts that would decide an answer that is not known."""
    search = _Search(run, run.engine.repeated.get(because.expr.rule or "", frozenset()))
    family = search.family(because)
    yes, no = supports(family.yes), supports(family.no)
    return Manques(yes if yes == no else smallest([*yes, *no]), yes, no, family.complete)


class _Search:
    """One search: the run, and the facts that the rule may read more than once."""

    def __init__(self, run: Run, repeated: frozenset[str]) -> None:
        self.run, self.repeated = run, repeated

    def family(self, because: Parce) -> Family:
        if because.value is not None:
            return TRUE if because.value else FALSE
        key = (id(because), self.repeated)
        known = self.run.families.get(key)
        if known is None:
            known = self.run.families[key] = (self._made(because), because)
        return known[0]

    def _made(self, because: Parce) -> Family:
        expr = because.expr
        if isinstance(expr, FactIs):
            return self._leaf(because, expr)
        if isinstance(expr, Weighed):
            return self._weighed(because, expr)
        inner = [self.family(child) for child in because.children]
        if not inner:
            return NEVER
        if isinstance(expr, Not):
            return _turned(inner[0])
        if isinstance(expr, Named | At):
            return inner[0]
        if isinstance(expr, AllOf) or (isinstance(expr, Each) and expr.every):
            return self.conjunction(inner)
        assert isinstance(expr, AnyOf | Each)
        turned = self.conjunction([_turned(one) for one in inner])
        return _turned(turned)

    def _leaf(self, because: Parce, expr: FactIs) -> Family:
        assert because.cell is not None
        if because.data:
            met, unmet = expr.masks(self.run, because.data)
        elif expr in self.run.masks:
            met, unmet = self.run.masks[expr]
        else:
            met, unmet = self.run.masks[expr] = expr.masks(self.run, ())
        return Family(
            (Implicant({because.cell: met}),) if met else (), (Implicant({because.cell: unmet}),) if unmet else ()
        )

    def conjunction(self, inner: Sequence[Family]) -> Family:
        """All true, or one false."""
        inner = [one for one in inner if one is not TRUE]
        if len(inner) == 1:
            return inner[0]
        complete = all(one.complete for one in inner)
        yes: list[Implicant] = [NOTHING]
        for one in inner:
            products = [self.merge(left, right) for left in yes for right in one.yes]
            fitting = [found for found in products if found is not None and len(found.masks) <= MAX_SIZE]
            complete = complete and not any(found and len(found.masks) > MAX_SIZE for found in products)
            yes, whole = prune(fitting)
            complete = complete and whole
        no, whole = prune([implicant for one in inner for implicant in one.no])
        return Family(tuple(yes), tuple(no), complete and whole)

    def merge(self, left: Implicant, right: Implicant) -> Implicant | None:
        """Both at once; None when no values do."""
        masks = dict(left.masks)
        for cell, mask in right.masks.items():
            kept = masks.get(cell, mask) & mask
            if not kept:
                return None
            masks[cell] = kept
        linear = tuple(dict.fromkeys(left.linear + right.linear))
        if linear and left.masks and right.masks and not satisfiable(linear, masks, self.pieces):
            return None
        return Implicant(masks, linear)

    def pieces(self, cell: Cellule) -> tuple[Interval, ...]:
        """Where the number of a cell may lie, in the order of the bits of its mask."""
        fact = self.run.engine.facts[cell[0]]
        return self.run.pieces(fact, self.run.facts.get(cell, ()))

    def _weighed(self, because: Parce, expr: Weighed) -> Family:
        terms = grouped(expr.terms(self.run, because))
        if not terms:
            return NEVER
        read = {leaf.cell[0] for leaf in because.leaves() if leaf.cell}
        every = bool(read & self.repeated)
        families = []
        for limit in expr.limits:
            contrary = Bound(-limit.sign, limit.limit, not limit.strict)
            yes, whole_yes = self._reach(terms, limit, expr, every)
            no, whole_no = self._reach(terms, contrary, expr, every)
            families.append(Family(yes, no, whole_yes and whole_no))
        return self.conjunction(families)

    def _reach(self, terms: list[Term], limit: Bound, expr: Weighed, every: bool) -> tuple[tuple[Implicant, ...], bool]:
        """The partial assignments under which the sum meets the limit for sure."""
        offset, goal = expr.offset(limit), expr.goal(limit)
        multiplied = factors(limit.sign, offset)
        choices = [self._choices(term, limit.sign, offset, multiplied) for term in terms]
        whole = all(complete for _, complete in choices)
        reach = Reach([made for made, _ in choices], goal, limit.strict, every, self.merge, self.pieces)
        found, all_found = reach.search(MAX_SIZE)
        if not every:  # none includes another: the search leaves those out
            return tuple(sorted(found, key=lambda one: (len(one.masks), len(one.linear)))), whole and all_found
        kept, all_kept = prune(found)
        return tuple(kept), whole and all_found and all_kept

    def _choices(
        self, term: Term, sign: int, offset: Fraction, multiplied: tuple[Fraction, Fraction]
    ) -> tuple[list[Choice], bool]:
        """What may be learnt of a term: nothing, its condition, its weight, or both; and the least it is then worth.

        ``multiplied`` is what the weight of a member is multiplied by: when it meets the condition, when it does not.
        """
        full = (1 << len(term.pieces)) - 1
        met, unmet = multiplied
        worth = None if term.weight is None else (met * term.weight, unmet * term.weight)
        known: list[tuple[Implicant, bool | None]] = []
        complete = True
        value = True if term.met is None else term.met.value
        if value is None and term.met is not None:
            family = self.family(term.met)
            complete = family.complete
            known = [(NOTHING, None), *((one, sign > 0) for one in (family.yes if sign > 0 else family.no))]
        else:
            known = [(NOTHING, value)]
        made: list[Choice] = []
        for implicant, held in known:
            factor = min(met, unmet) if held is None else met if held else unmet
            if worth is None:
                least = self._least(_settled(term, held), sign, offset)
            else:
                least = Edge(min(worth) if held is None else worth[not held], False)
            if least.value is not None:
                made.append(Choice(implicant, least, None))
            if term.weight is None and factor != 0 and term.cell is not None:
                merged = self.merge(implicant, Implicant({term.cell: full}))
                if merged is not None:
                    made.append(Choice(merged, Edge(Fraction(0), False), (term.cell, factor)))
        return made, complete

    def _least(self, term: Term, sign: int, offset: Fraction) -> Edge:
        """The least that a term whose weight is not known may be worth; the same for many members."""
        key = (term.pieces, True if term.met is None else term.met.value, sign, offset)
        known = self.run.least.get(key)
        if known is None:
            known = self.run.least[key] = term_range(term, sign, offset)[0]
        return known


def _turned(one: Family) -> Family:
    """That of the contrary."""
    return TRUE if one is FALSE else FALSE if one is TRUE else Family(one.no, one.yes, one.complete)


def _settled(term: Term, held: bool | None) -> Term:
    """The term once its condition is known to hold or not."""
    if held is None or term.met is None or term.met.value is not None:
        return term
    return term._replace(met=Parce(term.met.expr, term.met.entity, held))
