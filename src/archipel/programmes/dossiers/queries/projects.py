"""The projects that an establishment is in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse

from archipel.foundation.scope import Scope, in_scope
from archipel.programmes.dossiers.models import Participation
from archipel.programmes.dossiers.values.states import Status
from archipel.programmes.eligibility.public import ProjectLink


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


def project_links(
    scope: Scope, pack: str, codes: Collection[str], at: date, aside: str = ""
) -> Mapping[str, Sequence[ProjectLink]]:
    """FINESS PMSI → the projects of a programme that take one of its places, as eligibility asks for them.

    Args:
        scope: whose dossiers are seen.
        pack: the programme.
        codes: FINESS PMSI.
        at: kept for the one who asks: a place is taken or not now, whatever the date.
        aside: number of a dossier to leave out.
    """
    del at
    found: dict[str, list[ProjectLink]] = {code: [] for code in codes}
    with in_scope(scope):
        rows = Participation.objects.filter(programme=pack, finess__in=list(codes), slot__isnull=False)
        for one in rows.select_related("dossier").order_by("dossier_id"):
            if str(one.dossier_id) != aside:
                address = reverse("dossiers:dossier", args=[one.dossier_id])
                found[one.finess].append(ProjectLink(str(one.dossier_id), one.dossier.title, one.role, address))
    return found
