"""One's own API tokens: make one (shown once), see when each was last used, revoke."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from archipel.foundation.accounts import queries, tokens
from archipel.foundation.accounts.rights import MEANING
from archipel.foundation.accounts.screens.common import account_of, connected
from archipel.foundation.web.asking import scope_of as scope_of_request
from archipel.kernel.errors import Denied, Invalid

DEFAULT_DAYS = 90


@never_cache
@require_http_methods(["GET", "POST"])
@connected
def my_tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens and make one."""
    scope = scope_of_request(request)
    names = queries.place_names()
    choices = [
        (place, names.get(place, place), [(c.value, MEANING[c]) for c in held])
        for place, held in tokens.offered(scope).items()
    ]
    context: dict[str, Any] = {"choices": choices, "days": DEFAULT_DAYS, "max_days": tokens.MAX_DAYS}
    status = 200
    if request.method == "POST":
        days = request.POST.get("jours", "")
        try:
            _, text = tokens.create_token(
                scope=scope,
                name=request.POST.get("nom", ""),
                establishment=request.POST.get("etablissement", ""),
                capabilities=request.POST.getlist("droits"),
                days=int(days) if days.isdecimal() and len(days) < 5 else 0,
            )
            context["text"] = text
        except (Denied, Invalid) as refusal:
            context["problem"], status = refusal.message, refusal.http_status
    context["tokens"] = tokens.tokens_of(account_of(request).pk)
    return render(request, "accounts/jetons.html", context, status=status)


@require_POST
@connected
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one token."""
    tokens.revoke_token(scope=scope_of_request(request), token_id=token_id)
    success(request, "Jeton révoqué : il n'ouvre plus rien.")
    return redirect("jetons")
