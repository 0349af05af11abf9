"""Who may call: a token, or the session of a browser (whose writes carry a CSRF token)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from archipel.foundation.audit.services import record_many
from archipel.foundation.scope import NOBODY, Scope


class Bearer(HttpBearer):
    """``Authorization: Bearer arch_…``; the middleware has already opened it."""

    openapi_description = "Jeton créé dans « Mon compte › Jetons de l'API »."

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The account, when the middleware accepted the token."""
        return request.user if getattr(request, "api_token", None) else None


AUTH = [Bearer(), SessionAuth()]


def scope_of_request(request: HttpRequest) -> Scope:
    """The scope in which the request runs."""
    scope = getattr(request, "scope", NOBODY)
    return scope if isinstance(scope, Scope) else NOBODY


def trace_reads(scope: Scope, action: str, establishment: str, object_type: str, keys: list[str]) -> None:
    """Leave one trace for each patient or venue that the answer names."""
    record_many(
        scope=scope,
        action=action,
        establishment=establishment,
        object_type=object_type,
        object_keys=keys,
        details={"par": scope.session or "session"},
    )
