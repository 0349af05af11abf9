"""What the screens of the ROR share."""

from __future__ import annotations

from django.http import HttpRequest

from archipel.connectors.ror.overview import STATES, Line

CHIPS = {
    "a_jour": "a_l_heure",
    "a_envoyer": "en_cours",
    "retard": "en_retard",
    "refus": "bloque",
    "doute": "pending",
    "muet": "inconnu",
}
"""State of an offer → the look of its chip."""
TABS = (
    ("ror:accueil", "Ce que nous disons"),
    ("ror:region", "Ce que dit la région"),
    ("ror:correspondance", "Correspondance"),
    ("ror:journal", "Journal"),
    ("ror:parametres", "Paramètres"),
)


def chosen(request: HttpRequest, name: str, allowed: set[str]) -> str:
    """A filter of the address, empty when it is not one of those."""
    wanted = request.GET.get(name, "")
    return wanted if wanted in allowed else ""


def kept(lines: tuple[Line, ...], filters: dict[str, str]) -> list[Line]:
    """The offers that the filters keep, those that somebody must look at first."""
    order = {state: rank for rank, state in enumerate(("refus", "retard", "doute", "a_envoyer", "muet", "a_jour"))}
    found = [
        line
        for line in lines
        if (not filters["etat"] or line.state == filters["etat"])
        and (not filters["etablissement"] or line.offer.establishment == filters["etablissement"])
        and (not filters["filiere"] or line.offer.filiere == filters["filiere"])
    ]
    return sorted(found, key=lambda line: (order[line.state], line.place, line.offer.name))


def filters_of(request: HttpRequest, lines: tuple[Line, ...]) -> dict[str, str]:
    """The filters of the address that mean something here."""
    return {
        "etat": chosen(request, "etat", set(STATES)),
        "etablissement": chosen(request, "etablissement", {line.offer.establishment for line in lines}),
        "filiere": chosen(request, "filiere", {line.offer.filiere for line in lines}),
    }
