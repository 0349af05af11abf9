"""Pages: information systems of the group: applications, interfaces, contracts, costs, hosting."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.domains.systems.pages import (
    campaign,
    coverage,
    exposure,
    files,
    indicators,
    inventory,
    maps,
    money,
    names,
    sheet,
)

app_name = "systems"
urlpatterns: list[URLPattern | URLResolver] = [
    *inventory.urlpatterns,
    *campaign.urlpatterns,
    *coverage.urlpatterns,
    *exposure.urlpatterns,
    *files.urlpatterns,
    *indicators.urlpatterns,
    *maps.urlpatterns,
    *money.urlpatterns,
    *names.urlpatterns,
    *sheet.urlpatterns,
]
