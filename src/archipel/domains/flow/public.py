"""The public face of patient flow: all that upper layers and connectors may use."""

from __future__ import annotations

from archipel.domains.flow.services.ingest import Batch, Changed, ingest, venue_id
from archipel.domains.flow.services.store import Received

__all__ = ["Batch", "Changed", "Received", "ingest", "venue_id"]
