"""The schéma directeur and the cahier des charges as files."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.scenarios.trajectory.pages import shell
from archipel.scenarios.trajectory.queries.documents import TYPES, document


def _file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    form = request.GET.get("format", "docx")
    body = document(number, name, form)
    return shell.download(body, TYPES[form], f"{name}-{number}.{form}")


@require_safe
@shell.seeing
def master_plan(request: HttpRequest, number: int) -> HttpResponse:
    """The schéma directeur of the plan: ``?format=docx`` or ``pdf``."""
    return _file(request, number, "schema-directeur")


@require_safe
@shell.seeing
def specification(request: HttpRequest, number: int) -> HttpResponse:
    """The cahier des charges of the support market: ``?format=docx`` or ``pdf``."""
    return _file(request, number, "cahier-des-charges")


urlpatterns = [
    path("systemes/trajectoires/<int:number>/document", master_plan, name="document"),
    path("systemes/trajectoires/<int:number>/cahier", specification, name="cahier"),
]
