"""The inbox of parked messages: gathered by reason; one message, and what may be done about it."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.connectors.hl7v2_pam import parked
from archipel.connectors.hl7v2_pam.screens.common import filters_of, login_required
from archipel.foundation.accounts.queries import place_names
from archipel.foundation.audit.services import record
from archipel.foundation.journal import queries, senders, services
from archipel.foundation.journal.queries import MessageFilters
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.foundation.web.privacy import names_hidden
from archipel.kernel.errors import Conflict, Denied, Invalid

EXPORT_LIMIT = 10_000


def _with_parked(filters: MessageFilters) -> MessageFilters:
    return replace(filters, outcome="parked")


@never_cache
@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for somebody, by reason; one group opened shows its messages."""
    scope = scope_of(request)
    problems: list[str] = []
    filters = _with_parked(filters_of(request, problems))
    groups = queries.parked_groups(scope=scope, establishment=filters.establishment, sender_id=filters.sender_id)
    opened = bool(filters.reason or filters.control_id or filters.since or filters.until or filters.event)
    page = queries.messages(scope=scope, filters=filters) if opened else None
    names = place_names()
    total = sum(group.count for group in groups)
    query = request.GET.copy()
    query.pop("avant", None)
    context = {
        "titre": "Messages à traiter",
        "groups": [
            {
                "group": group,
                "place": names.get(group.establishment, group.establishment),
                "url": f"{request.path}?{urlencode({'motif': group.reason, 'ej': group.establishment})}",
            }
            for group in groups
        ],
        "oldest": min((group.oldest for group in groups), default=None),
        "total": total,
        "page": page,
        "filters": filters,
        "given": request.GET,
        "problems": problems,
        "query": query.urlencode(),
        "senders": senders.names(scope=scope),
        "places": [(code, names.get(code, code)) for code in sorted(_kept(scope))],
        "live_url": request.get_full_path(),
    }
    live = request.headers.get("Archipel-Live") == "1"
    template = "hl7v2_pam/attente_liste.html" if live else "hl7v2_pam/attente.html"
    return render(request, template, context, status=422 if problems else 200)


def _kept(scope: Scope) -> frozenset[str]:
    return queries.reading_scope(scope).establishments


@never_cache
@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The parked messages that answer the filters, without their content; the export is traced."""
    scope = scope_of(request)
    filters = _with_parked(filters_of(request, []))
    page = queries.messages(scope=scope, filters=filters, limit=EXPORT_LIMIT)
    record(scope=scope, action="messages.export", object_type="messages", details={"lignes": len(page.rows)})
    columns = ("numero", "recu_le", "etablissement", "emetteur", "controle", "evenement", "segment", "champ", "motif")
    rows = (
        (m.id, m.received_at, m.establishment, m.sender, m.control_id, m.event, m.segment, m.field, m.reason)
        for m in page.rows
    )
    return table_response(request, "messages-a-traiter", columns, rows)


@login_required
@require_POST
def replay_group(request: HttpRequest) -> HttpResponse:
    """Put a whole group back in the queue."""
    count = services.replay_group(
        scope=scope_of(request),
        filters=MessageFilters(reason=request.POST.get("motif", ""), establishment=request.POST.get("ej", "")),
    )
    success(request, f"{count} message{'s' if count > 1 else ''} remis dans la file : le résultat vient tout de suite.")
    return redirect("messages:boite")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def message(request: HttpRequest, number: int) -> HttpResponse:
    """One message: segments, what is wrong, decisions; rejouer, corriger, abandonner."""
    scope = scope_of(request)
    problem, status, text = "", 200, None
    if request.method == "POST":
        try:
            return _act(request, scope, number)
        except (Invalid, Conflict) as refusal:
            problem, status = refusal.message, refusal.http_status
            text = request.POST.get("texte") if request.POST.get("acte") == "corriger" else None
    found = services.open_message(scope=scope, number=number)
    profile = parked.profile_of(found.row.sender_id)
    hidden = names_hidden(request)
    context = {
        "titre": f"Message n° {number}",
        "fil": [("Messages", reverse("messages:journal")), (f"Message n° {number}", None)],
        "found": found,
        "row": found.row,
        "frame": parked.is_frame(found.row),
        "view": parked.view(found.raw, profile, segment=found.row.segment, field=found.row.field),
        "text": parked.text_of(found.raw, profile) if text is None else text,
        "place": place_names().get(found.row.establishment, found.row.establishment),
        "problem": problem,
        "abandoned": bool(found.decisions) and found.decisions[-1].kind == "abandonne",
        "typed": request.POST if problem else {},
        "can_edit": not hidden,
    }
    return render(request, "hl7v2_pam/message.html", context, status=status)


def _act(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    act, reason = request.POST.get("acte", ""), request.POST.get("motif", "")
    if act == "rejouer":
        services.replay(scope=scope, numbers=[number], reason=reason)
        success(request, "Message remis dans la file.")
    elif act == "abandonner":
        services.abandon(scope=scope, number=number, reason=reason)
        success(request, "Message abandonné. « Rejouer » le reprend.")
    elif act == "corriger":
        if names_hidden(request):
            raise Invalid("Montrez d'abord les noms : on ne corrige pas un message masqué.", code="masque")
        copy = parked.correct(scope=scope, number=number, text=request.POST.get("texte", ""), reason=reason)
        success(request, f"Correction enregistrée : c'est le message n° {copy}. L'original est gardé tel quel.")
        return redirect("messages:message", copy)
    else:
        raise Invalid("Dites quoi faire : rejouer, corriger ou abandonner.", code="acte")
    return redirect("messages:message", number)


@never_cache
@login_required
@require_GET
def raw(request: HttpRequest, number: int) -> HttpResponse:
    """The message byte for byte; traced apart."""
    scope = scope_of(request)
    scope.require(Capability.GERER_MESSAGES)
    if names_hidden(request):
        raise Denied("Les noms sont masqués sur cet écran : montrez-les pour télécharger le message.", code="masque")
    found = services.open_message(scope=scope, number=number, action="message.telecharger")
    response = HttpResponse(found.raw, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="message-{number}.hl7"'
    return response
