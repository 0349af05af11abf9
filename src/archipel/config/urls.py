"""All routes, assembled: one line for each module of pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("archipel.ui.pages")),
    path("", include("archipel.foundation.accounts.pages")),
    path("", include("archipel.foundation.audit.pages")),
    path("", include("archipel.territory.pages")),
    path("", include("archipel.api.urls")),
    path("", include("archipel.domains.flow.pages")),
    path("", include("archipel.connectors.hl7v2_pam.pages")),
]

handler403 = "archipel.ui.pages.forbidden"
handler404 = "archipel.ui.pages.not_found"
