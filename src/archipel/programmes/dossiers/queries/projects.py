"""The projects that an establishment is in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from archipel.programmes.dossiers.models import Participation
from archipel.programmes.dossiers.values.states import Status


@dataclass(frozen=True, slots=True)
class ProjectOf:
    """A project of an establishment; ``counts``: it takes one of the places that the programme allows."""

    dossier: int
    title: str
    programme: str
    version: str
    theme: str
    status: Status
    role: str
    counts: bool
    granted: Decimal | None
    paid: Decimal


def projects_of(finess: str, programme: str = "") -> list[ProjectOf]:
    """The projects, as lead or party, that the present scope sees, the newest first.

    Args:
        finess: FINESS PMSI.
        programme: identifier of the pack; all of them by default.
    """
    rows = Participation.objects.filter(finess=finess).select_related("dossier").order_by("-dossier_id")
    if programme:
        rows = rows.filter(programme=programme)
    return [
        ProjectOf(
            one.dossier_id, one.dossier.title, one.programme, one.dossier.pack_version, one.dossier.theme,
            Status(one.dossier.status), one.role, one.slot is not None, one.dossier.granted, one.dossier.paid,
        )
        for one in rows
    ]  # fmt: skip
