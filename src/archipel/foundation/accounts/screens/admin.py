"""Keeping accounts: list, create, edit, roles, acts."""

from __future__ import annotations

import csv
from collections.abc import Callable

from django.contrib.messages import success
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.foundation.accounts import administration, queries
from archipel.foundation.accounts.forms import AccountForm, GrantForm
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import LABELS, Role
from archipel.foundation.accounts.screens.common import connected
from archipel.foundation.audit.services import record
from archipel.foundation.scope import EVERYWHERE, Capability, Scope
from archipel.foundation.web.asking import scope_of as scope_of_request
from archipel.kernel.errors import ArchipelError, Conflict, Denied, Invalid, NotFound

PER_PAGE = 50
STATES = {"actif": True, "ferme": False}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@never_cache
@require_GET
@connected
def accounts_list(request: HttpRequest) -> HttpResponse:
    """The accounts of my establishments."""
    search, state = request.GET.get("q", "").strip(), request.GET.get("etat", "")
    page = max(1, int(request.GET.get("page", "1")) if request.GET.get("page", "1").isdecimal() else 1)
    rows, total = queries.accounts(
        scope=scope_of_request(request),
        search=search,
        active=STATES.get(state),
        offset=(page - 1) * PER_PAGE,
        limit=PER_PAGE,
    )
    context = {
        "rows": rows,
        "total": total,
        "search": search,
        "state": state,
        "page": page,
        "pages": -(-total // PER_PAGE),
        "query": urlencode({"q": search, "etat": state}),
        "everywhere": scope_of_request(request).may(Capability.GERER_COMPTES, EVERYWHERE),
    }
    return render(request, "accounts/comptes.html", context)


@never_cache
@require_GET
@connected
def accounts_csv(request: HttpRequest) -> HttpResponse:
    """The same list as a file, for the yearly review of accounts; the export is traced."""
    scope = scope_of_request(request)
    rows, total = queries.accounts(
        scope=scope,
        search=request.GET.get("q", "").strip(),
        active=STATES.get(request.GET.get("etat", "")),
        limit=100_000,
    )
    record(scope=scope, action="comptes.export", object_type="compte", details={"lignes": total})
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="comptes.csv"'
    response.write("\ufeff")
    writer = csv.writer(response, delimiter=";")
    writer.writerow(
        ["identifiant", "nom", "adresse", "rpps", "etat", "deuxieme_facteur", "derniere_connexion", "tenu_par", "roles"]
    )
    for row in rows:
        writer.writerow(
            [
                _cell(row.username),
                _cell(row.name),
                _cell(row.email),
                row.rpps,
                "actif" if row.active else "fermé",
                "oui" if row.second_factor else "non",
                row.last_login.isoformat(timespec="minutes") if row.last_login else "",
                _cell(row.home),
                _cell(" | ".join(row.roles)),
            ]
        )
    return response


def _cell(text: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


@never_cache
@require_http_methods(["GET", "POST"])
@connected
def create(request: HttpRequest) -> HttpResponse:
    """Create an account; its one-time password is shown once."""
    scope = scope_of_request(request)
    places = _places(scope)
    form = AccountForm(request.POST or None, places=places)
    problem, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = administration.create_user(scope=scope, **form.cleaned_data)
            except (Invalid, Conflict, NotFound) as refusal:
                problem, status = refusal.message, refusal.http_status
            else:
                return _show_password(request, User.objects.get(pk=made.user_id), made.password)
    return render(request, "accounts/compte_nouveau.html", {"form": form, "problem": problem}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@connected
def edit(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account: its roles, its owner, the acts upon it."""
    scope = scope_of_request(request)
    user = queries.account(scope=scope, user_id=user_id)
    form = _account_form(request, user)
    if request.method == "POST" and form.is_valid():
        try:
            administration.update_user(scope=scope, user_id=user.pk, **form.cleaned_data)
        except (Invalid, Conflict) as refusal:
            return _account_page(request, user, problem=refusal.message, status=refusal.http_status)
        success(request, "Fiche enregistrée.")
        return redirect("compte-fiche", user_id=user.pk)
    return _account_page(request, user, form=form, status=422 if request.method == "POST" else 200)


@require_POST
@connected
def grant(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give a role."""
    scope = scope_of_request(request)
    role, place = request.POST.get("role", ""), request.POST.get("establishment", "")
    return _do(
        request,
        user_id,
        lambda: administration.grant_role(scope=scope, user_id=user_id, role=role, establishment=place),
        "Rôle donné.",
    )


@require_POST
@connected
def revoke(request: HttpRequest, user_id: int, grant_id: int) -> HttpResponse:
    """Take a role back."""
    scope = scope_of_request(request)
    return _do(request, user_id, lambda: administration.revoke_role(scope=scope, grant_id=grant_id), "Rôle retiré.")


@never_cache
@require_POST
@connected
def act(request: HttpRequest, user_id: int, act: str) -> HttpResponse:
    """Close, open again, take the second factor off, give a one-time password."""
    scope = scope_of_request(request)
    if act == "mot-de-passe":
        password = administration.reset_password(scope=scope, user_id=user_id)
        return _show_password(request, User.objects.get(pk=user_id), password)
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "fermer": (lambda: administration.deactivate_user(scope=scope, user_id=user_id), "Compte fermé."),
        "rouvrir": (lambda: administration.activate_user(scope=scope, user_id=user_id), "Compte rouvert."),
        "second-facteur": (
            lambda: administration.reset_totp(scope=scope, user_id=user_id),
            "Deuxième facteur réinitialisé.",
        ),
    }
    if act not in acts:
        raise Http404
    service, done = acts[act]
    return _do(request, user_id, service, done)


def _do(request: HttpRequest, user_id: int, service: Callable[[], object], done: str) -> HttpResponse:
    try:
        service()
    except (Invalid, Conflict, Denied) as refusal:
        user = queries.account(scope=scope_of_request(request), user_id=user_id)
        return _account_page(request, user, problem=refusal.message, status=refusal.http_status)
    success(request, done)
    try:
        queries.account(scope=scope_of_request(request), user_id=user_id)
    except ArchipelError:  # the last role in my establishments was just taken back
        return redirect("comptes")
    return redirect("compte-fiche", user_id=user_id)


def _account_form(request: HttpRequest, user: User) -> AccountForm:
    initial = {"last_name": user.last_name, "first_name": user.first_name, "email": user.email, "rpps": user.rpps}
    data = request.POST if request.method == "POST" and "last_name" in request.POST else None
    return AccountForm(data, initial=initial, places=[], editing=True)


def _account_page(
    request: HttpRequest, user: User, *, form: AccountForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    scope = scope_of_request(request)
    roles = [(role.value, LABELS[role]) for role in Role]
    acts = [
        ("mot-de-passe", "Donner un mot de passe provisoire", "Ferme ses sessions."),
        ("fermer", "Fermer le compte", "Ferme ses sessions ; l'historique reste.")
        if user.is_active
        else ("rouvrir", "Rouvrir le compte", "Ses rôles sont inchangés."),
    ]
    if user.totp_secret:
        acts.append(("second-facteur", "Réinitialiser le deuxième facteur", "Après la perte d'un téléphone."))
    context = {
        "account": user,
        "grants": queries.grants_of(user.pk),
        "grant_form": GrantForm(roles=roles, places=_places(scope)),
        "form": form or _account_form(request, user),
        "manageable": administration.manages(scope, user),
        "acts": acts,
        "problem": problem,
    }
    return render(request, "accounts/compte_fiche.html", context, status=status)


def _places(scope: Scope) -> list[tuple[str, str]]:
    names = queries.place_names(groups=True)
    places = queries.managed_places(scope)
    if not places:
        raise Denied("Votre compte ne tient les comptes d'aucun établissement.", code="comptes")
    places.sort(key=lambda code: code == EVERYWHERE)  # the widest choice is never the one offered first
    return [(code, names.get(code, code)) for code in places]


def _show_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    context = {"account": user, "password": password, "days": administration.ONE_TIME_DAYS}
    response = render(request, "accounts/mot_de_passe_provisoire.html", context)
    response["Cache-Control"] = "no-store"
    return response
