"""The patient's page, and the team's side of it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.passages.pathway.pages import public_page, team

app_name = "pathway"
urlpatterns: list[URLPattern | URLResolver] = [*public_page.urlpatterns, *team.urlpatterns]
