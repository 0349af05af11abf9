"""Pages: facts about establishments: entered, imported or derived, each with a source, a validity and a proof."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "facts"
urlpatterns: list[URLPattern | URLResolver] = []
