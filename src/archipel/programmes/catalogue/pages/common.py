"""What the pages of the catalogue share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.formats import number
from archipel.kernel.errors import ArchipelError
from archipel.programmes.catalogue.rules.applicability import Ouverture
from archipel.programmes.catalogue.rules.cost import Cout, spread
from archipel.programmes.catalogue.rules.dates import Fenetre, in_words
from archipel.programmes.catalogue.values import ACTEUR_LABELS, Acteur, Aide, Etat, Reste

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
Context = dict[str, Any]

OPENINGS = {
    Ouverture.OUVERT: "libre", Ouverture.A_VENIR: "non_arme", Ouverture.CLOS: "ferme", Ouverture.COMPLET: "conflit",
    Ouverture.ANNONCE: "non_arme", Ouverture.INCONNUE: "inconnu",
}  # fmt: skip
STATES = {
    Etat.EN_COURS: "en_instruction", Etat.A_COMPLETER: "a_nettoyer", Etat.ACCORDEE: "valide", Etat.REFUSEE: "refuse",
    Etat.RETIREE: "abandonne", Etat.DEMARREE: "en_cours", Etat.TERMINEE: "solde",
}  # fmt: skip
"""The looks of the states, among those of all screens."""
ASKERS = {
    "etablissement": "un établissement",
    "ght": "le GHT",
    "ars": "l'ARS",
    "professionnel": "la personne elle-même",
    "libre": "personne : en libre accès",
    "": "non dit",
}


def readers(view: View[P]) -> View[P]:
    """Let in signed-in accounts that may see programmes somewhere; others sign in, or are refused."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        scope_of(request).require(Capability.VOIR_PROGRAMMES)
        return view(request, *args, **kwargs)

    return login_required(inner)


def acted(request: HttpRequest, do: Callable[[], Any], back: str) -> HttpResponse:
    """Do it and say so; what was refused is said on the page that it came from."""
    try:
        messages.success(request, do().message)
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    return HttpResponseRedirect(back)


def asked_day(request: HttpRequest, name: str = "le") -> date:
    """The day of the query string; today when absent or impossible."""
    return day_of(request.GET.get(name, "")) or timezone.localdate()


def day_of(text: str) -> date | None:
    """A date, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def ask(request: HttpRequest, name: str, default: str = "") -> str:
    """A parameter of the query string, cleaned."""
    return " ".join(request.GET.get(name, default).split())[:200]


def euros(low: Decimal | None, high: Decimal | None) -> str:
    """``0 €``, ``de 600 € à inconnu``, ``de 0 € à 1 000 €``."""
    if low is None:
        return "inconnu"
    first = f"{number(low)} €"
    if low == high:
        return first
    return f"au moins {first}" if high is None else f"de {first} à {number(high)} €"


SHARED = ", moins la part de l'ARS"


def cost_words(found: Sequence[Cout]) -> str:
    """What a list says of the cost: the bounds where they are known, what is known of it else."""
    known = spread(found)
    if known is None:
        return "non dit"
    if known[1] is not None:
        return euros(*known)
    least = max(one.bas for one in found)
    if not least:
        return "non chiffré"
    shared = any(one.mode.reste is Reste.PARTIEL for one in found)
    return f"{number(least)} € et plus{SHARED if shared else ''}"


def window(found: Fenetre | None) -> str:
    """``vers le 10/04/2017``, ``du 10/04/2017 au 10/10/2017``."""
    if found is None:
        return "délai inconnu"
    if found.tot != found.tard:
        return f"entre le {found.tot:%d/%m/%Y} et le {found.tard:%d/%m/%Y}"
    return f"{'vers le' if found.environ else 'le'} {found.tot:%d/%m/%Y}"


def circuit_words(circuit: tuple[Acteur, ...]) -> str:
    """``le GHT, puis l'ARS, puis l'opérateur``."""
    return ", puis ".join(ACTEUR_LABELS[one] for one in circuit) or "aucune demande"


def lead_words(aid: Aide) -> str:
    """The delay of the source, in words."""
    return in_words(aid.delai) if aid.delai else "délai inconnu"


def trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The breadcrumb."""
    return [("Aide", reverse("catalogue:accueil")), *more]
