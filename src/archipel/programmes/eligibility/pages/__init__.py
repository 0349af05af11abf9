"""Pages of eligibility."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "eligibility"
urlpatterns: list[URLPattern | URLResolver] = []
