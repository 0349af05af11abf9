"""All routes, assembled: one line for each module of pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("archipel.ui.pages")),
    path("", include("archipel.foundation.accounts.pages")),
    path("", include("archipel.foundation.audit.pages")),
    path("", include("archipel.foundation.webhooks.pages")),
    path("", include("archipel.territory.pages")),
    path("", include("archipel.api.urls")),
    path("", include("archipel.domains.flow.pages")),
    path("", include("archipel.domains.systems.pages")),
    path("", include("archipel.passages.documents.pages")),
    path("", include("archipel.passages.pathway.pages")),
    path("", include("archipel.programmes.packs.pages")),
    path("", include("archipel.programmes.perimetre.pages")),
    path("", include("archipel.programmes.facts.pages")),
    path("", include("archipel.programmes.eligibility.pages")),
    path("", include("archipel.programmes.proof.pages")),
    path("", include("archipel.programmes.funding.pages")),
    path("", include("archipel.programmes.catalogue.pages")),
    path("", include("archipel.programmes.maturity.pages")),
    path("", include("archipel.programmes.dossiers.pages")),
    path("", include("archipel.programmes.home.pages")),
    path("", include("archipel.scenarios.trajectory.pages")),
    path("", include("archipel.scenarios.forecast.pages")),
    path("", include("archipel.connectors.hl7v2_pam.pages")),
    path("", include("archipel.connectors.ror.pages")),
    path("", include("archipel.connectors.rpu.pages")),
]

handler403 = "archipel.ui.pages.forbidden"
handler404 = "archipel.ui.pages.not_found"
