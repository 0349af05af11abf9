"""Addresses of the pages of the ROR."""

from __future__ import annotations

from django.urls import URLPattern, path

from archipel.connectors.ror.screens import journal, mapping, offers, parameters, region

app_name = "ror"
urlpatterns: list[URLPattern] = [
    path("ror/", offers.listing, name="accueil"),
    path("ror/export", offers.export, name="export"),
    path("ror/renvoyer", offers.resend_many, name="renvoyer"),
    path("ror/offres/<str:idnat>/<str:lieu>/", offers.detail, name="offre"),
    path("ror/offres/<str:idnat>/<str:lieu>/renvoyer", offers.resend_one, name="offre-renvoyer"),
    path("ror/correspondance/", mapping.listing, name="correspondance"),
    path("ror/correspondance/export", mapping.export, name="correspondance-export"),
    path("ror/correspondance/ecarts/export", mapping.gaps_export, name="ecarts-export"),
    path("ror/correspondance/import/", mapping.upload, name="correspondance-import"),
    path("ror/correspondance/nouvelle/", mapping.new, name="offre-nouvelle"),
    path("ror/correspondance/<str:idnat>/<str:lieu>/", mapping.edit, name="offre-modifier"),
    path("ror/correspondance/<str:idnat>/<str:lieu>/terminer", mapping.end, name="offre-terminer"),
    path("ror/journal/", journal.listing, name="journal"),
    path("ror/journal/export", journal.export, name="journal-export"),
    path("ror/region/", region.listing, name="region"),
    path("ror/region/export", region.export, name="region-export"),
    path("ror/parametres/", parameters.show, name="parametres"),
]
