"""What people said of one bed, the latest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archipel.domains.flow.models import BedFact as FactRow
from archipel.foundation.scope import Capability, Scope, in_scope

WORDS = {
    "fermeture": "Fermé",
    "reouverture": "Rouvert",
    "reservation": "Réservé",
    "annulation_reservation": "Réservation annulée",
    "nettoye": "Nettoyé",
    "a_nettoyer": "À nettoyer",
    "desarme": "Non armé",
    "arme": "Armé",
    "isolement": "Isolement",
    "fin_isolement": "Fin de l'isolement",
    "sexe_chambre": "Sexe de la chambre",
    "annulation": "Action annulée",
}
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Said:
    """One fact of the ledger."""

    fact: int
    what: str
    value: str
    at: datetime
    actor: str
    reason: str
    until: datetime | None
    undone: bool
    undo: bool
    """It takes another one back."""


def bed_history(*, scope: Scope, establishment: str, uf: str, chambre: str, lit: str) -> tuple[Said, ...]:
    """The last facts of the bed; none out of the scope (they hold names).

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    scope.require(Capability.VOIR_CAPACITE)
    with in_scope(scope):
        rows = FactRow.objects.filter(establishment=establishment, uf=uf, chambre=chambre, lit=lit)
        found = list(rows.order_by("-recorded_at", "-id")[:_SHOWN])
    taken = {row.undoes for row in found if row.undoes is not None}
    return tuple(
        Said(
            fact=row.pk,
            what="Déplacement demandé" if row.value == "deplacement" else WORDS.get(row.kind, row.kind),
            value="" if row.value == "deplacement" or row.kind == "fermeture" else row.value,
            at=row.recorded_at,
            actor=row.actor,
            reason=row.reason,
            until=row.until,
            undone=row.pk in taken,
            undo=row.undoes is not None,
        )
        for row in found
    )
