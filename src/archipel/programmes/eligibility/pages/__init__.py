"""Pages of eligibility, assembled. The address of one answer takes any words: it comes last."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.programmes.eligibility.pages import detail, matrix, project

app_name = "eligibility"
urlpatterns: list[URLPattern | URLResolver] = [*matrix.urlpatterns, *project.urlpatterns, *detail.urlpatterns]
