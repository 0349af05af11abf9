"""Pages: self-diagnosis grids, campaigns, levels, and the least effort to reach one."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "maturity"
urlpatterns: list[URLPattern | URLResolver] = []
