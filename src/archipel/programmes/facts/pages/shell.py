"""What these pages share: who is let in, dates and subjects of the address, uploads."""

from __future__ import annotations

from datetime import date, datetime, time

from django.http import HttpRequest, QueryDict
from django.utils import timezone

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.foundation.web.formats import PARIS
from archipel.kernel.errors import Invalid
from archipel.programmes.facts.rules.typed import day_of
from archipel.programmes.facts.services.subjects import WRITERS
from archipel.programmes.facts.values import Maille, Subject
from archipel.territory.screens.common import download, holding

__all__ = ["day_in", "download", "known_in", "scope_of", "seeing", "subject_in", "table_response", "upload", "writes"]

seeing = holding(Capability.VOIR_PROGRAMMES)
"""Let in connected accounts that see the steering data of some establishment."""


def writes(scope: Scope) -> bool:
    """Whether the account keeps the facts of some establishment."""
    return any(scope.may(one) for one in WRITERS)


def day_in(query: QueryDict, name: str = "au") -> date:
    """The day of the address or the form; today when absent.

    Raises:
        Invalid: it is not a date.
    """
    text = query.get(name, "").strip()
    if not text:
        return timezone.localdate()
    found = day_of(text)
    if found is None:
        raise Invalid(f"« {text[:30]} » n'est pas une date : jj/mm/aaaa attendu.", code="date-impossible", field=name)
    return found


def known_in(query: QueryDict) -> datetime | None:
    """The end of the day ``su`` in Paris, for what was known then; None when it is not asked, or is not past.

    Raises:
        Invalid: it is not a date.
    """
    if not query.get("su", "").strip():
        return None
    day = day_in(query, "su")
    return datetime.combine(day, time.max, PARIS) if day < timezone.localdate() else None


def subject_in(text: str) -> Subject:
    """The subject written ``niveau:code``.

    Raises:
        Invalid: it is not one.
    """
    level, _, code = text.partition(":")
    if level not in {one.value for one in Maille} or not code:
        raise Invalid("Choisissez un établissement dans la liste.", code="sujet", field="sujet")
    return Subject(Maille(level), code)


def upload(request: HttpRequest, name: str, limit: int) -> tuple[str, bytes] | None:
    """The name and content of a file of the form; None when there is none.

    Raises:
        Invalid: too large.
    """
    file = request.FILES.get(name)
    if file is None or isinstance(file, list):
        return None
    if (file.size or 0) > limit:
        raise Invalid(f"Fichier de {file.size} octets : {limit} au plus.", code="fichier-taille", field=name)
    return (file.name or "fichier")[-120:], file.read()
