"""The trail, for who may read it; reading it leaves a trace too."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from archipel.api.access import scope_of_request
from archipel.api.tables import PagingQuery, csv_response
from archipel.foundation.audit.queries import PER_PAGE, Filters, traces
from archipel.foundation.audit.services import record

router = Router(tags=["audit"])


class TraceOut(Schema):
    """One act."""

    numero: int
    a: datetime
    acteur: str
    etablissement: str
    action: str
    objet: str
    cle: str
    motif: str


class TracesOut(Schema):
    """A page of acts, the newest first; ``total`` is a minimum when ``plafonne``."""

    total: int
    plafonne: bool
    page: int
    taille: int
    elements: list[TraceOut]


class TracesIn(Schema):
    """What is asked of the trail; days are whole, Paris time."""

    acteur: str = ""
    action: str = Field("", description="Début du nom de l'action.")
    objet: str = ""
    cle: str = ""
    etablissement: str = ""
    du: date | None = None
    au: date | None = None


@router.get("", response=TracesOut, summary="Les traces que le compte peut lire")
def trail(request: HttpRequest, paging: PagingQuery, given: Annotated[TracesIn, Query()]) -> Any:
    """Par pages de taille fixe ; cette lecture laisse elle-même une trace."""
    scope = scope_of_request(request)
    filters = Filters(
        actor=given.acteur,
        action=given.action,
        object_type=given.objet,
        object_key=given.cle,
        establishment=given.etablissement,
        since=given.du,
        until=given.au,
    )
    found = traces(scope=scope, filters=filters, page=paging.page)
    kept = given.dict(exclude_defaults=True)
    details = {"filtres": {name: str(value) for name, value in kept.items()}, "page": paging.page, "par": "api"}
    record(
        scope=scope,
        action="traces.lecture",
        establishment=given.etablissement,
        object_type="traces",
        details=details,
    )
    rows = [
        TraceOut(
            numero=t.id, a=t.at, acteur=t.actor, etablissement=t.establishment, action=t.action, objet=t.object_type,
            cle=t.object_key, motif=t.reason,
        )
        for t in found.rows
    ]  # fmt: skip
    if paging.format == "csv":
        return csv_response("traces", TraceOut, rows)
    return TracesOut(total=found.total, plafonne=found.capped, page=paging.page, taille=PER_PAGE, elements=rows)
