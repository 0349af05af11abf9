"""Pages of packs: the list, one pack, one of its rules, two versions compared, proposals reviewed."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from archipel.programmes.packs.pages import compare, detail, files, listing, proposing, rule

app_name = "packs"
_BASE = "programmes/packs/"
urlpatterns: list[URLPattern | URLResolver] = [
    path(_BASE, listing.home, name="accueil"),
    path(f"{_BASE}export", listing.export, name="liste-export"),
    path(f"{_BASE}proposer/", proposing.upload, name="proposer"),
    path(f"{_BASE}propositions/", proposing.listing, name="propositions"),
    path(f"{_BASE}propositions/<int:version_id>/", proposing.examine, name="proposition"),
    path(f"{_BASE}versions/<int:version_id>/retrait/", proposing.turn, name="retrait"),
    path(f"{_BASE}fichiers/<int:version_id>", files.raw, name="fichier"),
    path(f"{_BASE}<slug:pack>/", detail.show, name="pack"),
    path(f"{_BASE}<slug:pack>/export/<slug:table>", files.export, name="export"),
    path(f"{_BASE}<slug:pack>/calendrier.ics", files.calendar, name="ical"),
    path(f"{_BASE}<slug:pack>/comparer/", compare.show, name="comparer"),
    path(f"{_BASE}<slug:pack>/comparer/export", compare.export, name="comparer-export"),
    path(f"{_BASE}<slug:pack>/regles/<slug:rule>/", rule.show, name="regle"),
]
