"""Pages: the graph GHT → EJ → EG and FINESS PMSI on which rules are evaluated."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "perimetre"
urlpatterns: list[URLPattern | URLResolver] = []
