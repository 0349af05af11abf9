"""The gallery: a page and its live fragment, whose figures change at each reading."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from archipel.config.urls import urlpatterns as application
from archipel.foundation.web.charts import Chart, Mark, Series
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


def charts() -> list[Chart]:
    """One chart of each kind, with what is awkward: a hole, a band, a threshold, long names, many series."""
    years, now, source = ("2026", "2027", "2028"), timezone.now(), "jeu d'essai"
    months = [date(2026, month, 1) for month in (1, 2, 3, 6, 7, 12)]
    common: dict[str, Any] = {"source": source, "at": now}
    return [
        Chart("tresorerie", "Trésorerie par année", "Année", years, (
            Series("Première échéance", (42_500, 0, 10_000)), Series("Seconde échéance", (0, 42_500, 25_000)),
            Series("Solde cumulé", (12_000, -3_000, None), kind="line"),
        ), kind="stacked", unit="€", **common),
        Chart("plafonds", "Plafond par catégorie", "Catégorie", ("A", "B", "C", "D"),
              (Series("Plafond", (35_000, 51_000, 85_000, 205_000)),), unit="€", **common),
        Chart("passages", "Passages prévus", "Mois", months, (
            Series("Prévu", (100, 120.5, None, 140, 150, 170), low=(90, 100, None, 110, 110, 120),
                   high=(110, 140, None, 170, 190, 220)),
        ), kind="line", unit="passages", marks=(Mark(200, "Capacité"),), folded=True, **common),
        Chart("lits", "Lits ouverts", "Jour", ("lun.", "mar.", "mer.", "jeu."),
              (Series("Ouverts", (20, 22, 22, 18)), Series("Occupés", (19, 21, 20, 18))), kind="step", unit="lits",
              **common),
        Chart("membres", "Dépense par établissement", "Établissement",
              ("Centre hospitalier universitaire de la capitale", "Hôpital de proximité", "CH <b>d'essai</b>"),
              (Series("2026", (120_000, 30_000, None)), Series("2027", (80_000, 45_000, 12_000))), kind="lying",
              unit="€", **common),
        Chart("maturite", "Niveau par rubrique", "Rubrique", ("Identités", "Accès", "Délais", "Comptes", "Journaux"),
              (Series("2025", (1, 2, 0, 3, 1)), Series("2026", (3, 3, None, 4, 2))), kind="radar", maximum=4,
              unit="niveau", **common),
    ]  # fmt: skip


def drawn(request: HttpRequest) -> HttpResponse:
    """Every kind of chart."""
    return render(request, "galerie/graphiques.html", {"titre": "Graphiques", "graphiques": charts()})


urlpatterns = [
    path("galerie/", page),
    path("galerie/graphiques", drawn),
    path("galerie/tableau", fragment, name="galerie-tableau"),
    *application,
]
