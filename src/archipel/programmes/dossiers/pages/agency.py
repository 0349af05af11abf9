"""The agency's side: the portfolio of the region, its figures, the instruction of a dossier."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Denied
from archipel.programmes.dossiers.pages.common import moment, steering, told, trail
from archipel.programmes.dossiers.pages.listing import COLUMNS, cells, filters_of
from archipel.programmes.dossiers.queries.documents import deposited_document
from archipel.programmes.dossiers.queries.listing import Filters
from archipel.programmes.dossiers.queries.overview import overview
from archipel.programmes.dossiers.queries.pieces import pieces
from archipel.programmes.dossiers.queries.portfolio import marks, portfolio, portfolio_figures
from archipel.programmes.dossiers.services import instructing
from archipel.programmes.dossiers.values.states import BEFORE_DEPOSIT, LABELS, Status

STATES = [(status.value, LABELS[status]) for status in Status if status not in BEFORE_DEPOSIT]


@require_safe
@steering
def region(request: HttpRequest) -> HttpResponse:
    """The deposited dossiers that the account instructs."""
    filters = filters_of(request)
    rows = portfolio(scope=scope_of(request), today=timezone.localdate(), filters=filters)
    context = {
        "titre": "Portefeuille de la région",
        "fil": trail(("Portefeuille", "")),
        "rows": rows,
        "waiting": [row for row in rows if row.line.status in (Status.DEPOSE, Status.INSTRUCTION, Status.PREUVES)],
        "filters": filters,
        "filtered": filters != Filters(),
        "statuses": STATES,
    }
    return render(request, "dossiers/region.html", context)


@require_safe
@steering
def region_export(request: HttpRequest) -> HttpResponse:
    """The portfolio as a file."""
    rows = portfolio(scope=scope_of(request), today=timezone.localdate(), filters=filters_of(request))
    return table_response(request, "portefeuille", COLUMNS, [cells(row) for row in rows])


@require_safe
@steering
def statistics(request: HttpRequest) -> HttpResponse:
    """The figures of the portfolio, like those of S3."""
    filters = filters_of(request)
    found = portfolio_figures(scope=scope_of(request), filters=filters)
    context = {
        "titre": "Statistiques du portefeuille",
        "fil": trail(("Portefeuille", reverse("dossiers:region")), ("Statistiques", "")),
        "f": found,
        "filters": filters,
        "now": timezone.localtime(),
    }
    return render(request, "dossiers/statistiques.html", context)


@require_safe
@steering
def statistics_export(request: HttpRequest) -> HttpResponse:
    """The three breakdowns as one table."""
    found = portfolio_figures(scope=scope_of(request), filters=filters_of(request))
    rows = [
        (title, group.label, group.count, group.share, group.granted, group.paid)
        for title, groups in (
            ("Établissements par statut", found.by_status), ("Projets par thème", found.by_theme),
            ("Projets par état", found.by_state),
        )
        for group in groups
    ]  # fmt: skip
    columns = ("Répartition", "Groupe", "Nombre", "Part (%)", "Accordé (€)", "Versé (€)")
    return table_response(request, "statistiques", columns, rows)


@require_http_methods(["GET", "HEAD", "POST"])
@steering
def instruction(request: HttpRequest, dossier: int) -> HttpResponse:
    """What was deposited, and the notes under each criterion; posted, one more note."""
    here = reverse("dossiers:instruction", args=[dossier])
    scope = scope_of(request)
    if request.method == "POST":
        return told(request, lambda: _noted(request, dossier), here)
    found = overview(scope=scope, dossier=dossier, today=timezone.localdate())
    if not found.rights.agency:
        raise Denied("L'instruction se fait à l'ARS de la région du porteur.", code="instruction")
    template = found.situation.template
    written = marks(scope=scope, dossier=dossier)
    theme = template.theme(found.line.theme)
    labels = {one.id: one.label for one in template.instalments}
    context = {
        "titre": f"Instruction : {found.line.title}",
        "fil": trail(
            ("Portefeuille", reverse("dossiers:region")),
            (found.line.title, reverse("dossiers:dossier", args=[dossier])),
            ("Instruction", ""),
        ),
        "d": found,
        "line": found.line,
        "template": template,
        "frozen": deposited_document(dossier),
        "modulation": [(one, written.get(one.id, [])) for one in template.modulation],
        "selection": [(one, written.get(one.id, [])) for one in template.selection],
        "scores": instructing.SCORES,
        "opinions": instructing.OPINIONS.items(),
        "objectives": theme.objectives if theme else (),
        "reviews": reversed(found.life.reviews),
        "payments": [(fact, labels.get(fact.code, fact.code)) for fact in found.life.payments],
        "pieces": [piece for piece in pieces(dossier) if not piece.withdrawn],
        "today": timezone.localdate(),
    }
    return render(request, "dossiers/instruction.html", context)


def _noted(request: HttpRequest, dossier: int) -> str:
    given = request.POST
    score = given.get("note", "")
    instructing.note(
        scope=scope_of(request),
        dossier=dossier,
        criterion=given.get("critere", ""),
        score=int(score) if score.isdecimal() and len(score) < 4 else None,
        text=given.get("appreciation", ""),
    )
    return "Note enregistrée."


@require_POST
@steering
def payment(request: HttpRequest, dossier: int) -> HttpResponse:
    """A payment."""
    given = request.POST

    def paid() -> str:
        return instructing.pay(
            scope=scope_of(request),
            dossier=dossier,
            instalment=given.get("echeance", ""),
            amount_said=given.get("montant", ""),
            at=moment(given.get("date", "")),
            reason=given.get("motif", ""),
        )

    return told(request, paid, reverse("dossiers:instruction", args=[dossier]))


@require_POST
@steering
def review(request: HttpRequest, dossier: int) -> HttpResponse:
    """Whether an objective was reached."""
    given = request.POST

    def reviewed() -> str:
        instructing.review(
            scope=scope_of(request),
            dossier=dossier,
            objective=given.get("objectif", ""),
            opinion=given.get("avis", ""),
            text=given.get("motif", ""),
        )
        return "Avis enregistré."

    return told(request, reviewed, reverse("dossiers:instruction", args=[dossier]))


urlpatterns = [
    path("programmes/dossiers/region/", region, name="region"),
    path("programmes/dossiers/region/export", region_export, name="region-export"),
    path("programmes/dossiers/region/statistiques/", statistics, name="statistiques"),
    path("programmes/dossiers/region/statistiques/export", statistics_export, name="statistiques-export"),
    path("programmes/dossiers/<int:dossier>/instruction/", instruction, name="instruction"),
    path("programmes/dossiers/<int:dossier>/versement", payment, name="versement"),
    path("programmes/dossiers/<int:dossier>/revue", review, name="revue"),
]
