"""What these pages share: looks, traces."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

from archipel.foundation.audit.services import record_many
from archipel.foundation.web.asking import is_fragment, is_htmx, scope_of
from archipel.foundation.web.export import table_response
from archipel.foundation.web.privacy import names_hidden
from archipel.passages.documents.values import DocumentState

__all__ = ["LOOKS", "is_fragment", "is_htmx", "look", "names_hidden", "scope_of", "table_response", "trace"]

LOOKS = {DocumentState.REFUSE: "document_refuse", DocumentState.ABANDONNE: "document_abandonne"}
"""States whose word another screen already uses otherwise."""


def look(state: DocumentState) -> str:
    """The state of the shell that shows it."""
    return LOOKS.get(state, state.value)


def trace(request: HttpRequest, action: str, read: Iterable[tuple[str, int]], **details: str) -> None:
    """One entry per document read: (establishment, number)."""
    by_place: dict[str, list[str]] = {}
    for establishment, number in read:
        by_place.setdefault(establishment, []).append(str(number))
    for establishment, numbers in sorted(by_place.items()):
        record_many(
            scope=scope_of(request), action=action, establishment=establishment, object_type="document",
            object_keys=numbers, details=details,
        )  # fmt: skip
