"""What happens around every request: security headers, the scope in the database, errors in French."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import NOBODY, in_scope
from archipel.kernel.errors import ArchipelError
from archipel.ui.context import events_address

Handler = Callable[[HttpRequest], HttpResponse]


def content_security_policy(request: HttpRequest) -> str:
    """The strict policy: nothing inline, nothing from elsewhere, the event stream being the one exception."""
    address = events_address(request)
    events = "" if address.startswith("/") else address
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' {events}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
    )


class SecurityHeaders:
    """Content-Security-Policy and friends on every response."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers unless the view set its own."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_security_policy(request))
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if request.user.is_authenticated if hasattr(request, "user") else False:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class RequestScope:
    """Run the request in one transaction that sees what the account may see, and nothing else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach ``request.scope`` and hold the transaction open around the view."""
        user = request.user
        scope = scope_of(user) if user.is_authenticated else NOBODY
        request.scope = scope  # type: ignore[attr-defined]
        with in_scope(scope):
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "archipel_failed", False):
                transaction.set_rollback(True)
            return response


class FrenchErrors:
    """Turn an ArchipelError into a French page (or an HTMX alert) with the right status."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing to do on the way in."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Render the error; anything unexpected goes on to Django."""
        if not isinstance(error, ArchipelError):
            return None
        request.archipel_failed = True  # type: ignore[attr-defined]  # RequestScope takes back what was half done
        template = "ui/erreur_fragment.html" if getattr(request, "htmx", False) else "ui/erreur.html"
        return render(request, template, {"error": error, "status": error.http_status}, status=error.http_status)
