"""Pages: requirements bound to live metrics, evidence and decisions; proof archives."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "proof"
urlpatterns: list[URLPattern | URLResolver] = []
