"""Pages: applications, from idea to last payment, on both sides."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "dossiers"
urlpatterns: list[URLPattern | URLResolver] = []
