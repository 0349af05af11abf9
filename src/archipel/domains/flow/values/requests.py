"""Pure vocabulary of requests for a downstream bed."""

from __future__ import annotations

from enum import StrEnum


class RequestStatus(StrEnum):
    """Where a request stands."""

    ENVOYEE = "envoyee"
    """Waits for the answer of those who hold the bed."""
    ACCEPTEE = "acceptee"
    """A bed is reserved."""
    REFUSEE = "refusee"
    ANNULEE = "annulee"
    EXPIREE = "expiree"
    """Nobody answered, or the patient did not come, in time."""
    CLOSE = "close"
    """The patient came, or went elsewhere: the feed said so."""


OPEN = frozenset({RequestStatus.ENVOYEE, RequestStatus.ACCEPTEE})
"""Statuses in which something is still expected."""

STATUS_LABELS: dict[RequestStatus, str] = {
    RequestStatus.ENVOYEE: "En attente de réponse",
    RequestStatus.ACCEPTEE: "Acceptée",
    RequestStatus.REFUSEE: "Refusée",
    RequestStatus.ANNULEE: "Annulée",
    RequestStatus.EXPIREE: "Expirée",
    RequestStatus.CLOSE: "Terminée",
}
