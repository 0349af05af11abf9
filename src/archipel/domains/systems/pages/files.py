"""Files of the inventory: received, tried, columns and names settled, applied, taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries import files as queries
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.services import golden, imports
from archipel.domains.systems.values.files import Effect
from archipel.domains.systems.values.schema import FIELDS, GOLDEN, KIND_LABELS, Kind
from archipel.foundation.scope import Scope
from archipel.foundation.web.export import csv_bytes
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.territory.ficom.sheets import MAX_BYTES

SHOWN = 200
STATUS = {"essai": "à décider", "applique": "appliqué", "ecarte": "écarté", "annule": "annulé"}


def _receive(request: HttpRequest, scope: Scope) -> int:
    file = request.FILES.get("fichier")
    if file is None or isinstance(file, list):
        raise Invalid("Choisissez un fichier CSV ou XLSX.", code="fichier", field="fichier")
    if (file.size or 0) > MAX_BYTES:
        raise Invalid(f"Fichier de {file.size} octets : {MAX_BYTES} au plus.", code="fichier-taille")
    return imports.receive(
        scope=scope, name=file.name or "fichier", raw=file.read(), source=request.POST.get("source", ""),
        establishment=request.POST.get("etablissement", ""), effective_on=shell.day_in(request.POST, "effet"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; the files already received."""
    scope, error = shell.scope_of(request), ""
    if request.method == "POST":
        try:
            return HttpResponseRedirect(reverse("systems:import-essai", args=[_receive(request, scope)]))
        except ArchipelError as refused:
            if refused.http_status != 422:
                raise
            error = refused.message
    context = {
        "titre": "Importer un inventaire",
        "erreur": error,
        "ecrit": shell.keeps(scope),
        "membres": [one for one in shell.members(scope) if shell.keeps(scope, one[0])],
        "fichiers": [(one, STATUS[one.status]) for one in queries.files()],
        "natures": [(kind, KIND_LABELS[kind], FIELDS[kind]) for kind in Kind],
        "fil": shell.trail(("Importer", "")),
    }
    return render(request, "systems/import.html", context, status=422 if error else 200)


@require_safe
@shell.seeing
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty file with every column of a kind."""
    if kind not in {one.value for one in Kind}:
        raise Invalid("Nature inconnue.", code="nature")
    titles = [one.label for one in FIELDS[Kind(kind)]]
    return shell.download(csv_bytes(titles, []), "text/csv; charset=utf-8", f"modele-{kind}.csv")


def _line(one: Any) -> dict[str, Any]:
    labels = {field.name: field.label for field in FIELDS[one.line.key.kind]}
    changes = [(labels.get(name, name), old, new) for name, old, new in one.changes]
    return {"p": one, "nature": KIND_LABELS[one.line.key.kind], "changements": changes}


@require_safe
@shell.seeing
def examine(request: HttpRequest, number: int) -> HttpResponse:
    """The dry run: columns, names to settle, what is wrong, what would change, the decision."""
    scope = shell.scope_of(request)
    info, trial = queries.file_info(number), queries.trial(scope=scope, number=number)
    todo = [one for one in trial.planned if one.effect is not Effect.INCHANGE]
    known = inventory(kinds=GOLDEN)
    context = {
        "titre": f"Essai à blanc : {info.name}",
        "info": info,
        "etat": STATUS[info.status],
        "essai": trial,
        "ecrit": shell.keeps(scope, info.establishment),
        "feuilles": [(one, KIND_LABELS[one.kind], FIELDS[one.kind]) for one in trial.sheets],
        "nouveaux": trial.count(Effect.NOUVEAU),
        "modifies": trial.count(Effect.MODIFIE),
        "inchanges": trial.count(Effect.INCHANGE),
        "lignes": [_line(one) for one in todo[:SHOWN]],
        "reste": max(0, len(todo) - SHOWN),
        "fautes": trial.problems[:SHOWN],
        "reste_fautes": max(0, len(trial.problems) - SHOWN),
        "ressemblants": [one for one in trial.doubtful if one.code][:60],
        "neufs": [one for one in trial.doubtful if not one.code],
        "fiches": {kind.value: [(one.key.code, one.name) for one in known.of(kind)] for kind in GOLDEN},
        "fil": shell.trail(("Importer", reverse("systems:import")), (info.name, "")),
    }
    return render(request, "systems/essai.html", context)


@require_safe
@shell.seeing
def report(request: HttpRequest, number: int) -> HttpResponse:
    """The dry run as a file: every line, its effect or its fault."""
    trial = queries.trial(scope=shell.scope_of(request), number=number)
    rows: list[list[object]] = [
        [p.line.sheet, p.line.line, p.effect.value, p.line.key.establishment, p.line.key.code, "", "", "", ""]
        for p in trial.planned
    ]
    rows += [[w.sheet, w.line, "fautif", "", "", w.column, w.found, w.expected, w.message] for w in trial.problems]
    titles = ["Feuille", "Ligne", "Effet", "Établissement", "Code", "Colonne", "Trouvé", "Attendu", "Message"]
    ordered = sorted(rows, key=lambda row: (str(row[0]), int(str(row[1]))))
    return shell.table_response(request, f"essai-{number}", titles, ordered)


@require_safe
@shell.seeing
def raw(request: HttpRequest, number: int) -> HttpResponse:
    """The file, as it was received."""
    name, content = queries.raw_file(number)
    return shell.download(content, "application/octet-stream", name.replace('"', ""))


def _columns(request: HttpRequest, scope: Scope, number: int) -> str:
    sheet = request.POST.get("feuille", "")
    pairs = zip(request.POST.getlist("titre"), request.POST.getlist("champ"), strict=False)
    imports.set_columns(scope=scope, number=number, sheet=sheet, chosen=dict(pairs))
    return "Colonnes retenues, pour ce fichier et les suivants de la même source."


def _name(request: HttpRequest, scope: Scope, number: int) -> str:
    said, text = request.POST.get("fiche", ""), request.POST.get("texte", "")
    kind = request.POST.get("nature", "")
    if kind not in {one.value for one in GOLDEN}:
        raise Invalid("Un nom d'éditeur ou de produit est attendu.", code="nom")
    new = said == "+"
    golden.settle(scope=scope, kind=Kind(kind), text=text, code="" if new else said, new=new)
    return f"« {text} » : c'est retenu."


def _apply(request: HttpRequest, scope: Scope, number: int) -> str:
    count = imports.apply(
        scope=scope, number=number, expected=request.POST.get("empreinte", ""),
        create_golden=request.POST.get("creer") == "1",
    )  # fmt: skip
    return f"Import appliqué : {count} énoncé(s) enregistré(s)."


def _reject(request: HttpRequest, scope: Scope, number: int) -> str:
    imports.reject(scope=scope, number=number, reason=request.POST.get("motif", ""))
    return "Import écarté ; le fichier reste consultable."


def _undo(request: HttpRequest, scope: Scope, number: int) -> str:
    imports.undo(scope=scope, number=number, reason=request.POST.get("motif", ""))
    return "Import annulé : ce qu'il avait dit ne vaut plus."


ACTS: dict[str, Callable[[HttpRequest, Scope, int], str]] = {
    "colonnes": _columns,
    "nom": _name,
    "appliquer": _apply,
    "ecarter": _reject,
    "annuler": _undo,
}


@require_POST
@shell.seeing
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Settle the columns or a name, apply, set aside or take back."""
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        raise Invalid("Action inconnue.", code="action")
    shell.told(request, lambda: act(request, shell.scope_of(request), number))
    return HttpResponseRedirect(reverse("systems:import-essai", args=[number]))


urlpatterns = [
    path("systemes/import/", upload, name="import"),
    path("systemes/import/modele/<str:kind>", template, name="import-modele"),
    path("systemes/import/<int:number>/", examine, name="import-essai"),
    path("systemes/import/<int:number>/rapport", report, name="import-rapport"),
    path("systemes/import/<int:number>/brut", raw, name="import-brut"),
    path("systemes/import/<int:number>/decider", decide, name="import-decider"),
]
