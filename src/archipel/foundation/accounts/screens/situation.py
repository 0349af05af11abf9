"""Choosing in which capacity one works today (situation d'exercice)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from archipel.foundation.accounts import situations
from archipel.foundation.accounts.screens.common import account_of, connected, safe_next


@never_cache
@require_http_methods(["GET", "POST"])
@connected
def choose(request: HttpRequest) -> HttpResponse:
    """The list of the professional's activities; one is chosen, and may be changed later."""
    known = situations.offered(request.session)
    if not known:
        return redirect("compte")
    if request.method == "POST":
        situations.choose(request.session, account_of(request), request.POST.get("situation", ""))
        return redirect(safe_next(request, request.session.pop("archipel_situation_next", None)))
    chosen = request.session.get(situations.CHOSEN)
    return render(request, "accounts/situation.html", {"situations": known, "chosen": chosen})
