"""Where do the documents of the last exits stand, and what must somebody do?"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.foundation.scope import Capability
from archipel.passages.documents.pages.common import is_fragment, look, names_hidden, scope_of, table_response, trace
from archipel.passages.documents.queries.listing import Listing, Wanted, documents
from archipel.passages.documents.services.receiving import unmatched
from archipel.passages.documents.values import KINDS
from archipel.passages.documents.values.life import STATE_WORDS
from archipel.territory import public as territory

GROUPS = (
    ("a-valider", "À valider", "pencil", "Un médecin rédige et valide : rien ne part avant."),
    ("en-route", "En route", "send", "Au contrôle, à envoyer, ou en attente d'accusé."),
    ("a-traiter", "À traiter", "alert-triangle", "Refusés, en échec, en doute ou sans destination."),
    ("transmis", "Transmis", "circle-check", "Chaque destination a accusé réception."),
    ("abandonnes", "Abandonnés", "archive", "Avec leur motif."),
)
PERIODS = (("24h", "24 heures"), ("7j", "7 jours"), ("30j", "30 jours"))


def _wanted(request: HttpRequest) -> Wanted:
    return Wanted(
        request.GET.get("groupe", ""),
        request.GET.get("type", ""),
        request.GET.get("etablissement", ""),
        request.GET.get("periode", "24h"),
    )


def _found(request: HttpRequest, wanted: Wanted, page: str) -> Listing:
    found = documents(scope=scope_of(request), wanted=wanted)
    if not names_hidden(request) and not is_fragment(request):
        trace(request, "documents.liste", [(line.establishment, line.number) for line in found.lines], page=page)
    return found


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The list, with its filters in the address."""
    scope, wanted = scope_of(request), _wanted(request)
    found = _found(request, wanted, "liste")
    names = territory.establishment_names()
    context: dict[str, Any] = {
        "titre": "Documents de sortie",
        "trouve": found,
        "lignes": [(line, look(line.state)) for line in found.lines],
        "groupes": [(code, word, icon, hint, found.counts[code]) for code, word, icon, hint in GROUPS],
        "a_traiter": found.counts["a-traiter"],
        "a_valider": found.counts["a-valider"],
        "voulu": wanted,
        "types": [(kind.value, info.label) for kind, info in KINDS.items()],
        "periodes": PERIODS,
        "etablissements": sorted(((code, names.get(code, code)) for code in scope.establishments), key=lambda p: p[1]),
        "orphelins": unmatched() if scope.may(Capability.GERER_MESSAGES) else 0,
        "valide": scope.may(Capability.VALIDER_DOCUMENTS),
    }
    return render(request, "documents/_liste.html" if is_fragment(request) else "documents/liste.html", context)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The list as a file: with names where the screen shows them, and a trace."""
    hidden = names_hidden(request)
    found = _found(request, _wanted(request), "export")
    titles = [
        "N°", "Établissement", "Type", "Version", "État", "Nom", "Prénom", "Sortie des urgences", "Validé le",
        "Validé par", "Destinataires", "Problème", "À jour le",
    ]  # fmt: skip
    rows = (
        [
            line.number, line.place, line.label, line.version, STATE_WORDS[line.state],
            "" if hidden else line.nom, "" if hidden else line.prenom, line.left_at, line.validated_at,
            line.validated_by, line.recipients, line.problem, line.updated_at,
        ]
        for line in found.lines
    )  # fmt: skip
    return table_response(request, "documents", titles, rows)


urlpatterns = [
    path("documents/", listing, name="liste"),
    path("documents/export", export, name="export"),
]
