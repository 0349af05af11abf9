"""One's own account: roles, sessions, password, second factor."""

from __future__ import annotations

import io
from typing import Any

import segno
from django.contrib.auth import update_session_auth_hash
from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.foundation.accounts import authentication, queries, sessions, totp
from archipel.foundation.accounts.breakglass import open_accesses
from archipel.foundation.accounts.forms import CodeForm, PasswordForm
from archipel.foundation.accounts.middleware import MUST_ENROL
from archipel.foundation.accounts.screens.common import account_of, connected, safe_next
from archipel.foundation.web.asking import scope_of as scope_of_request
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid

SETUP = "archipel_totp_setup"


@never_cache
@require_GET
@connected
def my_account(request: HttpRequest) -> HttpResponse:
    """Who am I here, where am I connected."""
    user = account_of(request)
    context = {
        "account": user,
        "grants": queries.grants_of(user.pk),
        "sessions": sessions.sessions_of(user, request.session.session_key),
        "accesses": open_accesses(user.pk),
        "recovery_left": user.recovery_codes.filter(used_at__isnull=True).count(),
        "situation": request.session.get("archipel_situation"),
        "situations": request.session.get("archipel_situations", []),
    }
    return render(request, "accounts/compte.html", context)


@require_POST
@connected
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End every other session of the account."""
    user = account_of(request)
    ended = sessions.end_sessions(
        scope=scope_of_request(request), user=user, keep=request.session.session_key, why="demande"
    )
    success(request, f"{ended} autre(s) session(s) fermée(s)." if ended else "Aucune autre session n'était ouverte.")
    return redirect("compte")


@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
@connected
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's password; the other sessions end."""
    user = account_of(request)
    form = PasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                authentication.change_password(
                    user=user,
                    old=form.cleaned_data["old"],
                    new=form.cleaned_data["new"],
                    keep_session=request.session.session_key,
                )
            except Denied as refusal:
                form.add_error("old", refusal.message)
            except Invalid as refusal:
                form.add_error("new", refusal.message)
            else:
                old_key = request.session.session_key
                update_session_auth_hash(request, user)
                sessions.rekey(request, old_key)
                success(request, "Mot de passe changé. Vos autres sessions sont fermées.")
                return redirect(safe_next(request, request.POST.get("next")))
    context = {"form": form, "imposed": user.must_change_password}
    return render(request, "accounts/mot_de_passe.html", context, status=status)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@connected
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set the second factor up: QR code, first code, recovery codes shown once."""
    user = account_of(request)
    if user.totp_secret:
        request.session.pop(MUST_ENROL, None)
        left = user.recovery_codes.filter(used_at__isnull=True).count()
        return render(request, "accounts/second_facteur_actif.html", {"recovery_left": left})
    secret = request.session.setdefault(SETUP, totp.new_secret())
    form = CodeForm(request.POST or None)
    context: dict[str, Any] = {
        "form": form,
        "secret": " ".join(_groups(secret)),
        "imposed": request.session.get(MUST_ENROL),
    }
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                codes = totp.enable(user=user, secret=secret, code=form.cleaned_data["code"])
            except (Invalid, Conflict) as refusal:
                form.add_error("code", refusal.message)
            else:
                request.session.pop(SETUP, None)
                request.session.pop(MUST_ENROL, None)
                return render(request, "accounts/codes_secours.html", {"codes": codes})
    return render(request, "accounts/second_facteur.html", context, status=status)


def _groups(secret: str) -> list[str]:
    return [secret[i : i + 4] for i in range(0, len(secret), 4)]


@never_cache
@require_GET
@connected
def second_factor_qr(request: HttpRequest) -> HttpResponse:
    """The QR code as an image of its own: the page allows nothing inline."""
    secret = request.session.get(SETUP)
    if not secret or account_of(request).totp_secret:
        return HttpResponseNotFound("Aucun deuxième facteur n'est en cours d'activation.", content_type="text/plain")
    out = io.BytesIO()
    segno.make(totp.provisioning_uri(account_of(request), secret), error="m").save(
        out, kind="svg", scale=6, border=4, xmldecl=True, light="#ffffff", dark="#000000", svgclass=None, lineclass=None
    )
    response = HttpResponse(out.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters("code")
@require_POST
@connected
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    """Replace the recovery codes, against a code of the telephone."""
    user = account_of(request)
    form = CodeForm(request.POST)
    try:
        if not form.is_valid() or not user.totp_secret:
            raise Invalid("Donnez un code de votre application.", code="totp-code")
        totp.verify(user=user, code=form.cleaned_data["code"])
    except ArchipelError as refusal:
        left = user.recovery_codes.filter(used_at__isnull=True).count()
        context = {"recovery_left": left, "problem": refusal.message}
        return render(request, "accounts/second_facteur_actif.html", context, status=refusal.http_status)
    return render(request, "accounts/codes_secours.html", {"codes": totp.renew_recovery_codes(user)})
