"""Pages of money, assembled: where it stands, projects, simulator of ceilings, portfolio, cash."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.programmes.funding.pages import cash, overview, portfolio, portfolio_asking, projects, simulator

app_name = "funding"
urlpatterns: list[URLPattern | URLResolver] = [
    *overview.urlpatterns,
    *cash.urlpatterns,
    *simulator.urlpatterns,
    *portfolio_asking.urlpatterns,
    *portfolio.urlpatterns,
    *projects.urlpatterns,
]
