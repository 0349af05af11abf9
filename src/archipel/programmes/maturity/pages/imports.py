"""Answers from a sheet: the template, the file sent back, what it would do, and applying it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import XLSX_TYPE
from archipel.kernel.errors import Invalid
from archipel.programmes.maturity import public as maturity
from archipel.programmes.maturity.pages.common import Context, acted, ask, grid_address, readers, trail
from archipel.programmes.maturity.rules.sheet import COLUMNS
from archipel.programmes.maturity.rules.sheet import template as sheet_template
from archipel.programmes.maturity.services.imports import CHANGED, NEW, SAME, WRONG


@readers
@require_safe
def template(request: HttpRequest, pack: str, grille: str) -> HttpResponse:
    """An XLSX to fill in, for one entity or for all those that the account may answer for."""
    scope = scope_of(request)
    grid = maturity.grid(pack, grille)
    wanted = ask(request, "repondant")
    asked = []
    for group in maturity.groups(scope, grid):
        for who in (*group.members, *((group.itself,) if group.code else ())):
            questions = [i for i in grid.indicateurs if not who.ght or i.groupe == who.group]
            if questions and wanted in ("", who.code) and maturity.may_answer(scope, who, group.support):
                asked.append((who.code, who.name, questions))
    response = HttpResponse(sheet_template(grid, asked), content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="modele-{grid.id}.xlsx"'
    return response


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pack: str, grille: str) -> HttpResponse:
    """Send a file of answers; nothing is written before it was looked at."""
    scope = scope_of(request)
    scope.require(Capability.GERER_PROGRAMMES)
    grid = maturity.grid(pack, grille)
    error = None
    if request.method == "POST":
        sent = request.FILES.get("fichier")
        try:
            if sent is None:
                raise Invalid("Choisissez un fichier.", code="fichier", field="fichier")
            number = maturity.receive(scope=scope, grid=grid, raw=sent.read(), name=sent.name or "fichier")
            return HttpResponseRedirect(reverse("maturity:import-examen", args=[number]))
        except Invalid as refused:
            error = refused
    context: Context = {
        "titre": "Importer des réponses",
        "grille": grid,
        "erreur": error,
        "colonnes": [title for _, title in COLUMNS],
        "fil": trail(grid, ("Importer", "")),
    }
    return render(request, "maturite/import.html", context, status=422 if error else 200)


@readers
@require_http_methods(["GET", "HEAD", "POST"])
def examined(request: HttpRequest, fichier: int) -> HttpResponse:
    """What the file would do, line by line; then do it."""
    scope = scope_of(request)
    found = maturity.examine(scope=scope, number=fichier)
    if request.method == "POST":
        back = grid_address("grille", found.grid)
        return acted(request, lambda: maturity.apply(scope=scope, number=fichier), back)
    context: Context = {
        "titre": f"Import de {found.name}",
        "f": found,
        "nouvelles": found.count(NEW),
        "changees": found.count(CHANGED),
        "identiques": found.count(SAME),
        "refusees": found.count(WRONG),
        "ecrit": found.count(NEW) + found.count(CHANGED),
        "fil": trail(found.grid, ("Import", "")),
    }
    return render(request, "maturite/import_examen.html", context)
