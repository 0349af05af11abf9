"""Pages: the convergence trajectory: which application for which function, where and when."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "trajectory"
urlpatterns: list[URLPattern | URLResolver] = []
