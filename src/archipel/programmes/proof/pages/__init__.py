"""Pages of proof, assembled: one line for each."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.programmes.proof.pages import archives, keys, measures, overview, pieces, requirement

app_name = "proof"
urlpatterns: list[URLPattern | URLResolver] = [
    *overview.urlpatterns,
    *pieces.urlpatterns,
    *measures.urlpatterns,
    *archives.urlpatterns,
    *keys.urlpatterns,
    *requirement.urlpatterns,
]
