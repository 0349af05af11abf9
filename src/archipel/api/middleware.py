"""Who calls with a token: the account and the scope behind ``Authorization: Bearer``, for the API alone."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from archipel.foundation.accounts import tokens
from archipel.foundation.scope import in_scope
from archipel.kernel.errors import Denied

PREFIX = "/api/v1/"
Handler = Callable[[HttpRequest], HttpResponse]


class BearerScope:
    """Stands after RequestScope: a valid token replaces the session's account and scope for this request.

    A token that is presented and refused is an error, even beside a valid session: a program must know.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Open the scope of the token around the view; nothing is kept by caches or shared between accounts."""
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        response = self._answer(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Authorization, Cookie"
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return self.get_response(request)
        try:
            user, scope, number = tokens.open_token(text.strip(), address=request.META.get("REMOTE_ADDR", ""))
        except Denied as refusal:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            if refusal.http_status == 429:
                headers = {"Retry-After": str(int(tokens.FAILURE_WINDOW.total_seconds()))}
            body = {"code": refusal.error_code, "message": refusal.message}
            return JsonResponse(body, status=refusal.http_status, headers=headers)
        request.user = user
        request.scope = scope  # type: ignore[attr-defined]
        request.api_token = number  # type: ignore[attr-defined]
        with in_scope(scope):
            return self.get_response(request)
