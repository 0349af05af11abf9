"""The public face of identity: all that upper layers may use."""

from __future__ import annotations

from archipel.identity.queries import search
from archipel.identity.queries.bulk import sexes
from archipel.identity.queries.people import people
from archipel.identity.queries.search import MergeRow, PatientRow
from archipel.identity.services.ingest import Asserted, ingest
from archipel.identity.services.merges import redo_merge, undo_merge
from archipel.identity.values import IdentityAssertion, MergeAssertion, Person, StatutIns

__all__ = [
    "Asserted",
    "IdentityAssertion",
    "MergeAssertion",
    "MergeRow",
    "PatientRow",
    "Person",
    "StatutIns",
    "ingest",
    "people",
    "redo_merge",
    "search",
    "sexes",
    "undo_merge",
]
