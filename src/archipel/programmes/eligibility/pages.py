"""Pages: who is eligible to what, at a date, why, and which facts are missing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "eligibility"
urlpatterns: list[URLPattern | URLResolver] = []
