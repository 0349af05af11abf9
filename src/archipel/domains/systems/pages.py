"""Pages: information systems of the group: applications, interfaces, contracts, costs, hosting."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "systems"
urlpatterns: list[URLPattern | URLResolver] = []
