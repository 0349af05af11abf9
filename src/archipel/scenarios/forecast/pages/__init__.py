"""Pages: what is expected, its error, its files."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from archipel.scenarios.forecast.pages import board, capacities, imports

app_name = "forecast"
urlpatterns: list[URLPattern | URLResolver] = [
    path("previsions/", board.board, name="accueil"),
    path("previsions/export", board.export, name="export"),
    path("previsions/calculer", board.ask, name="calculer"),
    path("previsions/capacites/", capacities.board, name="capacites"),
    path("previsions/capacites/export", capacities.export, name="capacites-export"),
    path("previsions/capacites/valider", capacities.validate, name="capacites-valider"),
    path("previsions/import/", imports.upload, name="import"),
    path("previsions/import/modele.xlsx", imports.template, name="modele"),
    path("previsions/import/<int:fichier>/", imports.examined, name="import-examen"),
]
