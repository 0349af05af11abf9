"""What these pages share: who is let in, days and amounts as people write them, choices of groups and programmes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Invalid
from archipel.programmes.funding.queries.programme import Programme, programme, programmes
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind
from archipel.territory.screens.common import download, holding

__all__ = ["amount_in", "day_in", "download", "groups", "names", "programme_in", "scope_of", "seeing", "table_response",
           "trail", "whole_in"]  # fmt: skip

seeing = holding(Capability.VOIR_PROGRAMMES)
"""Let in connected accounts that see the steering data of some establishment."""


def trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where the page stands."""
    return [("Programmes", "/programmes/"), ("Financement", reverse("funding:accueil")), *more]


def day_in(query: QueryDict, name: str = "au") -> date | None:
    """A day of the address or the form, ``2026-06-15`` or ``15/06/2026``; None when there is none.

    Raises:
        Invalid: it is not a date.
    """
    text = query.get(name, "").strip()
    if not text:
        return None
    parts = text.split("/")
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0])) if len(parts) == 3 else date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"« {text[:30]} » n'est pas une date : jj/mm/aaaa attendu.", code="date", field=name) from None


def amount_in(query: QueryDict, name: str) -> Decimal | None:
    """An amount as people write it (``12 500,50``); None when there is none.

    Raises:
        Invalid: it is not a number.
    """
    text = query.get(name, "").replace("€", "")
    text = "".join(text.split()).replace("\u202f", "").replace("\u00a0", "").replace(",", ".")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Invalid(
            f"« {query.get(name, '')[:30]} » n'est pas un nombre : 12 500,50 attendu.", code="nombre", field=name
        )
    return found


def whole_in(query: QueryDict, name: str) -> int | None:
    """A whole number; None when there is none.

    Raises:
        Invalid: it is not one.
    """
    found = amount_in(query, name)
    if found is None:
        return None
    if found != int(found):
        raise Invalid(f"« {query.get(name, '')[:30]} » n'est pas un nombre entier.", code="nombre", field=name)
    return int(found)


def programme_in(query: QueryDict) -> Programme | None:
    """The programme asked for; the only one in force when none is asked; None when none gives ceilings."""
    asked = query.get("pack", "")
    if asked:
        return programme(asked, query.get("version", ""))
    return next(iter(programmes()), None)


def groups(scope: Scope) -> list[tuple[str, str]]:
    """Code and name of the GHT one of whose members the scope sees."""
    known = perimetre.graph(timezone.localdate())
    return [
        (node.key.code, node.name)
        for node in known.of_kind(Kind.GHT)
        if known.establishments(node.key) & scope.programmes
    ]


def names(codes: object = None) -> dict[str, str]:
    """FINESS EJ → name, for those of the graph."""
    known = perimetre.graph()
    keys = [node.key for node in known.of_kind(Kind.EJ)]
    wanted = keys if codes is None else [Key(Kind.EJ, str(code)) for code in codes]  # type: ignore[attr-defined]
    return {key.code: name for key, name in perimetre.labels(wanted, known).items()}
