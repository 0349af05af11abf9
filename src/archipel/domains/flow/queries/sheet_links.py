"""What the layers above add to the sheet of an emergency passage: links, since a page here cannot know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archipel.domains.flow.queries.ed_values import EdPatient
from archipel.foundation.scope import Scope


@dataclass(frozen=True, slots=True)
class SheetLink:
    """One link: French words, address, icon of the sprite."""

    label: str
    url: str
    icon: str


Provider = Callable[[Scope, EdPatient], Iterable[SheetLink]]
_PROVIDERS: dict[str, Provider] = {}


def register_sheet_links(name: str, provider: Provider) -> None:
    """Add links to the sheet, for what the scope may do with this passage."""
    _PROVIDERS[name] = provider


def sheet_links(scope: Scope, patient: EdPatient) -> list[SheetLink]:
    """The links for this account and this passage, by provider."""
    return [link for name in sorted(_PROVIDERS) for link in _PROVIDERS[name](scope, patient)]
