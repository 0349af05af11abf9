"""Pages of patient flow, assembled: one line for each board."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.domains.flow.pages import ed_board, passages, quality, requests, tension, territory_board, unit_board
from archipel.domains.flow.pages import path as venue_path

app_name = "flow"
urlpatterns: list[URLPattern | URLResolver] = [
    *territory_board.urlpatterns,
    *unit_board.urlpatterns,
    *venue_path.urlpatterns,
    *requests.urlpatterns,
    *ed_board.urlpatterns,
    *quality.urlpatterns,
    *passages.urlpatterns,
    *tension.urlpatterns,
]
