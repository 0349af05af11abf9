"""Addresses of the pages of the RPU connector."""

from __future__ import annotations

from django.urls import URLPattern, path

from archipel.connectors.rpu.screens import deposits, imports

app_name = "rpu"
urlpatterns: list[URLPattern] = [
    path("rpu/envois/", deposits.deposits, name="envois"),
    path("rpu/envois/export", deposits.deposits_export, name="envois-export"),
    path("rpu/envois/deposer", deposits.deposit_now, name="deposer"),
    path("rpu/envois/<int:number>/fichier", deposits.file, name="fichier"),
    path("rpu/imports/", imports.imports, name="imports"),
    path("rpu/imports/<int:number>/", imports.one, name="import"),
    path("rpu/imports/<int:number>/export", imports.lines_export, name="import-export"),
    path("rpu/imports/<int:number>/brut", imports.raw, name="import-brut"),
]
