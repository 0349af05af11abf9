"""Pages: the convergence trajectory: which application for which function, where and when."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from archipel.scenarios.trajectory.pages import detail, documents, exports, follow, listing, plan, settings

app_name = "trajectory"
urlpatterns: list[URLPattern | URLResolver] = [
    *listing.urlpatterns,
    *follow.urlpatterns,
    *detail.urlpatterns,
    *settings.urlpatterns,
    *plan.urlpatterns,
    *exports.urlpatterns,
    *documents.urlpatterns,
]
