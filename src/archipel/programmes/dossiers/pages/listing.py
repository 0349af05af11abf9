"""The list of dossiers, what is due, what the account is told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.programmes.dossiers.pages.common import steering, told
from archipel.programmes.dossiers.queries.listing import Filters, Row, dossiers, notifications
from archipel.programmes.dossiers.services.notifying import mark_read
from archipel.programmes.dossiers.values.states import LABELS, Status
from archipel.territory.public import establishment_names

COLUMNS = (
    "Numéro", "Titre", "Programme", "Version du référentiel", "Thème", "État", "Chef de file", "FINESS PMSI du porteur",
    "FINESS EJ du porteur", "Parties", "GHT", "Région", "Prochaine échéance", "Le", "En retard", "Accordé (€)",
    "Versé (€)", "Ouvert le", "Changé le",
)  # fmt: skip


def filters_of(request: HttpRequest) -> Filters:
    """What the address keeps of a list."""
    asked = request.GET
    return Filters(
        asked.get("etat", ""), asked.get("programme", ""), asked.get("theme", ""), asked.get("etablissement", "")
    )


@require_safe
@steering
def index(request: HttpRequest) -> HttpResponse:
    """The dossiers that the account sees, and what it is told."""
    scope, filters = scope_of(request), filters_of(request)
    rows = dossiers(scope=scope, today=timezone.localdate(), filters=filters)
    names = establishment_names()
    seen = {ej for row in rows for ej in (row.line.bearer_ej,)}
    context = {
        "titre": "Dossiers",
        "rows": rows,
        "late": [row for row in rows if row.late],
        "waiting": [row for row in rows if row.waiting],
        "filters": filters,
        "filtered": filters != Filters(),
        "statuses": [(status.value, LABELS[status]) for status in Status],
        "establishments": sorted(((ej, names.get(ej, ej)) for ej in seen | {filters.establishment} - {""}), key=str),
        "told": notifications(scope=scope),
        "may_open": scope.may(Capability.GERER_PROGRAMMES),
        "agency": scope.may(Capability.INSTRUIRE_PROGRAMMES),
    }
    return render(request, "dossiers/liste.html", context)


def cells(row: Row) -> list[object]:
    """The cells of a row, in the order of :data:`COLUMNS`."""
    line = row.line
    return [
        line.number, line.title, row.programme_title, line.version, row.theme_label, line.label, row.bearer,
        line.bearer_finess, line.bearer_ej, ", ".join(row.parties), line.ght, line.region,
        row.next.label if row.next else "", row.next.due if row.next else None, row.late, line.granted, line.paid,
        line.created_at, line.updated_at,
    ]  # fmt: skip


@require_safe
@steering
def export(request: HttpRequest) -> HttpResponse:
    """The list as a file."""
    rows = dossiers(scope=scope_of(request), today=timezone.localdate(), filters=filters_of(request))
    return table_response(request, "dossiers", COLUMNS, [cells(row) for row in rows])


@require_POST
@steering
def read(request: HttpRequest) -> HttpResponse:
    """A notification was read, or all of them."""
    number = request.POST.get("notification", "")

    def do() -> str:
        mark_read(scope=scope_of(request), notification=int(number) if number.isdecimal() else None)
        return ""

    return told(request, do, reverse("dossiers:accueil"))


urlpatterns = [
    path("programmes/dossiers/", index, name="accueil"),
    path("programmes/dossiers/export", export, name="export"),
    path("programmes/dossiers/notifications", read, name="notifications"),
]
