"""Break-glass pages: ask, close, review."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.foundation.accounts import breakglass, queries
from archipel.foundation.accounts.forms import BreakGlassForm
from archipel.foundation.accounts.screens.common import account_of, connected
from archipel.foundation.scope import EVERYWHERE, Capability
from archipel.foundation.web.asking import scope_of as scope_of_request
from archipel.kernel.errors import Conflict, Invalid


@never_cache
@require_http_methods(["GET", "POST"])
@connected
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for an exceptional access."""
    scope = scope_of_request(request)
    scope.require(Capability.BRIS_DE_GLACE)
    places = [
        (code, f"{name} ({code})")
        for code, name in queries.place_names().items()
        if code != EVERYWHERE and not scope.sees_names(code)
    ]
    form = BreakGlassForm(request.POST or None, places=places)
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                access = breakglass.open_break_glass(scope=scope, **form.cleaned_data)
            except (Invalid, Conflict) as refusal:
                problem, status = refusal.message, refusal.http_status
            else:
                success(request, f"Accès ouvert à {access.establishment}. Chaque lecture est tracée.")
                return redirect("bris-de-glace")
    context = {"form": form, "problem": problem, "accesses": breakglass.open_accesses(account_of(request).pk)}
    return render(request, "accounts/bris_de_glace.html", context, status=status)


@require_POST
@connected
def close(request: HttpRequest, access_id: int) -> HttpResponse:
    """Close an exceptional access before its time."""
    breakglass.close_break_glass(scope=scope_of_request(request), break_glass_id=access_id)
    success(request, "Accès exceptionnel refermé.")
    return redirect("compte")


@never_cache
@require_GET
@connected
def to_review(request: HttpRequest) -> HttpResponse:
    """The accesses that await a review, then those reviewed."""
    return _review_page(request, "", 200)


@require_POST
@connected
def review(request: HttpRequest, access_id: int) -> HttpResponse:
    """Write the review of an access."""
    try:
        breakglass.review_break_glass(
            scope=scope_of_request(request), break_glass_id=access_id, review=request.POST.get("review", "")
        )
    except (Invalid, Conflict) as refusal:
        return _review_page(request, refusal.message, refusal.http_status)
    success(request, "Relecture enregistrée.")
    return redirect("bris-de-glace-relecture")


def _review_page(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    scope = scope_of_request(request)
    names = queries.place_names()
    accesses = breakglass.accesses_to_review(scope=scope)
    rows = [
        {
            "access": access,
            "username": access.username,
            "place": names.get(access.establishment, access.establishment),
            "mine": access.username == scope.actor,
        }
        for access in accesses
    ]
    waiting = sum(1 for access in accesses if access.reviewed_at is None)
    context = {"rows": rows, "waiting": waiting, "problem": problem}
    return render(request, "accounts/bris_de_glace_relecture.html", context, status=status)
