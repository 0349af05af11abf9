"""Coming in by Pro Santé Connect."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from archipel.foundation.accounts import sessions, situations
from archipel.foundation.accounts.forms import LoginForm
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.oidc import SITUATIONS
from archipel.foundation.accounts.screens.common import safe_next
from archipel.foundation.accounts.situations import Situation
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import ArchipelError, Denied

_KEPT = ("oidc_id_token", SITUATIONS)


class Start(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Leave for the provider, with state, nonce and PKCE."""


class Back(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Come back from the provider: in, or refused with the reason."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Check the answer; every refusal is said in French and traced."""
        try:
            if request.GET.get("error"):
                raise Denied("Pro Santé Connect a interrompu la connexion.", code="psc-interrompu")
            answer: HttpResponse = super().get(request)
        except ArchipelError as refusal:
            return self._refused(request, refusal)
        except SuspiciousOperation:
            return self._refused(
                request, Denied("Cette réponse ne correspond à aucune demande de ce navigateur.", code="psc-etat")
            )
        return answer

    def login_failure(self) -> HttpResponse:
        """No answer to check, or one that nobody asked for."""
        return self._refused(
            self.request, Denied("Cette connexion n'a pas abouti. Recommencez.", code="psc-sans-demande")
        )

    def login_success(self) -> HttpResponse:
        """Open the session; ask which activity, when there are several."""
        request, user = self.request, self.user
        assert isinstance(user, User)
        target = safe_next(request, request.session.pop("oidc_login_next", None))
        kept: dict[str, Any] = {name: request.session.pop(name, None) for name in _KEPT}
        sessions.open_session(request, user, method="psc", backend=user.backend)
        request.session["oidc_id_token"] = kept["oidc_id_token"]
        found = [Situation(**item) for item in kept[SITUATIONS] or []]
        if situations.offer(request.session, user, found):
            request.session["archipel_situation_next"] = target
            return redirect("situation")
        return redirect(target)

    @staticmethod
    def _refused(request: HttpRequest, refusal: ArchipelError) -> HttpResponse:
        if request.user.is_authenticated:
            sessions.forget(request.session.session_key)
            auth.logout(request)
        for name in _KEPT:
            request.session.pop(name, None)
        record(
            scope=Scope(actor="anonyme", establishments=frozenset()),
            action="connexion.refus",
            object_type="compte",
            details={"mode": "psc", "code": refusal.error_code},
        )
        context = {
            "form": LoginForm(),
            "next": "/",
            "problem": refusal.message,
            "oidc_label": settings.OIDC_LABEL,
        }
        # 4xx also when the provider is down: the transaction that holds the trace must be kept.
        status = refusal.http_status if refusal.http_status < 500 else 424
        return render(request, "accounts/connexion.html", context, status=status)
