"""The schéma directeur and the cahier des charges as files."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.kernel.errors import NotFound
from archipel.scenarios.trajectory.pages import shell


@require_safe
@shell.seeing
def plan(request: HttpRequest, number: int) -> HttpResponse:
    """Coming."""
    raise NotFound("Pas encore.")


urlpatterns = [
    path("systemes/trajectoires/<int:number>/document", plan, name="document"),
    path("systemes/trajectoires/<int:number>/cahier", plan, name="cahier"),
]
