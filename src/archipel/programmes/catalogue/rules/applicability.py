"""Whether an aid may be had on a day, until when one may ask, and what its sessions close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from archipel.programmes.catalogue.rules.dates import Fenetre, after, before
from archipel.programmes.catalogue.values import Aide
from archipel.programmes.packs.values.catalogue import Session


class Ouverture(StrEnum):
    """Whether one may ask on the day."""

    OUVERT = "ouvert"
    A_VENIR = "a_venir"
    CLOS = "clos"
    COMPLET = "complet"
    ANNONCE = "annonce"
    INCONNUE = "inconnue"


OUVERTURE_LABELS: dict[Ouverture, str] = {
    Ouverture.OUVERT: "Ouvert",
    Ouverture.A_VENIR: "Pas encore ouvert",
    Ouverture.CLOS: "Clos",
    Ouverture.COMPLET: "Quota épuisé",
    Ouverture.ANNONCE: "Annoncé seulement",
    Ouverture.INCONNUE: "Date inconnue",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A session and the last day to apply; ``ouverte``: that day is not past."""

    session: Session
    cloture: date | None
    ouverte: bool


@dataclass(frozen=True, slots=True)
class Applicable:
    """An aid on a day: may it be asked for, when would it begin, which sessions are left."""

    aide: Aide
    ouverture: Ouverture
    pourquoi: str
    debut: Fenetre | None
    places: tuple[Place, ...]
    restant: int | None
    droits: int | None


def sessions(aid: Aide, day: date) -> tuple[Place, ...]:
    """The sessions, each with its closing: so long before its first day (the day itself included)."""
    found = []
    for one in sorted(aid.sessions, key=lambda s: (s.du, s.id)):
        closing = before(one.du, aid.cloture) if aid.cloture else None
        found.append(Place(one, closing, day <= (closing or one.du)))
    return tuple(found)


def applicable(aid: Aide, day: date, *, left: int | None = None, rights: int | None = None) -> Applicable:
    """What may be done about an aid on a day.

    Args:
        left: what is left of the region's share of the quota; None: no quota.
        rights: that share.
    """
    places = sessions(aid, day)
    opening, why = _opening(aid, day, places, left)
    begin = after(day, aid.delai) if aid.delai and opening is Ouverture.OUVERT else None
    return Applicable(aid, opening, why, begin, places, left, rights)


def _opening(aid: Aide, day: date, places: tuple[Place, ...], left: int | None) -> tuple[Ouverture, str]:
    if aid.fiche == "annoncee":
        return Ouverture.ANNONCE, "La source l'annonce sans rien en dire d'autre."
    if aid.au is not None and day > aid.au:
        return Ouverture.CLOS, f"Disponible jusqu'au {aid.au:%d/%m/%Y}."
    if places and not any(place.ouverte for place in places):
        return Ouverture.CLOS, "Les inscriptions à la dernière session sont closes."
    if left is not None and left <= 0:
        return Ouverture.COMPLET, "Il ne reste rien du quota de la région."
    if places:
        return Ouverture.OUVERT, "Il reste au moins une session."
    if aid.du is None:
        return Ouverture.INCONNUE, "La source ne dit pas quand il est disponible."
    if day < aid.du:
        return Ouverture.A_VENIR, f"Disponible à partir du {aid.du:%d/%m/%Y}."
    return Ouverture.OUVERT, ""
