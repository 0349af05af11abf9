"""Pages: what help exists for a theme and a date, requests, quotas, feedback."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from archipel.programmes.catalogue.pages import browse, feedback, offers, quotas, requests

HERE = "programmes/aide/"

app_name = "catalogue"
urlpatterns: list[URLPattern | URLResolver] = [
    path(HERE, browse.first, name="accueil"),
    path(HERE + "export", browse.export, name="export"),
    path(HERE + "fiche/<path:aide>/", browse.one, name="fiche"),
    path(HERE + "demander/<path:aide>/", requests.new, name="demander"),
    path(HERE + "demandes/", requests.listing, name="demandes"),
    path(HERE + "demandes/export", requests.export, name="demandes-export"),
    path(HERE + "demandes/<int:demande>/", requests.one, name="demande"),
    path(HERE + "demandes/<int:demande>/agir", requests.act, name="demande-agir"),
    path(HERE + "demandes/<int:demande>/retour/", feedback.write, name="retour-ecrire"),
    path(HERE + "demandes/<int:demande>/relecture", feedback.review, name="retour-relire"),
    path(HERE + "retours/", feedback.listing, name="retours"),
    path(HERE + "retours/export", feedback.export, name="retours-export"),
    path(HERE + "retours/<int:demande>/", feedback.one, name="retour"),
    path(HERE + "quotas/", quotas.listing, name="quotas"),
    path(HERE + "quotas/export", quotas.export, name="quotas-export"),
    path(HERE + "offres/", offers.listing, name="offres"),
    path(HERE + "offres/delais", offers.delay, name="offres-delais"),
    path(HERE + "offres/<str:region>/nouvelle/", offers.edit, name="offre-nouvelle"),
    path(HERE + "offres/<str:region>/<str:offre>/", offers.edit, name="offre"),
    path(HERE + "offres/<str:region>/<str:offre>/retrait", offers.withdraw, name="offre-retrait"),
]
