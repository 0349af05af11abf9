"""Pages: what help exists for a theme and a date, requests, quotas, feedback."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "catalogue"
urlpatterns: list[URLPattern | URLResolver] = []
