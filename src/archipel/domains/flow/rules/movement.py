"""One movement key: from all its facts, in any order, to its winning version.

The facts that still matter (:func:`merge_movement`) form a semilattice, so batches may be merged in any order
and any number of times. Source: IHE PAM France 2.11, ZBE-1, ZBE-4 and ZBE-6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archipel.domains.flow.values import NOWHERE, Action, Movement, MovementFact


def _total_key(fact: MovementFact) -> tuple[str, ...]:
    return (fact.stamp, fact.action.value, repr(replace(fact, fact_id=0)), f"{fact.fact_id:020d}")


def _by_stamp(facts: list[MovementFact]) -> list[MovementFact]:
    """Sort by stamp; equal stamps (which honest senders never make) are separated by content."""
    if len(facts) < 2:
        return facts
    if len({fact.stamp for fact in facts}) == len(facts):
        return sorted(facts, key=lambda fact: fact.stamp)
    return sorted(facts, key=_total_key)


def merge_movement(*batches: Iterable[MovementFact]) -> tuple[MovementFact, ...]:
    """Join batches of facts of ONE movement key and keep only those that still matter.

    What matters is the last INSERT, the UPDATEs emitted after it, and one CANCEL. The result is sorted and
    depends only on the set of facts: associative, commutative and idempotent.
    """
    written: list[MovementFact] = []
    cancels: list[MovementFact] = []
    for batch in batches:
        for fact in batch:
            (cancels if fact.action is Action.CANCEL else written).append(fact)
    kept: list[MovementFact] = []
    for fact in _by_stamp(written):
        if fact.action is Action.INSERT:
            kept = [fact]
        elif not kept or kept[-1] != fact:
            kept.append(fact)
    kept.extend(_by_stamp(cancels)[-1:])
    return tuple(kept)


def _from_fact(fact: MovementFact, cancelled: bool) -> Movement:
    return Movement(
        fact.movement,
        fact.venue,
        fact.trigger,
        fact.effective_at,
        fact.stamp,
        fact.patient,
        fact.patient_class,
        fact.place,
        fact.uf_medicale,
        fact.uf_soins,
        fact.nature,
        fact.expected_exit,
        fact.exit_mode,
        fact.wish,
        cancelled,
        fact.fact_id,
    )


def _amend(base: Movement, update: MovementFact, *, keep_trigger: bool) -> Movement:
    """Apply an UPDATE: what it gives overrides, what it leaves empty is kept."""
    return Movement(
        base.movement,
        update.venue or base.venue,
        base.trigger if keep_trigger or not update.trigger else update.trigger,
        update.effective_at,
        update.stamp,
        update.patient or base.patient,
        update.patient_class or base.patient_class,
        update.place if update.place is not None and update.place != NOWHERE else base.place,
        update.uf_medicale or base.uf_medicale,
        update.uf_soins or base.uf_soins,
        update.nature or base.nature,
        update.expected_exit or base.expected_exit,
        update.exit_mode or base.exit_mode,
        update.wish or base.wish,
        base.cancelled,
        update.fact_id,
    )


def fold_movement(facts: Iterable[MovementFact]) -> Movement:
    """Return the winning version of ONE movement key from all its facts, in any order.

    INSERT upserts, UPDATE amends (ZBE-4); between them the greatest stamp wins. A CANCEL is final, whatever its
    stamp, and gives no content of its own (on a historic cancel PV1-3 and ZBE-7 describe the previous
    movement) unless it is alone. An INSERT's trigger is never changed by the ZBE-6 of an UPDATE, which real
    senders get wrong.

    Raises:
        ValueError: no fact was given.
    """
    kept = tuple(facts)
    if len(kept) != 1:
        kept = merge_movement(kept)
    if not kept:
        raise ValueError("fold_movement needs at least one fact")
    cancelled = kept[-1].action is Action.CANCEL
    written = kept[:-1] if cancelled else kept
    if not written:
        return _from_fact(kept[-1], True)
    first = written[0]
    movement = _from_fact(first, cancelled)
    for update in written[1:]:
        movement = _amend(movement, update, keep_trigger=first.action is Action.INSERT)
    return movement
