"""Senders: how each is, how it is read, and which establishment it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.connectors.hl7v2_pam import sender_profile
from archipel.connectors.hl7v2_pam.screens.common import login_required
from archipel.foundation.accounts.queries import place_names
from archipel.foundation.journal import queries, senders, services
from archipel.foundation.journal.senders import SenderRow
from archipel.foundation.scope import Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel.errors import Conflict, Invalid
from archipel.territory import public as territory

MAX_FILE = 1_000_000
_FIELDS = ("nom", "silence", "charset", "strict", "timezone", "authority", "authorities", "uf_map")


@never_cache
@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The senders of the establishments whose messages the account keeps; live."""
    scope = scope_of(request)
    rows = senders.senders(scope=scope)
    if request.GET.get("format"):
        return _export(request, rows)
    names = place_names()
    context = {
        "titre": "Émetteurs",
        "rows": [(row, names.get(row.establishment, row.establishment), _state(row)) for row in rows],
        "silent": sum(row.silent for row in rows),
        "provisional": sum(row.provisional for row in rows),
        "limit": senders.RATE_LIMIT,
    }
    live = request.headers.get("Archipel-Live") == "1"
    return render(request, "hl7v2_pam/emetteurs_liste.html" if live else "hl7v2_pam/emetteurs.html", context)


def _state(row: SenderRow) -> str:
    if row.silent:
        return "silencieux"
    return "inconnu" if row.last_message is None else "connecte"


def _export(request: HttpRequest, rows: list[SenderRow]) -> HttpResponse:
    columns = (
        "application", "etablissement_msh4", "nom", "rattache_a", "provisoire", "dernier_message", "messages_1_h",
        "a_traiter", "doublons_24_h", "silence_min", "silencieux",
    )  # fmt: skip
    lines = (
        (
            r.application, r.facility, r.name, r.establishment, r.provisional, r.last_message, r.last_hour, r.parked,
            r.duplicates, r.silence_minutes, r.silent,
        )
        for r in rows
    )  # fmt: skip
    return table_response(request, "emetteurs", columns, lines)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def sender(request: HttpRequest, number: int) -> HttpResponse:
    """One sender: its profile, to be changed."""
    scope = scope_of(request)
    row = senders.sender(scope=scope, number=number)
    if request.method != "POST":
        return _page(request, scope, row, _stored(row))
    values = {name: request.POST.get(name, "") for name in _FIELDS}
    typed = sender_profile.read_typed(values, facility=row.facility)
    if not typed.errors:
        services.update_sender(
            scope=scope,
            number=number,
            name=typed.name,
            silence_minutes=typed.silence_minutes,
            profile=typed.profile,
            reason=request.POST.get("raison", ""),
        )
        success(request, "Émetteur enregistré. Les messages à venir sont lus ainsi dans les dix secondes.")
        return redirect("messages:emetteur", number)
    return _page(request, scope, row, values, errors=typed.errors, status=422)


def _stored(row: SenderRow) -> dict[str, str]:
    profile: Mapping[str, Any] = row.profile
    return {
        "nom": row.name,
        "silence": str(row.silence_minutes),
        "charset": str(profile.get("charset", "8859/1")),
        "strict": "oui" if profile.get("strict") else "",
        "timezone": str(profile.get("timezone", "Europe/Paris")),
        "authority": str(profile.get("authority", "")),
        "authorities": sender_profile.pairs_text(profile.get("authorities", {})),
        "uf_map": sender_profile.pairs_text(profile.get("uf_map", {})),
    }


def _page(
    request: HttpRequest,
    scope: Scope,
    row: SenderRow,
    values: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    names = place_names()
    targets = [
        (info.code, f"{info.label} ({info.code})")
        for info in territory.establishments()
        if not info.provisional and queries.keeps(scope, info.code) and info.code != row.establishment
    ]
    mapped = row.profile.get("uf_map", {})
    known = set(territory.uf_index(row.establishment)) if mapped else set()
    context = {
        "titre": row.name or row.application,
        "fil": [("Émetteurs", reverse("messages:emetteurs")), (row.name or row.application, None)],
        "row": row,
        "state": _state(row),
        "place": names.get(row.establishment, row.establishment),
        "waiting_attachment": row.establishment.startswith(queries.PROVISIONAL),
        "values": values,
        "errors": errors or {},
        "problem": problem,
        "charsets": sender_profile.CHARSETS,
        "timezones": sender_profile.TIMEZONES,
        "targets": targets,
        "unknown_ufs": sorted(code for code in mapped.values() if code not in known),
    }
    return render(request, "hl7v2_pam/emetteur.html", context, status=status)


@login_required
@require_POST
def attach(request: HttpRequest, number: int) -> HttpResponse:
    """Say which establishment the sender belongs to."""
    scope = scope_of(request)
    row = senders.sender(scope=scope, number=number)
    target = request.POST.get("ej", "")
    try:
        services.attach_sender(scope=scope, number=number, establishment=target, reason=request.POST.get("raison", ""))
    except (Invalid, Conflict) as refusal:
        return _page(request, scope, row, _stored(row), problem=refusal.message, status=refusal.http_status)
    success(
        request,
        f"Émetteur rattaché à {target}. Ses messages à venir y vont. Pour y reprendre aussi ceux qu'il a envoyés "
        "sous un code provisoire, lancez « archipel rebuild » sur le serveur : l'état est reconstruit sans arrêt.",
    )
    return redirect("messages:emetteur", number)


@never_cache
@login_required
@require_GET
def uf_export(request: HttpRequest, number: int) -> HttpResponse:
    """The UF correspondence as a file, to be edited and imported again."""
    row = senders.sender(scope=scope_of(request), number=number)
    return table_response(
        request, f"uf-emetteur-{number}", ("recu", "structure"), sorted(row.profile.get("uf_map", {}).items())
    )


@login_required
@require_POST
def uf_import(request: HttpRequest, number: int) -> HttpResponse:
    """Replace the UF correspondence by that of a CSV file (``reçu ; structure``)."""
    scope = scope_of(request)
    row = senders.sender(scope=scope, number=number)
    try:
        pairs = sender_profile.read_pairs(_uploaded(request))
    except Invalid as refusal:
        return _page(request, scope, row, _stored(row), errors={"fichier": refusal.message}, status=refusal.http_status)
    profile = {**row.profile, "uf_map": pairs}
    services.update_sender(
        scope=scope,
        number=number,
        name=row.name or row.application or str(number),
        silence_minutes=row.silence_minutes,
        profile=profile,
        reason="Import des UF",
    )
    success(request, f"{len(pairs)} correspondances d'UF importées ; elles remplacent les précédentes.")
    return redirect("messages:emetteur", number)


def _uploaded(request: HttpRequest) -> str:
    file = request.FILES.get("fichier")
    if file is None or isinstance(file, list):
        raise Invalid("Choisissez un fichier CSV.", code="fichier")
    content: bytes = file.read(MAX_FILE + 1)
    if len(content) > MAX_FILE:
        raise Invalid("Le fichier dépasse 1 Mo.", code="fichier")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
