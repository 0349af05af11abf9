"""Opening a dossier: a programme, a theme, a lead, a title."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from archipel.foundation.accounts.places import holding
from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import ArchipelError
from archipel.programmes.dossiers.pages.common import TOLD_HERE, steering, trail
from archipel.programmes.dossiers.queries.neighbours import places
from archipel.programmes.dossiers.queries.templates import open_templates
from archipel.programmes.dossiers.services.opening import open_dossier
from archipel.programmes.dossiers.services.perimeter import Entry


@require_http_methods(["GET", "HEAD", "POST"])
@steering
def new(request: HttpRequest) -> HttpResponse:
    """The form; ``?programme=…&theme=…&porteur=…`` fills it, so that other pages can lead here."""
    error = ""
    if request.method == "POST":
        try:
            return HttpResponseRedirect(reverse("dossiers:dossier", args=[_opened(request)]))
        except ArchipelError as found:
            if found.http_status not in TOLD_HERE:
                raise
            error = found.message
    scope = scope_of(request)
    given = request.POST if request.method == "POST" else request.GET
    ours = holding(scope.grants, Capability.GERER_PROGRAMMES)
    context = {
        "titre": "Ouvrir un dossier",
        "fil": trail(("Ouvrir", "")),
        "templates": open_templates(timezone.localdate()),
        "bearers": places(ours),
        "places": places(),
        "given": given,
        "given_parties": given.getlist("partie"),
        "error": error,
    }
    return render(request, "dossiers/nouveau.html", context, status=422 if error else 200)


def _opened(request: HttpRequest) -> int:
    given = request.POST
    programme, _, rest = given.get("cible", "").partition("|")
    version, _, theme = rest.partition("|")
    bearer = given.get("porteur", "")
    return open_dossier(
        scope=scope_of(request),
        programme=programme,
        version=version,
        theme=theme,
        title=given.get("titre", ""),
        bearer=bearer,
        parties=[Entry(finess) for finess in given.getlist("partie") if finess and finess != bearer],
        as_idea=given.get("acte") == "idee",
    )


urlpatterns = [path("programmes/dossiers/nouveau/", new, name="nouveau")]
