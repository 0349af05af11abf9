"""Pages: the director's page: what is due, at risk, expected, proved; and what every page of programmes shares."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "steering"
urlpatterns: list[URLPattern | URLResolver] = []
