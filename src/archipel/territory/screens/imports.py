"""Import: upload, dry run, publish or set aside, undo; and the proposals that messages brought."""

from __future__ import annotations

import csv
import io
import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.territory.ficom import reader
from archipel.territory.ficom.layout import COLUMNS, LAYOUT, NAMES, NOTE
from archipel.territory.ficom.sheets import MAX_BYTES
from archipel.territory.queries.today import establishments
from archipel.territory.screens.common import download, holding
from archipel.territory.services.imports import (
    DryRun,
    ProposalInfo,
    examine,
    proposals,
    propose,
    publish_proposal,
    reject_proposal,
)
from archipel.territory.services.undo import undo

_SHOWN = 300


@require_http_methods(["GET", "HEAD", "POST"])
@holding(Capability.GERER_STRUCTURE)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; what it would change is shown next, nothing is published here."""
    error = ""
    if request.method == "POST":
        try:
            return redirect("structure-proposition", proposal=_received(request).id)
        except ArchipelError as found:
            error = found.message
    context = {
        "titre": "Importer un fichier de structure",
        "fil": [("Structure", reverse("structure")), ("Importer", "")],
        "columns": COLUMNS,
        "layout": LAYOUT,
        "note": NOTE,
        "establishments": establishments(),
        "today": timezone.localdate(),
        "error": error,
        "posted": request.POST,
    }
    return render(request, "territory/import.html", context, status=422 if error else 200)


def _received(request: HttpRequest) -> ProposalInfo:
    file = request.FILES.get("fichier")
    if file is None or isinstance(file, list):
        raise Invalid("Choisissez un fichier CSV ou XLSX.", code="fichier-absent")
    if (file.size or 0) > MAX_BYTES:
        raise Invalid(f"Fichier de {file.size} octets : {MAX_BYTES} au plus.", code="fichier-trop-grand")
    day = reader.parse_date(request.POST.get("effet", ""))
    if day is None:
        raise Invalid("Dites à quelle date l'import prend effet (jj/mm/aaaa).", code="date-impossible")
    raw, name = file.read(), (file.name or "fichier")[:120]
    read = reader.read(raw, name, request.POST.get("etablissement", ""))
    return propose(
        scope=scope_of(request), kind="ficom", name=name, raw=raw, statements=read.statements, problems=read.problems,
        effective_on=day, complete=request.POST.get("complet") == "oui",
    )  # fmt: skip


@require_safe
@holding(Capability.GERER_STRUCTURE)
def template(request: HttpRequest) -> HttpResponse:
    """An empty file with every column, and a line of help for each."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerow(NAMES)
    return download(stream.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "structure-modele.csv")


@require_safe
@holding(Capability.GERER_STRUCTURE)
def listing(request: HttpRequest) -> HttpResponse:
    """The proposals that wait, then those that were decided."""
    rows = proposals(scope=scope_of(request), status=None)
    context = {
        "titre": "Propositions reçues",
        "fil": [("Structure", reverse("structure")), ("Propositions", "")],
        "pending": [row for row in rows if row.status == "attente"],
        "decided": [row for row in rows if row.status != "attente"][:50],
    }
    return render(request, "territory/propositions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@holding(Capability.GERER_STRUCTURE)
def examine_one(request: HttpRequest, proposal: int) -> HttpResponse:
    """The dry run of a proposal; its publication, or its refusal."""
    error = ""
    if request.method == "POST":
        try:
            return _decided(request, proposal)
        except ArchipelError as found:
            error = found.message
    info, run = examine(scope=scope_of(request), proposal=proposal)
    context = {
        "titre": f"Essai à blanc : {info.name}",
        "fil": [
            ("Structure", reverse("structure")),
            ("Propositions", reverse("structure-propositions")),
            (info.name, ""),
        ],
        "info": info,
        "run": run,
        "diff": run.plan.diff[:_SHOWN],
        "more_diff": max(0, len(run.plan.diff) - _SHOWN),
        "problems": sorted(run.problems, key=lambda p: (not p.blocking, p.place.line))[:_SHOWN],
        "more_problems": max(0, len(run.problems) - _SHOWN),
        "warnings": len(run.problems) - run.blocking,
        "totals": run.totals,
        "error": error,
        "posted": request.POST,
    }  # fmt: skip
    return render(request, "territory/proposition.html", context, status=422 if error else 200)


def _decided(request: HttpRequest, proposal: int) -> HttpResponse:
    scope, reason = scope_of(request), request.POST.get("motif", "")
    if request.POST.get("acte") == "ecarter":
        reject_proposal(scope=scope, proposal=proposal, reason=reason)
        messages.success(request, "La proposition est écartée ; elle reste consultable.")
        return redirect("structure-propositions")
    expected = request.POST.get("empreinte", "")
    done = publish_proposal(scope=scope, proposal=proposal, expected=expected, reason=reason)
    messages.success(request, f"Publication n° {done.id} : {done.changed} entités mises à jour.")
    return redirect("structure-proposition", proposal=proposal)


@require_safe
@holding(Capability.GERER_STRUCTURE)
def report(request: HttpRequest, proposal: int, form: str) -> HttpResponse:
    """The dry run as a file: CSV for a spreadsheet, JSON for a program."""
    if form not in ("csv", "json"):
        raise Http404
    info, run = examine(scope=scope_of(request), proposal=proposal)
    name = f"essai-{info.id}.{form}"
    if form == "json":
        text = json.dumps(run.report(), ensure_ascii=False, indent=1)
        return download(text.encode(), "application/json", name)
    return download(report_csv(run), "text/csv; charset=utf-8", name)


def _safe(cell: object) -> str:
    text = str(cell)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def report_csv(run: DryRun) -> bytes:
    """Diff, impact and problems as one table."""
    stream = io.StringIO(newline="")
    out = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    out.writerow(["partie", "nature", "fichier", "feuille", "ligne", "entite", "colonne", "avant_ou_trouve",
                  "apres_ou_attendu", "message"])  # fmt: skip
    rows: list[list[object]] = []
    for line in run.plan.diff:
        common: list[object] = [
            "différence", line.action.value, line.place.file, line.place.sheet, line.place.line or "", str(line.key),
        ]  # fmt: skip
        for change in line.fields:
            rows.append([*common, change.field, change.before, change.after, line.name])
        if not line.fields:
            rows.append([*common, "", "", line.since.isoformat(), line.name])
    rows += [["impact", "", "", "", "", str(i.key), "", i.what, i.count, ""] for i in run.impact]
    rows += [
        ["problème", p.severity.value, p.place.file, p.place.sheet, p.place.line or "", p.code, p.column, p.found,
         p.expected, p.message]
        for p in run.problems
    ]  # fmt: skip
    out.writerows([_safe(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


@require_POST
@holding(Capability.GERER_STRUCTURE)
def reverse_one(request: HttpRequest, publication: int) -> HttpResponse:
    """Publish the reverse of a publication."""
    reason = request.POST.get("motif", "").strip()
    if not reason:
        raise Invalid("Dites pourquoi vous annulez cette publication.", code="motif-absent")
    done = undo(scope=scope_of(request), publication=publication, reason=reason)
    messages.success(request, f"La publication n° {publication} est annulée par la publication n° {done.id}.")
    return redirect("structure")
