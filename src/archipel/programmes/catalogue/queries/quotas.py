"""Quotas: what each share allows, what is taken, what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from archipel.programmes.catalogue.models import QuotaMovement
from archipel.programmes.catalogue.values import Aide, Droits


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A share of a quota: what it allows, and what is left of it."""

    aid: str
    aid_name: str
    label: str
    regions: tuple[str, ...]
    rights: int
    left: int

    @property
    def taken(self) -> int:
        """How many rights are held."""
        return self.rights - self.left


@dataclass(frozen=True, slots=True)
class Movement:
    """A right taken or given back."""

    rank: int
    change: int
    left: int
    request: int
    effective_on: date
    recorded_at: datetime


def key_of(aid: Aide, share: Droits) -> str:
    """The name of a share in the ledger."""
    return f"{aid.ref}#{'+'.join(share.regions)}"


def left_of(key: str, rights: int) -> int:
    """What is left of a share."""
    last = QuotaMovement.objects.filter(quota=key).order_by("-rank").first()
    return rights if last is None else last.left + rights - last.rights


def lefts(aids: Iterable[Aide], region: str) -> dict[str, tuple[int, int]]:
    """aid → (left, rights) of the region's share, for the aids that have one; one query."""
    shares = {key_of(aid, share): (aid, share) for aid in aids if (share := aid.droits(region)) is not None}
    rows = QuotaMovement.objects.filter(quota__in=list(shares)).order_by("quota", "-rank").distinct("quota")
    last = {row.quota: row for row in rows}
    found = {}
    for key, (aid, share) in shares.items():
        row = last.get(key)
        found[aid.ref] = (share.nombre if row is None else row.left + share.nombre - row.rights, share.nombre)
    return found


def shares(aid: Aide) -> list[ShareLine]:
    """Every share of an aid's quota."""
    return [
        ShareLine(aid.ref, aid.nom, one.libelle, one.regions, one.nombre, left_of(key_of(aid, one), one.nombre))
        for one in aid.quota
    ]


def movements(key: str) -> list[Movement]:
    """The ledger of a share, oldest first."""
    rows = QuotaMovement.objects.filter(quota=key).order_by("rank")
    return [Movement(r.rank, r.change, r.left, r.request, r.effective_on, r.recorded_at) for r in rows]
