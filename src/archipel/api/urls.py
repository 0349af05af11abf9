"""Addresses of the API: the routes of version 1, the OpenAPI document, and a page that lists them."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from archipel.api.app import api
from archipel.api.middleware import PREFIX


def document() -> dict[str, Any]:
    """The OpenAPI document, as plain JSON values."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX), default=str))
    return found


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI document: it describes the interface and holds no data."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The routes and their parameters, as a page without any script."""
    rows = [
        {
            "method": method.upper(),
            "path": address,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "parameters": [
                {"name": p["name"], "where": p["in"], "required": p.get("required", False)}
                for p in operation.get("parameters", [])
            ],
        }
        for address, operations in document()["paths"].items()
        for method, operation in operations.items()
    ]
    return render(request, "api/index.html", {"titre": "API", "rows": rows})


@csrf_exempt
def nothing(request: HttpRequest, rest: str) -> JsonResponse:
    """An unknown address of the API answers in JSON too."""
    return JsonResponse({"code": "introuvable", "message": "Rien à cette adresse de l'API."}, status=404)


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", index, name="api-index"),
    path("api/openapi.json", openapi, name="api-openapi"),
    path("api/v1/", api.urls),
    re_path(r"^api/(?P<rest>.+)$", nothing, name="api-inconnue"),
]
