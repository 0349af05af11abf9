"""Imports: choose a file, see what became of each passage, keep the raw file."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from archipel.connectors.rpu import models
from archipel.connectors.rpu.codec.read import MAX_BYTES
from archipel.connectors.rpu.imports import OUTCOMES, import_file
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import ArchipelError, Invalid, NotFound
from archipel.territory import public as territory

CHIPS = {"nouveau": "libre", "change": "reserve", "identique": "applied", "suivi": "occupe", "refuse": "conflit"}
SHOWN, LISTED = 500, 50


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Which RPU files were read, and read another."""
    scope = scope_of(request)
    scope.require(Capability.TRANSMETTRE_RPU)
    wrong = ""
    if request.method == "POST":
        try:
            return redirect("rpu:import", _read(request, scope))
        except ArchipelError as refusal:
            if refusal.http_status not in (403, 404, 422):
                raise
            wrong = refusal.message
    names = {info.finess: info.name for info in territory.sites()}
    rows = models.Import.objects.defer("raw").order_by("-at", "-id")[:LISTED]
    context = {
        "titre": "Imports de RPU",
        "onglet": "imports",
        "erreur": wrong,
        "lignes": [(row, names.get(row.site, row.site), _counts(row)) for row in rows],
        "fil": [("Urgences", reverse("flow:urgences")), ("RPU", reverse("flow:rpu-qualite")), ("Imports", "")],
    }
    return render(request, "rpu/imports.html", context, status=422 if wrong else 200)


def _read(request: HttpRequest, scope: Scope) -> int:
    given = request.FILES.get("fichier")
    if given is None:
        raise Invalid("Choisissez un fichier RPU (XML).", code="fichier")
    if (given.size or 0) > MAX_BYTES:
        raise Invalid(f"Le fichier fait {given.size} octets : {MAX_BYTES} au plus sont lus.", code="fichier")
    return import_file(scope=scope, name=given.name or "fichier.xml", raw=given.read()).number


def _counts(row: models.Import) -> list[tuple[str, str, int]]:
    """(words, chip, passages) of each outcome."""
    return [(OUTCOMES[key], CHIPS[key], row.counts[key]) for key in OUTCOMES if row.counts.get(key)]


def _import(request: HttpRequest, number: int) -> models.Import:
    scope = scope_of(request)
    row = models.Import.objects.filter(id=number).first()
    if row is None:
        raise NotFound("Cet import n'existe pas, ou n'est pas visible par votre compte.", code="import-inconnu")
    scope.require(Capability.TRANSMETTRE_RPU, row.establishment)
    return row


def _lines(row: models.Import, outcome: str) -> Any:
    lines = models.ImportLine.objects.filter(source=row).order_by("number")
    return lines.filter(outcome=outcome) if outcome in OUTCOMES else lines


@never_cache
@login_required
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """What became of each passage of a file."""
    row, outcome = _import(request, number), request.GET.get("issue", "")
    lines = _lines(row, outcome)
    record(
        scope=scope_of(request), action="rpu.import.lecture", establishment=row.establishment,
        object_type="fichier-rpu-recu", object_key=str(row.pk),
    )  # fmt: skip
    total = lines.count()
    context = {
        "titre": f"Import n° {row.pk}",
        "onglet": "imports",
        "i": row,
        "site": {info.finess: info.name for info in territory.sites()}.get(row.site, row.site),
        "comptes": _counts(row),
        "lignes": [(line, OUTCOMES[line.outcome], CHIPS[line.outcome]) for line in lines[:SHOWN]],
        "total": total,
        "en_plus": max(0, total - SHOWN),
        "issues": [(key, word) for key, word in OUTCOMES.items() if row.counts.get(key)],
        "issue": outcome,
        "fil": [("RPU", reverse("flow:rpu-qualite")), ("Imports", reverse("rpu:imports")), (f"Import n° {row.pk}", "")],
    }
    return render(request, "rpu/import.html", context)


@never_cache
@login_required
@require_safe
def lines_export(request: HttpRequest, number: int) -> HttpResponse:
    """The outcomes as a file."""
    row = _import(request, number)
    titles = ["Rang", "Ligne", "Entrée", "Issue", "Constats"]
    rows = (
        [line.number, line.line, line.arrived_at, OUTCOMES[line.outcome], " ".join(line.problems)]
        for line in _lines(row, request.GET.get("issue", ""))
    )
    return table_response(request, f"rpu-import-{number}", titles, rows)


@never_cache
@login_required
@require_safe
def raw(request: HttpRequest, number: int) -> HttpResponse:
    """The file as it came, byte for byte; traced."""
    row = _import(request, number)
    record(
        scope=scope_of(request), action="rpu.import.telecharger", establishment=row.establishment,
        object_type="fichier-rpu-recu", object_key=str(row.pk),
    )  # fmt: skip
    response = HttpResponse(bytes(row.raw), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="rpu-recu-{number}.xml"'
    return response
