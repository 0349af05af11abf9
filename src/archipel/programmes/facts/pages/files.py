"""Files of facts or payments: received, tried, applied, set aside, taken back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Scope
from archipel.foundation.web.export import csv_bytes
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.facts.pages import shell
from archipel.programmes.facts.rules.importing import FACT_COLUMNS, PAYMENT_COLUMNS, FactLine
from archipel.programmes.facts.rules.typed import shown, to_text
from archipel.programmes.facts.services import imports
from archipel.programmes.facts.services.imports import Effect, ImportInfo, Planned
from archipel.territory.ficom.sheets import MAX_BYTES

SHOWN = 400
COLUMNS = {"faits": FACT_COLUMNS, "versements": PAYMENT_COLUMNS}
STATUS = {"essai": "à décider", "applique": "appliqué", "ecarte": "écarté", "annule": "annulé"}


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Programmes", "/programmes/"), ("Faits", reverse("facts:accueil")), *more]


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; what it would change is shown next, nothing is written here."""
    kind, error = request.POST.get("nature") or request.GET.get("nature", "faits"), ""
    if request.method == "POST":
        try:
            received = shell.upload(request, "fichier", MAX_BYTES)
            if received is None:
                raise Invalid("Choisissez un fichier CSV ou XLSX.", code="fichier-absent", field="fichier")
            name, raw = received
            info = imports.receive(scope=shell.scope_of(request), kind=kind, name=name, raw=raw)
            return HttpResponseRedirect(reverse("facts:import-essai", args=[info.id]))
        except ArchipelError as found:
            if found.http_status == 403:
                raise
            error = found.message
    context = {
        "titre": "Importer",
        "nature": kind if kind in COLUMNS else "faits",
        "colonnes": COLUMNS.get(kind, FACT_COLUMNS),
        "recus": [(info, STATUS[info.status]) for info in imports.imports()],
        "error": error,
        "ecrit": shell.writes(shell.scope_of(request)),
        "fil": _trail(("Importer", "")),
    }
    return render(request, "facts/import.html", context, status=422 if error else 200)


@require_safe
@shell.seeing
def template(request: HttpRequest) -> HttpResponse:
    """An empty file with every column."""
    kind = request.GET.get("nature", "faits")
    columns = COLUMNS.get(kind, FACT_COLUMNS)
    return shell.download(csv_bytes([c.name for c in columns], []), "text/csv; charset=utf-8", f"{kind}-modele.csv")


def _line(one: Planned) -> tuple[Planned, str, str, str]:
    """A line for the screen: what it says, before and after."""
    line = one.line
    if isinstance(line, FactLine):
        before = shown(line.fact, one.old.value) if one.old else ""
        return one, line.fact.libelle, before, shown(line.fact, line.value)
    return one, f"{line.programme}, {line.kind.value}", "", f"{to_text(line.amount)} €, le {line.paid_on:%d/%m/%Y}"


@require_safe
@shell.seeing
def examine(request: HttpRequest, number: int) -> HttpResponse:
    """The dry run: what each line would do, what is wrong, and the decision."""
    info, trial = imports.trial(scope=shell.scope_of(request), number=number)
    todo = [one for one in trial.planned if one.effect is not Effect.INCHANGE]
    context = {
        "titre": f"Essai à blanc : {info.name}",
        "info": info,
        "etat": STATUS[info.status],
        "essai": trial,
        "nouveaux": trial.count(Effect.NOUVEAU),
        "corriges": trial.count(Effect.CORRIGE),
        "inchanges": trial.count(Effect.INCHANGE),
        "contredits": sum(bool(one.against) for one in trial.planned),
        "lignes": [_line(one) for one in todo[:SHOWN]],
        "reste": max(0, len(todo) - SHOWN),
        "fautes": trial.wrong[:SHOWN],
        "reste_fautes": max(0, len(trial.wrong) - SHOWN),
        "fil": _trail(("Importer", reverse("facts:import")), (info.name, "")),
    }
    return render(request, "facts/essai.html", context)


@require_safe
@shell.seeing
def report(request: HttpRequest, number: int) -> HttpResponse:
    """The dry run as a file: every line, its effect or its fault."""
    _, trial = imports.trial(scope=shell.scope_of(request), number=number)
    rows: list[tuple[int, list[object]]] = []
    for one in trial.planned:
        _, what, before, after = _line(one)
        rows.append((one.line.line, [one.line.line, one.effect.value, one.line.subject.code, what, before, after, ""]))
    rows += [(w.line, [w.line, "fautif", w.found, w.column, "", w.expected, w.message]) for w in trial.wrong]
    titles = ["Ligne", "Effet", "FINESS ou trouvé", "Fait ou colonne", "Avant", "Après ou attendu", "Message"]
    ordered = [row for _, row in sorted(rows, key=lambda pair: pair[0])]
    return shell.table_response(request, f"essai-{number}", titles, ordered)


@require_safe
@shell.seeing
def raw(request: HttpRequest, number: int) -> HttpResponse:
    """The file, as it was received."""
    name, content = imports.raw_file(number)
    return shell.download(content, "application/octet-stream", name.replace('"', ""))


ACTS: dict[str, Callable[[HttpRequest, Scope, int], ImportInfo]] = {
    "appliquer": lambda r, s, n: imports.apply(scope=s, number=n, expected=r.POST.get("empreinte", "")),
    "ecarter": lambda r, s, n: imports.reject(scope=s, number=n, reason=r.POST.get("motif", "")),
    "annuler": lambda r, s, n: imports.undo_import(scope=s, number=n, reason=r.POST.get("motif", "")),
}
DONE = {
    "applique": "Import appliqué : {kept} ligne(s) enregistrée(s).",
    "ecarte": "Import écarté ; le fichier reste consultable.",
    "annule": "Import annulé : tout ce qu'il avait écrit est retiré.",
}


@require_POST
@shell.seeing
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Apply, set aside or take back."""
    action = request.POST.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    try:
        info = ACTS[action](request, shell.scope_of(request), number)
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    else:
        messages.success(request, DONE[info.status].format(kept=info.kept))
    return HttpResponseRedirect(reverse("facts:import-essai", args=[number]))


urlpatterns = [
    path("programmes/faits/import/", upload, name="import"),
    path("programmes/faits/import/modele", template, name="import-modele"),
    path("programmes/faits/import/<int:number>/", examine, name="import-essai"),
    path("programmes/faits/import/<int:number>/rapport", report, name="import-rapport"),
    path("programmes/faits/import/<int:number>/brut", raw, name="import-brut"),
    path("programmes/faits/import/<int:number>/decider", decide, name="import-decider"),
]
