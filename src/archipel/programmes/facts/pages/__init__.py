"""Pages of facts, assembled. The address of one fact takes any words: it comes last."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.programmes.facts.pages import entry, files, listing, paid

app_name = "facts"
urlpatterns: list[URLPattern | URLResolver] = [
    *listing.urlpatterns,
    *files.urlpatterns,
    *paid.urlpatterns,
    *entry.urlpatterns,
]
