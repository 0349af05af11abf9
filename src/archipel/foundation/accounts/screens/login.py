"""Coming in and going out: password, second factor at login, logout."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from archipel.foundation.accounts import authentication, sessions, totp
from archipel.foundation.accounts.forms import CodeForm, LoginForm
from archipel.foundation.accounts.middleware import MUST_ENROL
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.screens.common import safe_next
from archipel.foundation.audit.services import record
from archipel.kernel.errors import Conflict, Denied

PENDING = "archipel_pending"
PENDING_SECONDS = 300
"""How long a right password waits for its code."""
ENDED = {
    "inactivite": "Votre session a été fermée après une période d'inactivité. Reconnectez-vous.",
    "duree": "Votre session a atteint sa durée maximale. Reconnectez-vous.",
}


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The login page."""
    target = safe_next(request, request.POST.get("next") or request.GET.get("next"))
    if request.user.is_authenticated and request.method == "GET":
        return redirect(target)
    form = LoginForm(request.POST or None)
    problem, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            proven = authentication.prove(request, **form.cleaned_data)
        except Denied as refusal:
            problem, status = refusal.message, 403
        else:
            return _proven(request, proven, target)
    elif request.method == "POST":
        status = 422
    context = {
        "form": form,
        "next": target,
        "problem": problem,
        "ended": ENDED.get(request.GET.get("fin", ""), ""),
        "oidc_label": settings.OIDC_LABEL if settings.OIDC_ENABLED else "",
    }
    return render(request, "accounts/connexion.html", context, status=status)


def _proven(request: HttpRequest, proven: authentication.Proven, target: str) -> HttpResponse:
    if proven.user.totp_secret:
        request.session.cycle_key()
        request.session[PENDING] = {
            "user": proven.user.pk,
            "backend": proven.backend,
            "at": time.time(),
            "next": target,
            "stamp": proven.user.get_session_auth_hash(),
        }
        return redirect("connexion-code")
    return enter(request, proven.user, method="mot_de_passe", backend=proven.backend, target=target)


def enter(request: HttpRequest, user: User, *, method: str, backend: str, target: str) -> HttpResponse:
    """Open the session and go where the person was going."""
    sessions.open_session(request, user, method=method, backend=backend)
    request.session[MUST_ENROL] = method == "mot_de_passe" and authentication.must_enrol(user)
    return redirect(target)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step of login: the code of the telephone, or a recovery code."""
    pending = request.session.get(PENDING)
    user = None
    if isinstance(pending, dict) and time.time() - pending["at"] < PENDING_SECONDS:
        user = User.objects.filter(pk=pending["user"], is_active=True).first()
    if (
        not isinstance(pending, dict)
        or user is None
        or not user.totp_secret
        or user.get_session_auth_hash() != pending["stamp"]
    ):
        request.session.pop(PENDING, None)
        return redirect("connexion")
    form = CodeForm(request.POST or None)
    problem, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            method = totp.verify(user=user, code=form.cleaned_data["code"])
        except (Denied, Conflict) as refusal:
            problem, status = refusal.message, refusal.http_status
        else:
            return enter(request, user, method=method, backend=pending["backend"], target=pending["next"])
    elif request.method == "POST":
        status = 422
    return render(request, "accounts/connexion_code.html", {"form": form, "problem": problem}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; offer to end the provider's too, when it is the one that opened it."""
    provider = ""
    if request.user.is_authenticated:
        user = request.user
        assert isinstance(user, User)
        id_token = request.session.get("oidc_id_token", "")
        if settings.OIDC_ENABLED and settings.OIDC_OP_LOGOUT_ENDPOINT and id_token:
            back = request.build_absolute_uri(settings.LOGOUT_REDIRECT_URL)
            query = urlencode({"id_token_hint": id_token, "post_logout_redirect_uri": back})
            provider = f"{settings.OIDC_OP_LOGOUT_ENDPOINT}?{query}"
        record(scope=sessions.acting(user), action="deconnexion", object_type="compte", object_key=str(user.pk))
        sessions.forget(request.session.session_key)
        logout(request)
    if provider:
        # A page, not a redirect: the policy "form-action 'self'" stops a form from ending on another site.
        return render(request, "accounts/deconnecte.html", {"provider": provider, "label": settings.OIDC_LABEL})
    return redirect(settings.LOGOUT_REDIRECT_URL or "connexion")
