"""Loading the graph, importing a file, saying a FINESS PMSI, taking a change back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import csv_bytes
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.perimetre.pages.browse import day_in, seeing
from archipel.programmes.perimetre.queries.history import received
from archipel.programmes.perimetre.rules.reading import COLUMNS, day_of
from archipel.programmes.perimetre.services import imports, sources
from archipel.programmes.perimetre.services.ledger import Done
from archipel.programmes.perimetre.values import LINK_LABELS
from archipel.territory.ficom.sheets import MAX_BYTES
from archipel.territory.screens.common import download

SHOWN = 300


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Programmes", "/programmes/"), ("Périmètre", reverse("perimetre:accueil")), *more]


@require_POST
@seeing
def load(request: HttpRequest) -> HttpResponse:
    """Load the reference data, copy the structure of the territory, or take a change back."""
    scope, action = scope_of(request), request.POST.get("action", "")
    if action == "reference":
        done: Done = sources.load_reference(scope=scope)
    elif action == "territoire":
        done = sources.sync_territory(scope=scope)
    elif action == "annuler":
        number = request.POST.get("modification", "")
        if not number.isdecimal():
            raise Invalid("Quelle modification annuler ?", code="modification")
        try:
            done = imports.undo(scope=scope, change=int(number), reason=request.POST.get("motif", ""))
        except ArchipelError as error:
            if error.http_status not in (409, 422):
                raise
            messages.error(request, error.message)
            return HttpResponseRedirect(reverse("perimetre:accueil"))
    else:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    text = f"{done.said} énoncés enregistrés." if done.change else "Rien de nouveau : tout était déjà dit."
    messages.success(request, text)
    return HttpResponseRedirect(reverse("perimetre:accueil"))


@require_POST
@seeing
def pmsi(request: HttpRequest, code: str) -> HttpResponse:
    """Say which FINESS PMSI an establishment has, from when."""
    post = request.POST
    try:
        until = day_of(post.get("jusqu_au", "")) if post.get("jusqu_au") else None
        imports.say_pmsi(
            scope=scope_of(request), ej=code, pmsi=post.get("pmsi", ""), since=day_in(request, "du"), until=until,
            source=post.get("source", ""), certain=post.get("suppose") != "1",
        )  # fmt: skip
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, "Le FINESS PMSI est enregistré.")
    return HttpResponseRedirect(reverse("perimetre:noeud", args=["ej", code]))


@require_http_methods(["GET", "HEAD", "POST"])
@seeing
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; what it would change is shown next."""
    error = ""
    if request.method == "POST":
        file = request.FILES.get("fichier")
        try:
            if file is None or isinstance(file, list):
                raise Invalid("Choisissez un fichier CSV ou XLSX.", code="fichier-absent")
            if (file.size or 0) > MAX_BYTES:
                raise Invalid(f"Fichier de {file.size} octets : {MAX_BYTES} au plus.", code="fichier-taille")
            number = imports.receive(scope=scope_of(request), name=file.name or "fichier", raw=file.read())
            return HttpResponseRedirect(reverse("perimetre:import-essai", args=[number]))
        except Invalid as found:
            error = found.message
    context = {"titre": "Importer le périmètre", "colonnes": COLUMNS, "error": error, "fil": _trail(("Importer", ""))}
    return render(request, "perimetre/import.html", context, status=422 if error else 200)


@require_safe
@seeing
def template(request: HttpRequest) -> HttpResponse:
    """An empty file with every column."""
    return download(csv_bytes([c.name for c in COLUMNS], []), "text/csv; charset=utf-8", "perimetre-modele.csv")


@require_http_methods(["GET", "HEAD", "POST"])
@seeing
def examine(request: HttpRequest, number: int) -> HttpResponse:
    """What a file would change, what is wrong, and its application."""
    scope = scope_of(request)
    if request.method == "POST":
        try:
            done = imports.apply(scope=scope, number=number, reason=request.POST.get("motif", ""))
            messages.success(request, f"{done.said} énoncés enregistrés.")
            return HttpResponseRedirect(reverse("perimetre:accueil"))
        except ArchipelError as error:
            if error.http_status not in (409, 422):
                raise
            messages.error(request, error.message)
            return HttpResponseRedirect(reverse("perimetre:import-essai", args=[number]))
    trial = imports.trial(scope=scope, number=number)
    context = {
        "titre": f"Essai à blanc : {trial.name}",
        "essai": trial,
        "nouveaux": [(s, LINK_LABELS[s.link] if s.link else "nom") for s in trial.new[:SHOWN]],
        "reste": max(0, len(trial.new) - SHOWN),
        "fautes": trial.wrong[:SHOWN],
        "fil": _trail(("Importer", reverse("perimetre:import")), (trial.name, "")),
    }
    return render(request, "perimetre/essai.html", context)


@require_safe
@seeing
def raw(request: HttpRequest, number: int) -> HttpResponse:
    """A file, as it was received."""
    name, content = received(scope_of(request), number)
    return download(content, "application/octet-stream", name.replace('"', ""))


urlpatterns = [
    path("programmes/perimetre/charger", load, name="charger"),
    path("programmes/perimetre/import/", upload, name="import"),
    path("programmes/perimetre/import/modele", template, name="import-modele"),
    path("programmes/perimetre/import/<int:number>/", examine, name="import-essai"),
    path("programmes/perimetre/import/<int:number>/brut", raw, name="import-brut"),
    path("programmes/perimetre/ej/<str:code>/pmsi", pmsi, name="pmsi"),
]
