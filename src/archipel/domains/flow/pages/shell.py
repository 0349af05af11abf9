"""What pages ask of the shell. It lies above the domains: reached by name, as its templates are, never imported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from archipel.foundation.scope import NOBODY, Scope


def scope_of(request: HttpRequest) -> Scope:
    """Who is asking."""
    return cast(Scope, getattr(request, "scope", NOBODY))


def is_fragment(request: HttpRequest) -> bool:
    """Whether only the live part of the page is asked for."""
    return request.headers.get("Archipel-Live") == "1"


def is_htmx(request: HttpRequest) -> bool:
    """Whether a script asks, and will show what is answered in the page that is there."""
    return bool(getattr(request, "htmx", False))


def names_hidden(request: HttpRequest) -> bool:
    """Whether names are hidden on this screen now."""
    return bool(import_string("archipel.ui.privacy.names_hidden")(request))


def table_response(
    request: HttpRequest, filename: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """The table as the file that ``?format=`` asks for (csv, xlsx)."""
    make = import_string("archipel.ui.export.table_response")
    return cast(HttpResponse, make(request, filename, columns, rows))
