"""The maps: drawn by themselves, filtered, around one thing, as a table, as files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from archipel.domains.systems.pages import shell
from archipel.domains.systems.queries.maps import Drawing, drawing, file_of, link_rows, vendors
from archipel.domains.systems.queries.version import inventory_kept
from archipel.domains.systems.rules.maps.graph import hidden_by_default, switches
from archipel.domains.systems.rules.maps.svg import Caption
from archipel.domains.systems.rules.model import functions
from archipel.domains.systems.values.maps import DEEPEST, GROUPINGS, VIEW_LABELS, Asked, View
from archipel.domains.systems.values.schema import HOSTING
from archipel.kernel.errors import NotFound

PER_PAGE = 50
FILES = {
    "svg": ("image/svg+xml", "svg"),
    "png": ("image/png", "png"),
    "drawio": ("application/vnd.jgraph.mxfile", "drawio"),
    "archimate": ("application/xml", "xml"),
}
FILE_LABELS = (
    ("csv", "CSV"), ("xlsx", "XLSX"), ("svg", "SVG"), ("png", "PNG"), ("drawio", "draw.io"), ("archimate", "ArchiMate"),
)  # fmt: skip


def view_of(name: str) -> View:
    """The map of an address. Raises NotFound."""
    if name not in {one.value for one in View}:
        raise NotFound("Cette carte n'existe pas : applications, flux, infrastructure ou editeurs.", code="carte")
    return View(name)


def asked_in(request: HttpRequest, view: View) -> Asked:
    """What the address asks of a map; what it does not know is left out."""
    query = request.GET
    codes = {code for code, _ in switches(view)}
    shown = codes & set(query.getlist("montrer"))
    hidden = codes - shown if "montrer" in query else hidden_by_default(view)
    places = shell.chosen(shell.scope_of(request), query) if any(query.getlist("etablissement")) else []
    depth = query.get("pas", "")
    return Asked(
        view,
        query.get("grouper", "") if query.get("grouper", "") in GROUPINGS else "domaine",
        frozenset(code for code, _ in places),
        query.get("domaine", "") if query.get("domaine", "") in {one.id for one in functions().groups} else "",
        query.get("editeur", "")[:200],
        query.get("hebergement", "") if query.get("hebergement", "") in dict(HOSTING) else "",
        query.get("q", "").strip()[:100],
        frozenset(hidden),
        query.get("autour", "")[:300],
        min(int(depth), DEEPEST) if depth.isdigit() and int(depth) else 1,
    )


def _drawn(request: HttpRequest, name: str) -> tuple[Asked, Drawing]:
    asked = asked_in(request, view_of(name))
    return asked, drawing(shell.scope_of(request), asked, shell.day_in(request.GET))


def _without(query: QueryDict, *names: str) -> str:
    kept = [(name, value) for name, values in query.lists() for value in values if name not in names and value]
    return urlencode(kept)


def _page(request: HttpRequest, drawn: Drawing) -> dict[str, Any]:
    rows = drawn.rows
    last = max(1, -(-len(rows) // PER_PAGE))
    asked = request.GET.get("page", "")
    number = min(max(int(asked), 1), last) if asked.isdigit() else 1
    return {
        "lignes": rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        "page": number,
        "derniere": last,
        "precedente": number - 1 if number > 1 else 0,
        "suivante": number + 1 if number < last else 0,
    }


def _centre(drawn: Drawing) -> str:
    """The name of what the map is drawn around; empty when it is drawn whole, or when it is not there."""
    graph = drawn.placed.graph
    return graph.nodes[graph.focus].name if graph.focus is not None else ""


@require_safe
@shell.seeing
def carte(request: HttpRequest, name: str = View.APPLICATIONS.value) -> HttpResponse:
    """One map."""
    asked, drawn = _drawn(request, name)
    scope, graph = shell.scope_of(request), drawn.placed.graph
    known = inventory_kept(scope, shell.day_in(request.GET))
    context = {
        "titre": f"Carte : {VIEW_LABELS[asked.view].lower()}",
        "vue": asked.view.value,
        "vues": [(one.value, label) for one, label in VIEW_LABELS.items()],
        "asked": asked,
        "le": known.day,
        "choses": len(graph.nodes),
        "liens": len(graph.links),
        "boites": len(drawn.placed.boxes),
        "carte": mark_safe(drawn.json),  # noqa: S308 - no "<" is left to close the block
        "membres": shell.members(scope),
        "domaines": functions().groups,
        "editeurs": vendors(scope, known.day),
        "hebergements": HOSTING,
        "groupements": GROUPINGS.items(),
        "interrupteurs": [(code, label, code not in asked.hidden) for code, label in switches(asked.view)],
        "pas": range(1, DEEPEST + 1),
        "centre": _centre(drawn),
        "fichiers": FILE_LABELS,
        "vide": not known.live(),
        "requete": _without(request.GET, "page", "format"),
        "sans_centre": _without(request.GET, "page", "format", "autour", "pas"),
        "fil": shell.trail(("Cartes", "")),
        **_page(request, drawn),
    }
    return render(request, "systems/cartes.html", context)


@require_safe
@shell.seeing
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The map as a file, with the filters of the address: its links as a table, a picture, a model.

    Raises:
        Invalid: an unknown format.
    """
    asked, drawn = _drawn(request, name)
    kind = request.GET.get("format", "csv")
    if kind not in FILES:
        titles = ["De", "Où", "Lien", "À", "Où", "Objet", "Nombre"]
        return shell.table_response(request, f"carte-{name}", titles, link_rows(drawn.placed.graph))
    placed, caption = drawn.placed, _caption(request, asked, drawn)
    content_type, extension = FILES[kind]
    body = file_of(placed, caption, kind)
    return shell.download(body, content_type, f"carte-{name}-{timezone.localtime():%Y%m%d-%H%M}.{extension}")


def _caption(request: HttpRequest, asked: Asked, drawn: Drawing) -> Caption:
    """What a file says of itself: where it comes from, when, and what was left out."""
    names = dict(shell.members(shell.scope_of(request)))
    graph = drawn.placed.graph
    hidden = [label for code, label in switches(asked.view) if code in asked.hidden]
    told = [
        "Données synthétiques" if settings.SYNTHETIC else "",
        f"inventaire au {shell.day_in(request.GET):%d/%m/%Y}",
        f"{len(graph.nodes)} choses, {len(graph.links)} liens",
        f"autour de {_centre(drawn)}, {asked.depth} pas" if asked.focus else f"par {GROUPINGS[asked.group_by].lower()}",
        ", ".join(names.get(code, code) for code in sorted(asked.establishments)),
        next((f"domaine {one.label}" for one in functions().groups if one.id == asked.domain), ""),
        f"éditeur {asked.vendor}" if asked.vendor else "",
        f"hébergement {dict(HOSTING)[asked.hosting]}" if asked.hosting else "",
        f"nom contenant « {asked.text} »" if asked.text else "",
        f"masqués : {', '.join(hidden)}" if hidden else "",
    ]
    return Caption(f"Carte : {VIEW_LABELS[asked.view].lower()}", " · ".join(filter(None, told)))


urlpatterns = [
    path("systemes/cartes/", carte, name="cartes"),
    path("systemes/cartes/<str:name>/", carte, name="carte"),
    path("systemes/cartes/<str:name>/export", export, name="carte-export"),
]
