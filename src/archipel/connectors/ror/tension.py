"""Where tension is declared: it quickens the feeding of the ROR."""

from __future__ import annotations

from datetime import datetime

from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import Offer
from archipel.foundation.scope import Scope
from archipel.territory import public as territory

FINESS_PREFIX = "1"
"""An IdNatStruct that begins so is a FINESS number (nomenclature of the types of identifiers of structures)."""


class Tension:
    """The sites and establishments in tension."""

    def __init__(self, sites: frozenset[str] = frozenset(), establishments: frozenset[str] = frozenset()) -> None:
        self.sites, self.establishments = sites, establishments

    def covers(self, offer: Offer) -> bool:
        """Whether tension is declared where the offer is."""
        return site_of(offer) in self.sites or offer.establishment in self.establishments


def site_of(offer: Offer) -> str:
    """FINESS of the geographic entity of an offer, the IdNatStruct itself when it is not made of one."""
    text = offer.structure
    return text[1:] if len(text) == 10 and text.startswith(FINESS_PREFIX) else text


def tension_now(*, scope: Scope, at: datetime) -> Tension:
    """Where tension is declared: levels of the sites, and of the whole group for all of its establishments.

    Raises:
        Denied: without ``VOIR_CAPACITE``.
    """
    levels = [one for one in flow.tension_levels(scope=scope, at=at) if one.in_tension]
    groups = {one.code for one in levels if one.kind == "ght"}
    places = frozenset(place.code for place in territory.establishments() if place.ght and place.ght in groups)
    return Tension(frozenset(one.code for one in levels if one.kind == "site"), places)
