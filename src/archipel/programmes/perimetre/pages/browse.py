"""The establishments at a date, by group; one of them with what was said of it; the exports."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.perimetre.queries.graph import graph
from archipel.programmes.perimetre.queries.history import changes, history
from archipel.programmes.perimetre.queries.rights import keeps, keeps_all, reads_file
from archipel.programmes.perimetre.rules.graph import HYPOTHESIS, Graph, is_public
from archipel.programmes.perimetre.rules.reading import day_of
from archipel.programmes.perimetre.values import KIND_LABELS, LINK_LABELS, Key, Kind, Link, Node
from archipel.territory.screens.common import holding

seeing = holding(Capability.VOIR_PROGRAMMES)


def day_in(request: HttpRequest, name: str = "au") -> date:
    """The day of the address; today when absent.

    Raises:
        Invalid: it is not a date.
    """
    text = request.GET.get(name, "") or request.POST.get(name, "")
    if not text:
        return timezone.localdate()
    found = day_of(text)
    if found is None:
        raise Invalid(f"« {text[:30]} » n'est pas une date : jj/mm/aaaa attendu.", code="date-impossible", field=name)
    return found


def _row(known: Graph, node: Node) -> dict[str, Any]:
    group = known.ght(node.key)
    pmsi = [known.nodes[key] for key in known.pmsi(node.key)]
    return {
        "noeud": node,
        "ght": known.nodes[group].name if group else "",
        "ght_code": group.code if group else "",
        "support": bool(group and known.support(group) == node.key),
        "public": is_public(node, known.parent(node.key, Link.MEMBRE) is not None),
        "pmsi": pmsi,
        "hypothese": any(one.hypothesis for one in pmsi),
        "sites": len(known.children(node.key, Link.RATTACHEMENT)),
    }


def _rows(request: HttpRequest, known: Graph) -> list[dict[str, Any]]:
    wanted, doubtful = request.GET.get("ght", ""), request.GET.get("hypothese") == "1"
    rows = [_row(known, node) for node in known.of_kind(Kind.EJ)]
    rows = [one for one in rows if (not wanted or one["ght_code"] == wanted) and (not doubtful or one["hypothese"])]
    return sorted(rows, key=lambda one: (one["ght"], not one["support"], one["noeud"].name))


@require_safe
@seeing
def home(request: HttpRequest) -> HttpResponse:
    """Which establishments, in which group, under which FINESS PMSI, at a date."""
    scope, at = scope_of(request), day_in(request)
    known = graph(at)
    rows = _rows(request, known)
    context = {
        "titre": "Périmètre",
        "lignes": rows,
        "le": at,
        "groupes": [(node.key.code, node.name) for node in known.of_kind(Kind.GHT)],
        "choix": {"ght": request.GET.get("ght", ""), "hypothese": request.GET.get("hypothese") == "1"},
        "supposes": sum(one["hypothese"] for one in rows),
        "hypothese": HYPOTHESIS,
        "requete": request.GET.urlencode(),
        "tient": keeps_all(scope),
        "importe": keeps_all(scope) or scope.may(Capability.GERER_PROGRAMMES),
        "modifications": [(one, reads_file(scope, one.actor)) for one in changes(12)],
        "fil": [("Programmes", "/programmes/"), ("Périmètre", "")],
    }
    return render(request, "perimetre/accueil.html", context)


@require_safe
@seeing
def export(request: HttpRequest) -> HttpResponse:
    """The table of the page, with its filters."""
    titles = ["GHT", "Code GHT", "FINESS EJ", "Nom", "Support", "Public", "FINESS PMSI", "Hypothèse", "Sites"]
    rows = [
        [
            one["ght"], one["ght_code"], one["noeud"].key.code, one["noeud"].name, one["support"], one["public"],
            ", ".join(n.key.code for n in one["pmsi"]), one["hypothese"], one["sites"],
        ]
        for one in _rows(request, graph(day_in(request)))
    ]  # fmt: skip
    return table_response(request, "perimetre", titles, rows)


@require_safe
@seeing
def node(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """One node: what it is, what it is linked to at a date, and all that was said of it."""
    if kind not in set(Kind):
        raise NotFound("Rien de ce niveau.", code="niveau")
    known, key = graph(day_in(request)), Key(Kind(kind), code)
    found, lines = known.nodes.get(key), history(key)
    if found is None and not lines:
        raise NotFound(f"« {code[:40]} » n'est pas dans le périmètre.", code="finess-inconnu")
    name = found.name if found else next((line.said.name for line in lines if line.said.name), code)
    legal = known.ej(key) if found else None
    context = {
        "titre": name,
        "noeud": found,
        "cle": key,
        "niveau": KIND_LABELS[key.kind],
        "le": known.at,
        "liens": [
            (LINK_LABELS[edge.link], other, known.nodes[other].name, KIND_LABELS[other.kind], edge)
            for edge in known.edges
            for mine, other in ((edge.child, edge.parent), (edge.parent, edge.child))
            if mine == key
        ],
        "histoire": lines,
        "liens_noms": LINK_LABELS,
        "tient": bool(legal and legal.kind is Kind.EJ and keeps(scope_of(request), legal.code)),
        "est_ej": key.kind is Kind.EJ,
        "aujourd_hui": timezone.localdate(),
        "fil": [("Programmes", "/programmes/"), ("Périmètre", reverse("perimetre:accueil")), (name, "")],
    }
    return render(request, "perimetre/noeud.html", context)


urlpatterns = [
    path("programmes/perimetre/", home, name="accueil"),
    path("programmes/perimetre/export", export, name="export"),
    path("programmes/perimetre/<str:kind>/<str:code>/", node, name="noeud"),
]
