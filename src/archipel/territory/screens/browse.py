"""The tree of the group on a day, one entity with its history, and the exports."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.territory.ficom import writer
from archipel.territory.ficom.layout import LAYOUT, NOTE
from archipel.territory.queries.timelines import structure
from archipel.territory.queries.today import establishments
from archipel.territory.queries.tree import history, publications, structure_at, waiting
from archipel.territory.screens.common import day_asked, download, holding
from archipel.territory.services.imports import proposals
from archipel.territory.values import KIND_LABELS, Kind

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@holding(Capability.VOIR_CAPACITE)
def tree(request: HttpRequest) -> HttpResponse:
    """The group's structure on a day."""
    scope, day = scope_of(request), day_asked(request)
    known = establishments()
    chosen = request.GET.get("etablissement", "")
    asked = [chosen] if chosen in {row.code for row in known} else None
    nodes = structure_at(day, asked)
    manages = scope.may(Capability.GERER_STRUCTURE)
    context = {
        "titre": "Structure",
        "nodes": nodes,
        "totals": {label: sum(_count(node, kind) for node in nodes) for kind, label in _TOTALS},
        "day": day,
        "today": timezone.localdate(),
        "establishments": known,
        "chosen": chosen,
        "manages": manages,
        "waiting": len(waiting()) if manages else 0,
        "proposals": len(proposals(scope=scope)) if manages else 0,
        "publications": publications(12) if manages else [],
        "note": NOTE,
    }
    return render(request, "territory/structure.html", context)


_TOTALS = ((Kind.EJ, "établissements"), (Kind.EG, "sites"), (Kind.UF, "UF"), (Kind.LIT, "lits et places"))


def _count(node: object, kind: Kind) -> int:
    return int(node.counts[kind]) + (node.key.kind is kind)  # type: ignore[attr-defined]


@require_GET
@holding(Capability.VOIR_CAPACITE)
def entity(request: HttpRequest, entity: int) -> HttpResponse:
    """One entity: what it is, what it was, what it is linked to."""
    view = history(entity, timezone.localdate())
    context = {
        "titre": view.name,
        "fil": [("Structure", reverse("structure")), (view.name, "")],
        "view": view,
        "kind": KIND_LABELS[view.key.kind],
        "manages": scope_of(request).may(Capability.GERER_STRUCTURE, view.key.establishment or "*"),
    }
    return render(request, "territory/entite.html", context)


@require_GET
@holding(Capability.VOIR_CAPACITE)
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The structure as a fichier commun de structure, on a day, for one establishment or all."""
    if form not in ("csv", "xlsx"):
        raise Http404
    day = day_asked(request)
    chosen = request.GET.get("etablissement", "")
    known = structure([chosen] if chosen else None)
    made = writer.to_csv if form == "csv" else writer.to_xlsx
    body = made(known.timelines, known.provisional, day)
    record(
        scope=scope_of(request), action="structure.exporter", establishment=chosen, object_type="structure",
        details={"format": f"{LAYOUT} {form}", "jour": day.isoformat()},
    )  # fmt: skip
    name = f"structure-{chosen or 'ght'}-{day.isoformat()}.{form}".replace("~", "")
    return download(body, "text/csv; charset=utf-8" if form == "csv" else _XLSX, name)
