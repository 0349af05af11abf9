"""The page of traces, for who answers for them. Reading it leaves a trace too."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from archipel.foundation.audit import chain
from archipel.foundation.audit.queries import PER_PAGE, Filters, traces
from archipel.foundation.audit.services import record
from archipel.foundation.scope import NOBODY, Capability

_NAMES = ("acteur", "action", "objet", "cle", "etablissement", "du", "au")


@never_cache
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """The trail, filtered by actor, action, object, establishment and date."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    scope = getattr(request, "scope", NOBODY)
    scope.require(Capability.VOIR_AUDIT)
    given = {name: request.GET.get(name, "").strip() for name in _NAMES}
    since, until = _day(given["du"]), _day(given["au"])
    problems = [
        f"« {given[name]} » n'est pas une date : attendu AAAA-MM-JJ."
        for name, day in (("du", since), ("au", until))
        if given[name] and day is None
    ]
    page = int(request.GET["page"]) if request.GET.get("page", "").isdecimal() else 1
    filters = Filters(
        actor=given["acteur"],
        action=given["action"],
        object_type=given["objet"],
        object_key=given["cle"],
        establishment=given["etablissement"],
        since=since,
        until=until,
    )
    found = traces(scope=scope, filters=filters, page=page)
    kept = {name: value for name, value in given.items() if value}
    record(
        scope=scope,
        action="traces.lecture",
        establishment=given["etablissement"],
        object_type="traces",
        details={"filtres": kept, "page": page},
    )
    context = {
        "found": found,
        "given": given,
        "problems": problems,
        "page": page,
        "pages": -(-found.total // PER_PAGE),
        "query": urlencode(kept),
        "sealing": chain.sealing_state(),
    }
    return render(request, "audit/traces.html", context, status=422 if problems else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


urlpatterns: list[URLPattern | URLResolver] = [path("traces/", trail, name="traces")]
