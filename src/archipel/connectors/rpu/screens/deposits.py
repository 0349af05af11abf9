"""Deposits: where the daily file of each site stands, every attempt with its answer, deposit now, download."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from archipel.connectors.rpu import models
from archipel.connectors.rpu.building import build_file, daily_range
from archipel.connectors.rpu.deposits import daily_states, deposit
from archipel.connectors.rpu.settings import rpu_settings
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import is_fragment, scope_of
from archipel.foundation.web.export import table_response
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Invalid, NotFound
from archipel.territory import public as territory

PARIS = ZoneInfo("Europe/Paris")
STATES = {
    "depose": ("Déposé", "accepte"),
    "attendu": ("Attendu cette nuit", "pending"),
    "echec": ("Échec, nouvel essai seul", "echec"),
    "refus": ("Refusé, à traiter", "refuse"),
    "retard": ("En retard", "en_retard"),
    "sans-adresse": ("Aucune adresse réglée", "non_arme"),
}
OUTCOMES = {
    "accepte": ("Accepté", "accepte"),
    "deja": ("Déjà déposé", "applied"),
    "echec": ("Échec", "echec"),
    "refus": ("Refusé", "refuse"),
}
SHOWN, EXPORTED = 100, 10_000


def _rows(limit: int) -> list[dict[str, Any]]:
    names = {info.finess: info.name for info in territory.sites()}
    rows = models.Deposit.objects.select_related("file").defer("file__raw").order_by("-at", "-id")[:limit]
    return [{"d": row, "f": row.file, "site": names.get(row.file.site, row.file.site), "mot": OUTCOMES[row.outcome][0],
             "puce": OUTCOMES[row.outcome][1]} for row in rows]  # fmt: skip


def _reader(request: HttpRequest) -> Scope:
    """Who codes passages, or sends them, somewhere."""
    scope = scope_of(request)
    if not scope.may(Capability.SAISIR_RPU):
        scope.require(Capability.TRANSMETTRE_RPU)
    return scope


@never_cache
@login_required
@require_safe
def deposits(request: HttpRequest) -> HttpResponse:
    """Did each site's file leave, and what was answered?"""
    scope = _reader(request)
    states, settings = daily_states(scope=scope), rpu_settings()
    first, last = daily_range(clock.now())
    context = {
        "titre": "Envois des RPU",
        "onglet": "envois",
        "etats": [
            (one, *STATES[one.state], scope.may(Capability.TRANSMETTRE_RPU, one.establishment)) for one in states
        ],
        "deposes": sum(1 for one in states if one.state == "depose"),
        "lignes": _rows(SHOWN),
        "reglages": settings,
        "du": first,
        "au": last,
        "aujourdhui": clock.now().astimezone(PARIS).date(),
        "peut": scope.may(Capability.TRANSMETTRE_RPU),
        "fil": [("Urgences", reverse("flow:urgences")), ("RPU", reverse("flow:rpu-qualite")), ("Envois", "")],
    }
    return render(request, "rpu/_envois.html" if is_fragment(request) else "rpu/envois.html", context)


@never_cache
@login_required
@require_safe
def deposits_export(request: HttpRequest) -> HttpResponse:
    """The journal of deposits as a file."""
    _reader(request)
    titles = ["Le", "Site", "FINESS", "Du", "Au", "Fichier", "Passages", "Complétude (%)", "SHA-256", "Où", "Issue",
              "Réponse", "Par"]  # fmt: skip
    rows = (
        [r["d"].at, r["site"], r["f"].site, r["f"].first_day, r["f"].last_day, r["f"].name, r["f"].passages,
         None if r["f"].completeness is None else round(r["f"].completeness, 1), r["f"].sha256, r["d"].target, r["mot"],
         r["d"].answer, r["d"].actor]
        for r in _rows(EXPORTED)
    )  # fmt: skip
    return table_response(request, "rpu-envois", titles, rows)


@login_required
@require_POST
def deposit_now(request: HttpRequest) -> HttpResponse:
    """Make the file of a site for some days, and deposit it (or only make it, to be downloaded)."""
    scope, asked = scope_of(request), request.POST
    try:
        first, last = _day(asked.get("du", "")), _day(asked.get("au", ""))
        if asked.get("action") == "produire":
            built = build_file(scope=scope, site=asked.get("site", ""), first=first, last=last)
            return redirect("rpu:fichier", built.row.pk)
        done = deposit(
            scope=scope, site=asked.get("site", ""), first=first, last=last, again=asked.get("action") == "encore"
        )
    except ArchipelError as refusal:
        if refusal.http_status not in (409, 422):
            raise
        messages.error(request, refusal.message)
        return redirect("rpu:envois")
    (messages.success if done.outcome in ("accepte", "deja") else messages.error)(request, done.message)
    return redirect("rpu:envois")


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise Invalid(f"« {text[:20]} » n'est pas une date AAAA-MM-JJ.", code="rpu-jours") from None


@never_cache
@login_required
@require_safe
def file(request: HttpRequest, number: int) -> HttpResponse:
    """The file as it left, byte for byte; traced."""
    scope = scope_of(request)
    row = models.File.objects.filter(id=number).first()
    if row is None:
        raise NotFound("Ce fichier n'existe pas, ou n'est pas visible par votre compte.", code="fichier-inconnu")
    scope.require(Capability.TRANSMETTRE_RPU, row.establishment)
    record(
        scope=scope, action="rpu.telecharger", establishment=row.establishment, object_type="fichier-rpu",
        object_key=str(row.pk), details={"passages": row.passages},
    )  # fmt: skip
    response = HttpResponse(bytes(row.raw), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{row.name}"'
    return response
