"""Addresses of the structure's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from archipel.territory.screens import browse, imports, waiting

urlpatterns: list[URLPattern] = [
    path("structure/", browse.tree, name="structure"),
    path("structure/entite/<int:entity>/", browse.entity, name="structure-entite"),
    path("structure/export.<str:form>", browse.export, name="structure-export"),
    path("structure/provisoires/", waiting.listing, name="structure-provisoires"),
    path("structure/provisoires/<int:entity>/", waiting.decide, name="structure-provisoire"),
    path("structure/import/", imports.upload, name="structure-import"),
    path("structure/import/modele.csv", imports.template, name="structure-modele"),
    path("structure/propositions/", imports.listing, name="structure-propositions"),
    path("structure/propositions/<int:proposal>/", imports.examine_one, name="structure-proposition"),
    path("structure/propositions/<int:proposal>/rapport.<str:form>", imports.report, name="structure-rapport"),
    path("structure/publications/<int:publication>/annulation/", imports.reverse_one, name="structure-annulation"),
]
