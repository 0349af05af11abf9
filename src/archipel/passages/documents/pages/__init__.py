"""Pages of the exit documents, assembled."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.passages.documents.pages import correspondents, listing, sheet

app_name = "documents"
urlpatterns: list[URLPattern | URLResolver] = [
    *listing.urlpatterns,
    *correspondents.urlpatterns,
    *sheet.urlpatterns,
]
