"""What a connected account must obey on every page: session limits, password to change, factor to set up."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from archipel.foundation.accounts import sessions
from archipel.foundation.accounts.models import User
from archipel.foundation.audit.services import record

MUST_ENROL = "archipel_must_enrol"
_ALWAYS = ("connexion", "deconnexion", "changer-mot-de-passe", "second-facteur", "second-facteur-qr", "situation")


class SessionHygiene:
    """Ends idle and old sessions, and holds the account on what it owes before anything else.

    Stands after AuthenticationMiddleware and before the middleware that opens the scope.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check, then go on or send elsewhere."""
        user = request.user
        if not user.is_authenticated or request.path.startswith(settings.STATIC_URL):
            return self.get_response(request)
        if why := sessions.expiry_reason(request.session):
            record(
                scope=sessions.acting(user),
                action="session.expiration",
                object_type="compte",
                object_key=str(user.pk),
                details={"motif": why},
            )
            sessions.forget(request.session.session_key)
            logout(request)
            return _go(request, reverse("connexion") + "?" + urlencode({"fin": why, "next": _back(request)}))
        owed = self._owed(request)
        if owed and request.path not in {reverse(name) for name in _ALWAYS}:
            return _go(request, reverse(owed))
        if "Archipel-Live" not in request.headers or "mur" in request.GET:
            sessions.touch(request)  # a board that refreshes by itself is nobody's presence; a wall stays lit
        assert isinstance(user, User)
        user.acting_establishment = request.session.get("archipel_situation_ej", "")
        return self.get_response(request)

    @staticmethod
    def _owed(request: HttpRequest) -> str:
        if getattr(request.user, "must_change_password", False):
            return "changer-mot-de-passe"
        if request.session.get(MUST_ENROL):
            return "second-facteur"
        if request.session.get("archipel_must_choose"):
            return "situation"
        return ""


def _back(request: HttpRequest) -> str:
    return request.get_full_path() if request.method == "GET" else "/"


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
