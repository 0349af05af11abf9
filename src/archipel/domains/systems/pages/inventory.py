"""The inventory table: filters, columns, bulk edit, completeness by member, exports."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.listing import Wanted, export_rows, rows, vendors
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.campaign import current, progress
from archipel.domains.systems.rules.completeness import by_member
from archipel.domains.systems.rules.model import functions
from archipel.domains.systems.services import bulk
from archipel.domains.systems.values.records import Inventory, Key
from archipel.domains.systems.values.schema import FIELDS, HOSTING, KIND_LABELS, SHARED, STATUS, Kind
from archipel.foundation.scope import Scope
from archipel.foundation.web.export import XLSX_TYPE, workbook_bytes
from archipel.kernel.errors import Invalid

COLUMNS = {
    Kind.CONTRAT: ("objet", "editeur", "debut", "fin", "preavis_mois", "montant"),
    Kind.INTERFACE: ("source", "cible", "norme", "objet", "volume_jour", "eai"),
    Kind.EQUIPEMENT: ("nom", "type", "quantite", "mise_en_service", "lieu", "technologies"),
    Kind.TECHNOLOGIE: ("nom", "version", "editeur", "dependance", "fin_support"),
    Kind.EDITEUR: ("nom", "pays", "dependance", "plan_sortie"),
    Kind.PRODUIT: ("nom", "editeur", "fonctions", "fictif"),
    Kind.CIBLE: ("fonction", "produit", "taux", "echeance"),
    Kind.CAMPAGNE: ("nom", "ouverture", "cloture", "seuil"),
}


def wanted_in(request: HttpRequest) -> Wanted:
    """What the address asks for. Raises Invalid: an unknown kind."""
    query, scope = request.GET, shell.scope_of(request)
    kind = query.get("nature", "") or Kind.APPLICATION.value
    if kind not in {one.value for one in Kind}:
        raise Invalid(f"Nature « {kind[:30]} » inconnue.", code="nature")
    return Wanted(
        Kind(kind), frozenset(code for code, _ in shell.chosen(scope, query)), query.get("fonction", ""),
        query.get("editeur", ""), query.get("statut", ""), query.get("hebergement", ""), query.get("q", "").strip(),
    )  # fmt: skip


@require_safe
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """Everything that is described, one kind at a time."""
    scope, wanted = shell.scope_of(request), wanted_in(request)
    known = inventory(shell.day_in(request.GET))
    found = rows(known, wanted)
    names = dict(shell.members(scope))
    scores = by_member(known.of(Kind.APPLICATION), list(names))
    labels = {field.name: field.label for field in FIELDS[wanted.kind]}
    columns = COLUMNS.get(wanted.kind, ())
    context = {
        "titre": "Inventaire des systèmes",
        "nature": wanted.kind.value,
        "natures": [(kind.value, KIND_LABELS[kind], len(known.of(kind))) for kind in Kind],
        "lignes": found,
        "cellules": [(row, [row.record.shown(name) for name in columns[1:]]) for row in found] if columns else [],
        "colonnes": [labels[name] for name in columns],
        "commun": wanted.kind in SHARED,
        "choix": wanted,
        "asked": request.GET,
        "membres": list(names.items()),
        "fonctions": functions().functions,
        "noms_fonctions": {one.id: one.label for one in functions().functions},
        "editeurs": vendors(rows(known, Wanted(wanted.kind, wanted.establishments))),
        "statuts": STATUS,
        "hebergements": HOSTING,
        "scores": [(names[score.establishment], score) for score in scores],
        "champs": [field for field in FIELDS[wanted.kind] if field.name not in ("code", "etablissement", "nom")],
        "ecrit": shell.keeps(scope),
        "vide": not known.records,
        "relance": _reminder(known, scope),
        "le": known.day,
        "requete": request.GET.urlencode(),
    }
    return render(request, "systems/accueil.html", context)


def _reminder(known: Inventory, scope: Scope) -> tuple[int, date] | None:
    """What the account still has to look at in the campaign of the moment, and by when."""
    campaign = current(known)
    closing = campaign.day("cloture") if campaign else None
    if campaign is None or closing is None:
        return None
    kept = [code for code, _ in shell.members(scope) if shell.keeps(scope, code)]
    waiting = sum(len(one.waiting) for one in progress(known, campaign, kept))
    return (waiting, closing) if waiting else None


@require_POST
@shell.seeing
def bulk_edit(request: HttpRequest) -> HttpResponse:
    """One field of the lines that are ticked."""
    scope, post = shell.scope_of(request), request.POST
    kind = post.get("nature", "")
    if kind not in {one.value for one in Kind}:
        raise Invalid("Nature inconnue.", code="nature")
    keys = [Key(Kind(kind), *text.partition("|")[::2]) for text in post.getlist("fiche")]

    def act() -> str:
        count = bulk.change_field(scope=scope, keys=keys, field=post.get("champ", ""), text=post.get("valeur", ""))
        return f"{count} fiche(s) modifiée(s) ; l'historique de l'une d'elles permet de tout annuler."

    shell.told(request, act)
    query = post.get("requete", "")
    return HttpResponseRedirect(reverse("systems:accueil") + (f"?{query}" if query else ""))


@require_safe
@shell.seeing
def export(request: HttpRequest) -> HttpResponse:
    """The table in the shape in which it is imported, with its filters."""
    wanted = wanted_in(request)
    found = rows(inventory(shell.day_in(request.GET)), wanted)
    titles = [field.label for field in FIELDS[wanted.kind]]
    return shell.table_response(request, f"inventaire-{wanted.kind.value}", titles, export_rows(wanted.kind, found))


@require_safe
@shell.seeing
def workbook(request: HttpRequest) -> HttpResponse:
    """Everything in one workbook, a sheet for each kind, as it is imported; with the establishments of the address."""
    known, asked = inventory(shell.day_in(request.GET)), wanted_in(request)
    sheets = (
        (KIND_LABELS[kind], [field.label for field in FIELDS[kind]],
         export_rows(kind, rows(known, Wanted(kind, asked.establishments))))
        for kind in Kind
    )  # fmt: skip
    name = f"inventaire-{timezone.localtime():%Y%m%d-%H%M}.xlsx"
    return shell.download(workbook_bytes(sheets), XLSX_TYPE, name)


urlpatterns = [
    path("systemes/classeur", workbook, name="classeur"),
    path("systemes/", home, name="accueil"),
    path("systemes/modifier", bulk_edit, name="modifier"),
    path("systemes/export", export, name="export"),
]
