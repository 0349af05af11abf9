"""The tabs that the pages of a domain share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab, and whether the page shown is behind it."""

    label: str
    url: str
    icon: str
    current: bool


def tabs(request: HttpRequest, known: Iterable[tuple[str, str, str]]) -> list[Tab]:
    """The tabs of a page; the longest address that begins the page's own is the current one.

    Args:
        request: the page's.
        known: (label, name of the first page, icon) of each; what has no page in this installation is left out.
    """
    found = []
    for label, name, icon in known:
        try:
            found.append((label, reverse(name), icon))
        except NoReverseMatch:
            continue
    here = max((url for _, url, _ in found if request.path.startswith(url)), key=len, default="")
    return [Tab(label, url, icon, url == here) for label, url, icon in found]
