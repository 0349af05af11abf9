"""What these pages share: who is let in, who may change, numbers as people write them, refusals told in place."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, QueryDict

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import is_htmx, scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.scenarios.trajectory.queries.scenarios import ScenarioInfo
from archipel.territory import public as territory
from archipel.territory.screens.common import download, holding

__all__ = [
    "download",
    "is_htmx",
    "keeps",
    "members",
    "number_in",
    "scope_of",
    "seeing",
    "table_response",
    "told",
    "trail",
]

seeing = holding(Capability.VOIR_PRIX)
"""Let in connected accounts that see the prices of some establishment: a scenario holds them."""


def keeps(scope: Scope, info: ScenarioInfo | None = None) -> bool:
    """Whether the account may change a scenario (begin one, when none is given)."""
    if info is None:
        return scope.may(Capability.GERER_SYSTEMES)
    return all(scope.may(Capability.GERER_SYSTEMES, place) for place in info.establishments)


def members(scope: Scope) -> list[tuple[str, str]]:
    """(FINESS EJ, short name) of the establishments whose inventory and prices the account sees."""
    seen = scope.systems & scope.prices
    return [(one.code, one.label) for one in territory.establishments() if one.code in seen]


def number_in(given: QueryDict, name: str, label: str, default: float | None = None) -> float:
    """A number as people write it (``12 500,5``).

    Raises:
        Invalid: nothing where a number is needed, or no number.
    """
    text = "".join(given.get(name, "").replace("€", "").replace("%", "").split()).replace(",", ".")
    if not text and default is not None:
        return default
    try:
        return float(text)
    except ValueError:
        raise Invalid(
            f"{label} : « {given.get(name, '')[:30]} » n'est pas un nombre.", code="nombre", field=name
        ) from None


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The way here."""
    return [("Systèmes", "/systemes/"), ("Trajectoires", "/systemes/trajectoires/"), *steps]


def told(request: HttpRequest, act: Callable[[], str]) -> bool:
    """Do an act and say what it did; a refusal of the input is said too, the other refusals are raised."""
    try:
        messages.success(request, act())
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
        return False
    return True
