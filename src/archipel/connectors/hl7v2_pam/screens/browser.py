"""The journal: every message received, found by control id, sender, event, date, outcome."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from archipel.connectors.hl7v2_pam.screens.common import OUTCOMES, filters_of, login_required
from archipel.foundation.accounts.queries import place_names
from archipel.foundation.audit.services import record
from archipel.foundation.journal import queries, senders
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response

EXPORT_LIMIT = 10_000


@never_cache
@login_required
@require_GET
def journal(request: HttpRequest) -> HttpResponse:
    """The messages that answer the filters, the newest first, without their content."""
    scope = scope_of(request)
    problems: list[str] = []
    filters = filters_of(request, problems)
    page = queries.messages(scope=scope, filters=filters)
    names = place_names()
    query = request.GET.copy()
    query.pop("avant", None)
    context = {
        "titre": "Messages reçus",
        "page": page,
        "rows": [(row, names.get(row.establishment, row.establishment)) for row in page.rows],
        "filters": filters,
        "given": request.GET,
        "problems": problems,
        "query": query.urlencode(),
        "outcomes": OUTCOMES,
        "senders": senders.names(scope=scope),
        "parked": queries.parked_count(scope=scope),
    }
    return render(request, "hl7v2_pam/journal.html", context, status=422 if problems else 200)


@never_cache
@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The same list as a file, at most 10,000 lines; the export is traced."""
    scope = scope_of(request)
    page = queries.messages(scope=scope, filters=filters_of(request, []), limit=EXPORT_LIMIT)
    record(scope=scope, action="messages.export", object_type="messages", details={"lignes": len(page.rows)})
    columns = ("numero", "recu_le", "etablissement", "emetteur", "controle", "evenement", "issue", "motif", "origine")
    rows = (
        (m.id, m.received_at, m.establishment, m.sender, m.control_id, m.event, m.outcome, m.reason, m.source)
        for m in page.rows
    )
    return table_response(request, "messages", columns, rows)
