"""The journal of the exchanges with the ROR: each operation, its answer, its time; the proof of what was sent."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from archipel.connectors.ror import overview
from archipel.connectors.ror.codec.outcome import Verdict
from archipel.connectors.ror.screens.common import TABS, chosen
from archipel.foundation.audit.services import record
from archipel.foundation.web.asking import is_fragment, scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel import clock

PAGE, EXPORT_LIMIT = 100, 20_000
VERDICTS = {
    Verdict.ACCEPTED.value: ("Accepté", "oui"),
    Verdict.ADD.value: ("À ajouter", "en_cours"),
    Verdict.ABSENT.value: ("Déjà absent", "ignored"),
    Verdict.ESCALATE.value: ("À traiter", "bloque"),
    Verdict.RETRY.value: ("Non abouti", "pending"),
    Verdict.LINK.value: ("Accès refusé", "non"),
}
PERIODS = {"1": "24 heures", "7": "7 jours", "31": "31 jours"}


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The exchanges that answer the filters, the newest first."""
    scope = scope_of(request)
    verdict, period = chosen(request, "verdict", set(VERDICTS)), chosen(request, "jours", set(PERIODS))
    text = request.GET.get("avant", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
    rows = overview.exchanges(
        scope=scope, verdict=verdict, since=clock.now() - timedelta(days=int(period)) if period else None,
        before=before, limit=PAGE + 1,
    )  # fmt: skip
    query = request.GET.copy()
    query.pop("avant", None)
    context = {
        "titre": "Journal du ROR",
        "onglets": TABS,
        "lignes": [(row, *_told(row)) for row in rows[:PAGE]],
        "suivant": rows[PAGE - 1].number if len(rows) > PAGE else None,
        "verdicts": [(code, word) for code, (word, _) in VERDICTS.items()],
        "periodes": PERIODS.items(),
        "verdict": verdict,
        "jours": period,
        "requete": query.urlencode(),
        "live_url": request.get_full_path(),
    }
    return render(request, "ror/_journal.html" if is_fragment(request) else "ror/journal.html", context)


def _told(row: overview.ExchangeRow) -> tuple[str, str]:
    """(word, look) of what became of an operation."""
    return VERDICTS.get(row.last.verdict if row.last else "", ("En vol", "en_cours"))


COLUMNS = (
    "Numéro", "Parti le", "Offre", "Pourquoi", "Opération", "Indicateur", "Libellé", "Nombre", "Répondu le",
    "Réponse HTTP", "Résultat", "Durée (s)", "Explication",
)  # fmt: skip


@never_cache
@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same as a file, at most 20,000 lines; the export is traced."""
    scope = scope_of(request)
    period = chosen(request, "jours", set(PERIODS))
    rows = overview.exchanges(
        scope=scope, verdict=chosen(request, "verdict", set(VERDICTS)), limit=EXPORT_LIMIT,
        since=clock.now() - timedelta(days=int(period)) if period else None,
    )  # fmt: skip
    record(scope=scope, action="ror.export", object_type="echanges", details={"lignes": len(rows)})
    lines = (
        [
            row.number, row.at, row.offer, row.reason, row.operation, str(row.indicator), row.indicator.label,
            row.count, row.last.at if row.last else None, row.last.status if row.last else None,
            _told(row)[0],
            row.last.seconds if row.last else None, row.last.sentence if row.last else "",
        ]
        for row in rows
    )  # fmt: skip
    return table_response(request, "ror-journal", COLUMNS, lines)
