"""The API itself: one object, its errors in French, its routes."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from archipel.api.access import AUTH
from archipel.api.routes import (
    account,
    aide,
    audit,
    beds,
    dossiers,
    emergency,
    funding,
    maturite,
    messages,
    packs,
    patients,
    previsions,
    programmes,
    proof,
    requests,
    rpu,
    systems,
    systems_files,
    tension,
    territory,
    trajectory,
    webhooks,
)
from archipel.kernel.errors import ArchipelError

DESCRIPTION = """Lits, urgences, structure, parcours et messages du groupement.

Authentification : un jeton (`Authorization: Bearer arch_…`) ou la session du navigateur. Un appel voit exactement ce
que le compte voit à l'écran ; chaque lecture de données de patients laisse une trace. Les moments sont au format
ISO 8601 avec leur décalage. Une erreur répond `{"code", "message"}`, le code étant stable."""

api = NinjaAPI(
    title="Archipel",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    auth=AUTH,
)
for prefix, module in (
    ("", account),
    ("/territoire", territory),
    ("/lits", beds),
    ("", emergency),
    ("", patients),
    ("", messages),
    ("/demandes", requests),
    ("/previsions", previsions),
    ("/tension", tension),
    ("/rpu", rpu),
    ("/systemes", systems),
    ("/systemes", systems_files),
    ("/programmes", programmes),
    ("/audit", audit),
    ("/abonnements", webhooks),
    ("/preuves", proof),
    ("/programmes", packs),
    ("/dossiers", dossiers),
    ("/programmes/financement", funding),
    ("/programmes/aide", aide),
    ("/programmes/maturite", maturite),
    ("/trajectoires", trajectory),
):
    api.add_router(prefix, module.router)


def problem(request: HttpRequest, status: int, code: str, message: str, **more: Any) -> HttpResponse:
    """An error, as every route says it; whatever the request had begun is taken back."""
    request.archipel_failed = True  # type: ignore[attr-defined]
    response = api.create_response(request, {"code": code, "message": message, **more}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ArchipelError)
def _expected(request: HttpRequest, error: Exception) -> HttpResponse:
    assert isinstance(error, ArchipelError)
    field = error.context.get("field")
    return problem(request, error.http_status, error.error_code, error.message, **({"champ": field} if field else {}))


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(request, 401, "non-connecte", "Donnez un jeton valide, ou connectez-vous.")


@api.exception_handler(ValidationError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    assert isinstance(error, ValidationError)
    fields = sorted({".".join(str(part) for part in one["loc"][1:]) for one in error.errors})
    text = f"Requête illisible : vérifiez {', '.join(fields) or 'le corps'} (voir /api/openapi.json)."
    return problem(request, 422, "requete", text, champs=fields)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: Exception) -> HttpResponse:
    assert isinstance(error, HttpError)
    if error.status_code == 403:
        text = "Le jeton CSRF manque ou n'est pas le bon : rechargez la page, ou utilisez un jeton de l'API."
        return problem(request, 403, "csrf", text)
    return problem(request, error.status_code, "requete", "La requête n'a pas pu être lue.")


@api.exception_handler(Http404)
def _unknown(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(request, 404, "introuvable", "Rien à cette adresse.")
