"""What these pages share: who is let in, days and places of the address, refusals shown where they happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.domains.systems.queries.tables import About, table
from archipel.domains.systems.rules.cells import Wrong, read_date
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.territory import public as territory
from archipel.territory.screens.common import download, holding

__all__ = [
    "chosen",
    "day_in",
    "download",
    "exporting",
    "keeps",
    "members",
    "scope_of",
    "seeing",
    "table_file",
    "table_response",
    "told",
    "trail",
]

seeing = holding(Capability.VOIR_SYSTEMES)
"""Let in connected accounts that see the inventory of some establishment."""


def keeps(scope: Scope, establishment: str = "") -> bool:
    """Whether the account keeps the inventory of the establishment (of some one, when it is not given)."""
    return scope.may(Capability.GERER_SYSTEMES, establishment or None)


def members(scope: Scope) -> list[tuple[str, str]]:
    """(FINESS EJ, short name) of the establishments whose inventory the account sees."""
    return [(one.code, one.label) for one in territory.establishments() if one.code in scope.systems]


def chosen(scope: Scope, query: QueryDict, name: str = "etablissement") -> list[tuple[str, str]]:
    """The members asked for in the address; all of them by default."""
    asked = set(filter(None, query.getlist(name)))
    return [one for one in members(scope) if not asked or one[0] in asked]


def day_in(query: QueryDict, name: str = "au") -> date:
    """The day of the address or of the form; today when absent. Raises Invalid: not a date."""
    text = query.get(name, "").strip()
    if not text:
        return timezone.localdate()
    found = read_date(text)
    if isinstance(found, Wrong):
        raise Invalid(f"« {text[:30]} » n'est pas une date : jj/mm/aaaa attendu.", code="date-impossible", field=name)
    return date.fromisoformat(found)


OPTIONS = ("par", "a", "b", "arret")
"""What the address may say for some tables only."""


def table_file(request: HttpRequest, name: str) -> HttpResponse:
    """A table of the room as the file that the address asks for, with its filters. Raises NotFound."""
    options = {option: request.GET[option] for option in OPTIONS if option in request.GET}
    found = table(name, About(day_in(request.GET), dict(chosen(scope_of(request), request.GET)), options))
    return table_response(request, name, list(found.titles), found.rows)


def exporting(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """The view that gives a table as a file."""

    @require_safe
    @seeing
    def view(request: HttpRequest) -> HttpResponse:
        return table_file(request, name)

    return view


def trail(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The way here."""
    return [("Systèmes", "/systemes/"), *steps]


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
