"""Where money stands: what is expected, secured, received and spent, by group, entity and project."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.scope import Capability
from archipel.programmes.funding.pages import shell
from archipel.programmes.funding.pages.charts import cash_chart
from archipel.programmes.funding.queries.projects import ProjectMoney, by_entity, cash_plan, projects, totals

COLUMNS = ("Projet", "Intitulé", "Thématique", "Porteur", "FINESS du porteur", "Établissements", "GHT", "État",
           "Plafond (€)", "Octroyé (€)", "Acquis (€)", "Reçu (€)", "Cofinancement (€)", "Dépense prévue (€)",
           "Dépense réelle (€)")  # fmt: skip


def _asked(request: HttpRequest) -> tuple[list[ProjectMoney], dict[str, object]]:
    """The projects that the filters of the address keep, and these filters."""
    query = request.GET
    day = shell.day_in(query)
    choice: dict[str, object] = {
        "ght": query.get("ght", ""),
        "etablissement": query.get("etablissement", ""),
        "au": day,
    }
    found = projects(
        pack=query.get("pack", ""), at=day, ght=str(choice["ght"]), establishment=str(choice["etablissement"])
    )
    return found, choice


@require_safe
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """Totals, cash, entities, projects."""
    scope = shell.scope_of(request)
    found, choice = _asked(request)
    names = shell.names()
    entities = [(code, names.get(code, code), one) for code, one in by_entity(found).items()]
    context = {
        "titre": "Financement",
        "totaux": totals(found),
        "graphique": cash_chart(cash_plan(found), timezone.now()),
        "entites": sorted(entities, key=lambda one: one[1]),
        "projets": found,
        "choix": choice,
        "groupes": shell.groups(scope),
        "requete": request.GET.urlencode(),
        "ecrit": scope.may(Capability.GERER_PROGRAMMES),
        "le": choice["au"] or timezone.localdate(),
        "fil": [*shell.trail()[:-1], ("Financement", "")],
    }
    return render(request, "funding/accueil.html", context)


@require_safe
@shell.seeing
def export(request: HttpRequest) -> HttpResponse:
    """The projects as CSV or XLSX."""
    found, _ = _asked(request)
    return shell.table_response(request, "financement-projets", COLUMNS, _rows(found))


def _rows(found: list[ProjectMoney]) -> Iterator[tuple[object, ...]]:
    for one in found:
        held = one.position
        yield (
            one.reference, one.title, one.theme_label, one.bearer.name, one.bearer.finess,
            ", ".join(party.finess for party in one.perimeter), one.ght, one.state, one.ceiling.amount, held.granted,
            held.secured, held.received, held.cofunded, held.planned, held.spent,
        )  # fmt: skip


@require_safe
@shell.seeing
def entities_export(request: HttpRequest) -> HttpResponse:
    """The entities as CSV or XLSX."""
    found, _ = _asked(request)
    names = shell.names()
    columns = ("FINESS EJ", "Entité", "Projets portés", "Attendu (€)", "Acquis (€)", "Reçu (€)", "Cofinancement (€)",
               "Dépense prévue (€)", "Dépense réelle (€)")  # fmt: skip
    rows = (
        (code, names.get(code, code), one.projects, one.expected, one.secured, one.received, one.cofunded, one.planned,
         one.spent)
        for code, one in by_entity(found).items()
    )  # fmt: skip
    return shell.table_response(request, "financement-entites", columns, rows)


urlpatterns = [
    path("programmes/financement/", home, name="accueil"),
    path("programmes/financement/export", export, name="export"),
    path("programmes/financement/entites/export", entities_export, name="entites-export"),
]
