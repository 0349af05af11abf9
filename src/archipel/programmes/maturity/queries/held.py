"""The packs that hold grids, and the campaigns that keep a version of one."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from archipel.kernel.errors import NotFound
from archipel.programmes.maturity.models import Campaign
from archipel.programmes.packs import public as packs


def in_force() -> list[packs.Pack]:
    """The packs in force that hold at least one grid, by title."""
    return [pack for pack in packs.packs() if pack.grilles]


def by_version(id: str, version: str) -> packs.Pack | None:
    """A pack in one version, in force or not."""
    try:
        return packs.pack(id, version)
    except NotFound:
        return None


def uses(pack: str, version: str) -> Sequence[packs.Use]:
    """The campaigns that keep a version of a pack, for its review."""
    count = Campaign.objects.filter(pack=pack, version=version).count()
    return [packs.Use("campagnes de maturité", count, reverse("maturity:accueil"))]
