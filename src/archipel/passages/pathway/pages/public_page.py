"""The page that a patient opens from a QR code: light, in their language, without a script if need be.

The address holds an opaque token and nothing else. Unknown, expired, silenced: the same answer, so that nobody learns
which. Nothing is stored by anybody on the way; a small service worker keeps the last picture on the phone itself.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.foundation.web.formats import PARIS
from archipel.passages.pathway.queries.states import public_view
from archipel.passages.pathway.rules.limits import Buckets
from archipel.passages.pathway.services.threads import digest
from archipel.passages.pathway.values import View
from archipel.passages.pathway.values.words import WORDS, Words, choose

REFRESH_SECONDS = 60
LONGEST_TOKEN = 64
BY_ADDRESS = Buckets(burst=60, rate=2.0)
"""Many phones share the address of the hospital's own network."""
BY_TOKEN = Buckets(burst=20, rate=0.2)
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def _allowed(request: HttpRequest, token: str) -> bool:
    now = time.monotonic()
    caller = hashlib.sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()
    return BY_ADDRESS.take(caller, now) and BY_TOKEN.take(digest(token), now)


def _sealed(response: HttpResponse) -> HttpResponse:
    """Kept nowhere, found by nobody, telling no one where it was."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Vary"] = "Accept-Language"
    return response


def _context(words: Words, view: View | None) -> dict[str, Any]:
    stages = [] if view is None else [
        (words.stages[one.stage], one.progress.value, words.progress[one.progress],
         one.at.astimezone(PARIS).strftime("%H:%M") if one.at else "")
        for one in view.stages
    ]  # fmt: skip
    return {
        "w": words,
        "etapes": stages,
        "heure": view.as_of.astimezone(PARIS).strftime("%H:%M") if view else "",
        "fini": view.over if view else False,
        "langues": [(one.code, one.name, one.rtl) for one in WORDS.values()],
        "rafraichir": REFRESH_SECONDS,
    }


@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Where does my passage stand?"""
    asked, accepted = request.GET.get("langue", ""), request.headers.get("Accept-Language", "")
    if not _allowed(request, token):
        response = render(request, "pathway/trop.html", _context(choose(asked, accepted), None), status=429)
        response.headers["Retry-After"] = str(REFRESH_SECONDS)
        return _sealed(response)
    found = public_view(digest(token)) if len(token) <= LONGEST_TOKEN else None
    if found is None:
        return _sealed(render(request, "pathway/absente.html", _context(choose(asked, accepted), None), status=404))
    view, usual = found
    words = choose(asked, "", usual)
    return _sealed(render(request, "pathway/page.html", _context(words, view) | {"reste": f"?langue={words.code}"}))


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: it keeps the last picture of the page on the phone, and its style."""
    response = render(
        request, "pathway/sw.js", {"style": static("pathway/fil.css"), "script": static("pathway/fil.js")},
        content_type="text/javascript; charset=utf-8",
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


urlpatterns = [
    path("fil/sw.js", worker, name="travailleur"),
    path("fil/<str:token>/", page, name="page"),
]
