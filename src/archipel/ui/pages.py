"""Pages of the shell: home, palette, preferences, privacy, glossary, health, errors."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST, require_safe

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web import privacy
from archipel.kernel.errors import Invalid
from archipel.ui import health, search
from archipel.ui.context import THEME_COOKIE, THEMES
from archipel.ui.glossary import TERMS
from archipel.ui.navigation import links

_HOMES: tuple[tuple[Capability, str], ...] = (
    (Capability.GERER_URGENCES, "flow:urgences"),
    (Capability.GERER_COMPTES, "messages:boite"),
    (Capability.GERER_MESSAGES, "messages:boite"),
    (Capability.VOIR_CAPACITE, "flow:territoire"),
)
"""The board that each kind of account opens first; the first that is held and exists wins."""


def home_of(scope: Scope) -> str | None:
    """The address of the most useful board for the account; None when it may see nothing yet."""
    for capability, name in _HOMES:
        if scope.may(capability):
            try:
                return reverse(name)
            except NoReverseMatch:
                continue
    found = links(scope, "/")
    return found[0].url if found else None


def back_to(request: HttpRequest) -> str:
    """Where to return after a POST: the ``suite`` field when it is an address of this site, else home."""
    target = request.POST.get("suite", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Go to the most useful board, or explain what is missing."""
    target = home_of(request.scope)  # type: ignore[attr-defined]
    if target is not None:
        return HttpResponseRedirect(target)
    return render(request, "ui/accueil.html", {"titre": "Accueil"})


@login_required
@require_GET
def palette(request: HttpRequest) -> JsonResponse:
    """What the command palette offers for ``q``: pages, establishments, sites, units."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    return JsonResponse({"resultats": search.palette(scope, request.GET.get("q", ""))})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or auto, on this browser and for the account."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise Invalid(f"Thème « {chosen} » inconnu : auto, light ou dark sont attendus.", code="theme")
    user = request.user
    if user.is_authenticated and user.theme != chosen:
        user.theme = chosen
        user.save(update_fields=["theme"])
    response = HttpResponseRedirect(back_to(request))
    response.set_cookie(THEME_COOKIE, chosen, max_age=365 * 86400, samesite="Lax", secure=request.is_secure())
    return response


@login_required
@require_POST
def reveal_names(request: HttpRequest) -> HttpResponse:
    """Show names for a minute on a screen that hides them, leaving a trace; or hide them again."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    if request.POST.get("action") == "masquer":
        privacy.hide(request)
        return HttpResponseRedirect(back_to(request))
    scope.require(Capability.VOIR_PATIENTS)
    for establishment in sorted(scope.establishments):
        record(
            scope=scope,
            action="names.reveal",
            establishment=establishment,
            object_type="ecran",
            object_key=back_to(request).partition("?")[0],
            details={"secondes": privacy.REVEAL_SECONDS},
        )
    privacy.reveal(request)
    return HttpResponseRedirect(back_to(request))


@login_required
@require_POST
def discreet(request: HttpRequest) -> HttpResponse:
    """Turn the account's privacy mode on or off; turning it off is traced, for names appear again."""
    user: Any = request.user
    user.names_hidden = not user.names_hidden
    user.save(update_fields=["names_hidden"])
    privacy.hide(request)
    if not user.names_hidden:
        record(scope=request.scope, action="names.mode", object_type="compte", object_key=str(user.pk))  # type: ignore[attr-defined]
    return HttpResponseRedirect(back_to(request))


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """The words of the hospital, as the screens use them."""
    return render(request, "ui/glossaire.html", {"titre": "Glossaire", "termes": TERMS})


@require_safe
def sante(request: HttpRequest) -> JsonResponse:
    """Health for monitors: database, age of the last message, queue. No personal data, no authentication."""
    report, ok = health.report()
    return JsonResponse(report, status=200 if ok else 503, headers={"Cache-Control": "no-store"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 page."""
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 403 page."""
    return render(request, "403.html", status=403)


app_name = "ui"
urlpatterns = [
    path("", home, name="accueil"),
    path("recherche/palette", palette, name="palette"),
    path("preferences/theme", theme, name="theme"),
    path("confidentialite/reveler", reveal_names, name="reveler"),
    path("confidentialite/mode-discret", discreet, name="masquer"),
    path("glossaire/", glossary, name="glossaire"),
    path("sante", sante, name="sante"),
]
