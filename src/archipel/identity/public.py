"""The public face of identity: all that upper layers may use."""

from __future__ import annotations

from archipel.identity.queries.bulk import sexes
from archipel.identity.queries.people import people
from archipel.identity.services.ingest import Asserted, ingest
from archipel.identity.values import IdentityAssertion, MergeAssertion, Person, StatutIns

__all__ = ["Asserted", "IdentityAssertion", "MergeAssertion", "Person", "StatutIns", "ingest", "people", "sexes"]
