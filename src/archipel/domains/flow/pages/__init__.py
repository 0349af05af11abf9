"""Pages of patient flow, assembled: one line for each board."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.domains.flow.pages import path as venue_path
from archipel.domains.flow.pages import territory_board, unit_board

app_name = "flow"
urlpatterns: list[URLPattern | URLResolver] = [
    *territory_board.urlpatterns,
    *unit_board.urlpatterns,
    *venue_path.urlpatterns,
]
