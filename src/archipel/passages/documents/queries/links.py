"""The links to the exit documents, on the sheet of an emergency passage."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from archipel.domains.flow.public import EdPatient, SheetLink
from archipel.foundation.scope import Scope
from archipel.passages.documents.queries.listing import of_venue


def sheet_links(scope: Scope, patient: EdPatient) -> Iterable[SheetLink]:
    """One link for each document of the passage that the account may read."""
    for line in of_venue(scope=scope, venue=patient.venue_id):
        yield SheetLink(line.label, reverse("documents:document", args=[line.number]), "file-text")
