"""Pages of the graph of establishments."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.programmes.perimetre.pages import browse, change

app_name = "perimetre"
urlpatterns: list[URLPattern | URLResolver] = [*change.urlpatterns, *browse.urlpatterns]
