"""What the screens share: the scope, filters of the address, files."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest

from archipel.foundation.journal.queries import MessageFilters
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.foundation.web.privacy import names_hidden

__all__ = ["filters_of", "login_required", "names_hidden", "scope_of", "table_response"]

PARIS = ZoneInfo("Europe/Paris")
OUTCOMES = (("parked", "À traiter"), ("applied", "Appliqué"), ("ignored", "Ignoré"), ("pending", "En attente"))


def filters_of(request: HttpRequest, problems: list[str]) -> MessageFilters:
    """The filters of the address; what cannot be read is told and left out."""
    given = {name: request.GET.get(name, "").strip()[:200] for name in ("controle", "evenement", "issue", "ej")}
    if given["issue"] not in {code for code, _ in OUTCOMES}:
        given["issue"] = ""
    return MessageFilters(
        control_id=given["controle"],
        sender_id=number_of(request, "emetteur"),
        event=given["evenement"],
        outcome=given["issue"],
        establishment=given["ej"],
        since=_moment(request, "du", problems),
        until=_moment(request, "au", problems),
        reason=request.GET.get("motif", ""),
        before=number_of(request, "avant"),
    )


def number_of(request: HttpRequest, name: str) -> int | None:
    """A whole number of the address; None when it is not one."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _moment(request: HttpRequest, name: str, problems: list[str]) -> datetime | None:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.append(f"« {text[:30]} » n'est pas un moment : attendu AAAA-MM-JJTHH:MM.")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=PARIS)
