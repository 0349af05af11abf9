"""The gallery: a page and its live fragment, whose figures change at each reading."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from archipel.config.urls import urlpatterns as application
from archipel.ui.states import STATES

UNITS = ("Cardiologie", "Gériatrie aiguë", "Chirurgie", "Réanimation")
READINGS = count(1)


def facts() -> dict[str, Any]:
    """Only the first unit changes from one reading to the next."""
    now = timezone.now()
    rows = [{"code": f"31{n}", "nom": name, "lits": n or next(READINGS), "vu": now} for n, name in enumerate(UNITS)]
    return {"titre": "Galerie", "etats": list(STATES), "rows": rows, "vieux": now - timedelta(hours=2)}


def page(request: HttpRequest) -> HttpResponse:
    """Everything on one page."""
    return render(request, "galerie/page.html", facts())


def fragment(request: HttpRequest) -> HttpResponse:
    """What ``archipel-live`` asks for."""
    return render(request, "galerie/tableau.html", facts())


urlpatterns = [path("galerie/", page), path("galerie/tableau", fragment, name="galerie-tableau"), *application]
