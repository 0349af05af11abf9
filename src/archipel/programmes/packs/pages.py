"""Pages: packs: programmes, catalogues and grids held as versioned data, and the rules that they state."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "packs"
urlpatterns: list[URLPattern | URLResolver] = []
