"""Pages: applications, from idea to last payment, on both sides."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.programmes.dossiers.pages import (
    agency,
    calendar,
    documents,
    dossier,
    listing,
    opening,
    perimeter,
    pieces,
    rubric,
)

app_name = "dossiers"
urlpatterns: list[URLPattern | URLResolver] = [
    *listing.urlpatterns,
    *opening.urlpatterns,
    *dossier.urlpatterns,
    *perimeter.urlpatterns,
    *rubric.urlpatterns,
    *documents.urlpatterns,
    *pieces.urlpatterns,
    *calendar.urlpatterns,
    *agency.urlpatterns,
]
