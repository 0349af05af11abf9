"""The link to the patient's page, on the sheet of an emergency passage."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from archipel.domains.flow.public import EdPatient, SheetLink
from archipel.foundation.scope import Capability, Scope
from archipel.passages.pathway.queries.states import thread_of


def sheet_links(scope: Scope, patient: EdPatient) -> Iterable[SheetLink]:
    """One link for whoever keeps the department, while the patient is there."""
    if not scope.may(Capability.GERER_URGENCES, patient.establishment):
        return ()
    opened = thread_of(patient.venue_id) is not None
    if patient.step.value == "sortie" and not opened:
        return ()
    label = "Fil d'Ariane ouvert" if opened else "Ouvrir le fil d'Ariane"
    return (SheetLink(label, reverse("pathway:fiche", args=[patient.venue_id]), "route"),)
