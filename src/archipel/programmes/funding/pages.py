"""Pages: caps, instalments, grants, spending, and the best set of projects."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "funding"
urlpatterns: list[URLPattern | URLResolver] = []
