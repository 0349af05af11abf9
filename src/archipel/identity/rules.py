"""Pure rules of identity: per-field last writer wins, INS status, and who represents whom after merges.

Everything here depends on the set of assertions only, never on their order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archipel.identity.values import IdentityAssertion, InsAssertion, MergeAssertion, StatutIns

TraitValue = tuple[str | None, str]
"""A value (None: emptied by the sender) and the stamp that wrote it."""

_STATUS_RANK = {StatutIns.PROV: 0, StatutIns.VALI: 1, StatutIns.RECUP: 2, StatutIns.QUAL: 3}


@dataclass(frozen=True, slots=True)
class TraitState:
    """What is known of one patient key: for each field its last writer, and the last INS asserted."""

    fields: Mapping[str, TraitValue] = field(default_factory=dict)
    ins: tuple[InsAssertion, str] | None = None

    def value(self, name: str) -> str:
        """The text of a field, empty when unknown or emptied."""
        return (self.fields.get(name) or ("", ""))[0] or ""


EMPTY_TRAITS = TraitState()


@dataclass(frozen=True, slots=True)
class MergeEdge:
    """``loser`` is the same person as ``survivor`` since ``stamp``; an undone edge no longer counts."""

    loser: str
    survivor: str
    stamp: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class MergeDecision:
    """A person undid a merge, or restored it; ``order`` grows with each decision recorded."""

    loser: str
    survivor: str
    undone: bool
    order: int


def _later(a: TraitValue, b: TraitValue) -> TraitValue:
    """The later of two writings; equal stamps are separated by content, an explicit null being the least."""
    return a if (a[1], a[0] is not None, a[0] or "") >= (b[1], b[0] is not None, b[0] or "") else b


def statut_ins(ins: InsAssertion | None) -> StatutIns:
    """Derive the identity status from the two independent facts (référentiel national d'identitovigilance)."""
    if ins is None:
        return StatutIns.PROV
    if ins.recupere:
        return StatutIns.QUAL if ins.piece_verifiee else StatutIns.RECUP
    return StatutIns.VALI if ins.piece_verifiee else StatutIns.PROV


def _ins_key(ins: InsAssertion) -> tuple[int, str, str, str, bool, bool]:
    return (_STATUS_RANK[statut_ins(ins)], ins.oid, ins.matricule, ins.cle, ins.recupere, ins.piece_verifiee)


def best_ins(candidates: Iterable[tuple[InsAssertion, str]]) -> InsAssertion | None:
    """Choose among INS asserted for one person (several repetitions, or records since merged).

    The strongest derived status wins, then the latest stamp, then the content, so that order never matters.
    """
    best = max(candidates, key=lambda c: (_ins_key(c[0])[0], c[1], _ins_key(c[0])), default=None)
    return None if best is None else best[0]


def _later_ins(
    a: tuple[InsAssertion, str] | None, b: tuple[InsAssertion, str] | None
) -> tuple[InsAssertion, str] | None:
    if a is None or b is None:
        return a or b
    return a if (a[1], _ins_key(a[0])) >= (b[1], _ins_key(b[0])) else b


def join_traits(a: TraitState, b: TraitState) -> TraitState:
    """Join two states of one patient: associative, commutative, idempotent."""
    fields = dict(a.fields)
    for name, value in b.fields.items():
        mine = fields.get(name)
        fields[name] = value if mine is None else _later(mine, value)
    return TraitState(fields, _later_ins(a.ins, b.ins))


def merge_traits(state: TraitState, assertion: IdentityAssertion) -> TraitState:
    """Add what one message asserts; absent fields say nothing, an explicit null empties the field.

    For one patient key the last INS asserted by its sender stands: a correction may lower the status.
    """
    stamp = assertion.stamp
    ins = None if assertion.ins is None else (assertion.ins, stamp)
    return join_traits(state, TraitState({name: (v, stamp) for name, v in assertion.traits.items()}, ins))


def _components(edges: Iterable[MergeEdge]) -> dict[str, str]:
    """Union-find: patient → an arbitrary root of its group."""
    parent: dict[str, str] = {}

    def root(patient: str) -> str:
        top = parent.setdefault(patient, patient)
        while top != parent[top]:
            parent[top] = parent[parent[top]]
            top = parent[top]
        parent[patient] = top
        return top

    for edge in edges:
        parent[root(edge.loser)] = root(edge.survivor)
    return {patient: root(patient) for patient in list(parent)}


def active_edges(edges: Iterable[MergeEdge]) -> tuple[MergeEdge, ...]:
    """The edges that count: an edge undone once is undone for good; self-merges say nothing."""
    known = set(edges)
    undone = {(e.loser, e.survivor, e.stamp) for e in known if e.undone}
    kept = [e for e in known if (e.loser, e.survivor, e.stamp) not in undone and e.loser != e.survivor]
    return tuple(sorted(kept, key=lambda e: (e.stamp, e.loser, e.survivor)))


def decided_edges(merges: Iterable[MergeAssertion], decisions: Iterable[MergeDecision] = ()) -> tuple[MergeEdge, ...]:
    """Edges from what the senders asserted and what people decided; the latest decision on a pair holds.

    A decision holds against a repetition of the same merge by the sender, until another decision.
    """
    latest = {(d.loser, d.survivor): d.undone for d in sorted(decisions, key=lambda d: (d.order, d.undone))}
    edges = {MergeEdge(m.loser, m.survivor, m.stamp, latest.get((m.loser, m.survivor), False)) for m in merges}
    return tuple(sorted(edges, key=lambda e: (e.stamp, e.loser, e.survivor)))


def resolve(edges: Iterable[MergeEdge]) -> dict[str, str]:
    """Patient → its representative, for every patient that an edge names; a function of the set of edges.

    Patients joined by edges are one person. Their representative is the one that was never merged into
    another; among several, or where merges turn in a circle, the survivor of the latest stamp. Undoing an edge
    gives what the others give without it.
    """
    known = list(edges)
    kept = active_edges(known)
    groups = _components(kept)
    losers = {edge.loser for edge in kept}
    chosen: dict[str, str] = {}
    fallback: dict[str, str] = {}
    for edge in kept:  # in the order of stamps: the latest writes last
        group = groups[edge.loser]
        fallback[group] = edge.survivor
        if edge.survivor not in losers:
            chosen[group] = edge.survivor
    answer = {patient: chosen.get(group) or fallback[group] for patient, group in groups.items()}
    for edge in known:
        answer.setdefault(edge.loser, edge.loser)
        answer.setdefault(edge.survivor, edge.survivor)
    return answer
