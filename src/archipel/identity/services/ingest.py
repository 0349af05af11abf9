"""Folding identity assertions into patients, in bulk; the order of arrival does not matter.

Called by the connectors' workers, in a transaction whose scope holds the establishments of the batch.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from archipel.foundation.bulk import BulkInsert, pairs
from archipel.identity.rules import EMPTY_TRAITS, MergeEdge, TraitState, merge_traits, resolve, statut_ins
from archipel.identity.values import IdentityAssertion, InsAssertion, MergeAssertion, StatutIns

Cursor = psycopg.Cursor[tuple[Any, ...]]
Key = tuple[str, str]
"""(establishment, patient key)."""

_PAIRS = "(SELECT * FROM unnest(%s::text[], %s::text[]))"
_PATIENTS = BulkInsert(
    "identity_patient",
    {
        "establishment": "text",
        "key": "text",
        "representative": "text",
        "traits": "jsonb",
        "nom_naissance": "text",
        "nom_utilise": "text",
        "prenom": "text",
        "sexe": "text",
        "date_naissance": "date",
        "deces": "boolean",
        "ins_matricule": "text",
        "ins_cle": "text",
        "ins_oid": "text",
        "ins_recupere": "boolean",
        "piece_verifiee": "boolean",
        "statut": "text",
        "updated_at": "timestamptz",
    },
    "ON CONFLICT (establishment, key) DO UPDATE SET {set}",
    ("establishment", "key"),
)
_MERGES = BulkInsert(
    "identity_mergefact",
    {
        "establishment": "text",
        "loser": "text",
        "survivor": "text",
        "stamp": "text",
        "event": "text",
        "message_id": "bigint",
        "recorded_at": "timestamptz",
    },
    "ON CONFLICT DO NOTHING",
)


@dataclass(frozen=True, slots=True)
class Asserted:
    """An assertion and the message that brought it."""

    establishment: str
    message_id: int
    recorded_at: datetime
    fact: IdentityAssertion | MergeAssertion


@dataclass(slots=True)
class _Stored:
    state: TraitState
    representative: str
    sexe: str
    updated_at: datetime | None


def ingest(cursor: Cursor, asserted: Sequence[Asserted]) -> set[Key]:
    """Fold the assertions; returns the patients whose sex is now another (their beds show it)."""
    merges = [item for item in asserted if isinstance(item.fact, MergeAssertion)]
    keys = {(i.establishment, i.fact.patient) for i in asserted if isinstance(i.fact, IdentityAssertion)}
    for item in merges:
        assert isinstance(item.fact, MergeAssertion)
        keys |= {(item.establishment, item.fact.loser), (item.establishment, item.fact.survivor)}
    if not keys:
        return set()
    stored = _load(cursor, keys)
    before = {key: patient.sexe for key, patient in stored.items()}
    for item in asserted:
        fact = item.fact
        names = (fact.patient,) if isinstance(fact, IdentityAssertion) else (fact.loser, fact.survivor)
        for name in names:
            patient = stored.setdefault((item.establishment, name), _Stored(EMPTY_TRAITS, name, "", None))
            if isinstance(fact, IdentityAssertion):
                patient.state = merge_traits(patient.state, fact)
            patient.updated_at = max(filter(None, (patient.updated_at, item.recorded_at)))
    _PATIENTS.run(cursor, [_row(key, patient) for key, patient in stored.items()])
    if merges:
        _write_merges(cursor, merges)
    return {key for key, patient in stored.items() if key in before and patient.state.value("sexe") != before[key]}


def _load(cursor: Cursor, keys: Iterable[Key]) -> dict[Key, _Stored]:
    cursor.execute(
        "SELECT establishment, key, traits, representative, sexe, updated_at FROM identity_patient"
        f" WHERE (establishment, key) IN {_PAIRS}",
        pairs(keys),
        prepare=True,
    )
    return {(row[0], row[1]): _Stored(_state(row[2]), row[3], row[4], row[5]) for row in cursor.fetchall()}


def _state(value: dict[str, Any]) -> TraitState:
    if not value:
        return EMPTY_TRAITS
    ins = value.get("ins")
    return TraitState(
        {name: (item[0], item[1]) for name, item in value["f"].items()},
        (InsAssertion(**ins[0]), ins[1]) if ins else None,
    )


def _json(state: TraitState) -> str:
    value: dict[str, Any] = {"f": state.fields}
    if state.ins:
        ins, stamp = state.ins
        value["ins"] = [{name: getattr(ins, name) for name in InsAssertion.__slots__}, stamp]
    return json.dumps(value, ensure_ascii=False)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _row(key: Key, patient: _Stored) -> tuple[object, ...]:
    state = patient.state
    ins = state.ins[0] if state.ins else None
    statut = statut_ins(ins) if ins else StatutIns.PROV
    piece = bool(ins and ins.piece_verifiee)
    if ins is None and "VALI" in state.value("statut_identite").split(","):
        statut, piece = StatutIns.VALI, True
    return (
        key[0],
        key[1],
        patient.representative,
        _json(state),
        state.value("nom_naissance"),
        state.value("nom_utilise"),
        state.value("prenom"),
        state.value("sexe"),
        _date(state.value("date_naissance")),
        bool(state.value("deces_le") or state.value("deces")),
        ins.matricule if ins else "",
        ins.cle if ins else "",
        ins.oid if ins else "",
        bool(ins and ins.recupere),
        piece,
        statut.value,
        patient.updated_at,
    )


def _write_merges(cursor: Cursor, merges: Sequence[Asserted]) -> None:
    rows = []
    groups: dict[str, set[str]] = defaultdict(set)
    for item in merges:
        fact = item.fact
        assert isinstance(fact, MergeAssertion)
        rows.append(
            (item.establishment, fact.loser, fact.survivor, fact.stamp, fact.event, item.message_id, item.recorded_at)
        )
        groups[item.establishment] |= {fact.loser, fact.survivor}
    _MERGES.run(cursor, rows)
    for establishment, patients in groups.items():
        refresh_representatives(cursor, establishment, patients)


def refresh_representatives(cursor: Cursor, establishment: str, patients: Iterable[str]) -> set[str]:
    """Work out again who represents whom in the groups of the given patients; returns the whole groups."""
    known: set[str] = set()
    frontier = set(patients)
    edges: dict[tuple[str, str, str], bool] = {}
    while frontier:
        known |= frontier
        cursor.execute(
            "SELECT f.loser, f.survivor, f.stamp, coalesce((SELECT d.undone FROM identity_mergedecision d"
            " WHERE d.establishment = f.establishment AND d.loser = f.loser AND d.survivor = f.survivor"
            " ORDER BY d.id DESC LIMIT 1), false)"
            " FROM identity_mergefact f WHERE f.establishment = %s AND (f.loser = ANY(%s) OR f.survivor = ANY(%s))",
            [establishment, list(frontier), list(frontier)],
        )
        found = cursor.fetchall()
        edges.update({(row[0], row[1], row[2]): row[3] for row in found})
        frontier = {name for row in found for name in row[:2]} - known
    answer = resolve(MergeEdge(*key, undone=undone) for key, undone in edges.items())
    for patient in known:
        answer.setdefault(patient, patient)
    cursor.execute(
        "UPDATE identity_patient p SET representative = a.representative"
        " FROM unnest(%s::text[], %s::text[]) AS a(key, representative)"
        " WHERE p.establishment = %s AND p.key = a.key AND p.representative <> a.representative",
        [list(answer), list(answer.values()), establishment],
    )
    return known
