"""To whom does the establishment send its documents?"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from archipel.foundation.scope import Capability
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.passages.documents.pages.common import scope_of
from archipel.passages.documents.pages.sheet import RECIPIENT_KINDS
from archipel.passages.documents.queries.listing import correspondents, require_reader
from archipel.passages.documents.services import directory
from archipel.territory import public as territory


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The directory of each establishment; add, take out."""
    scope = scope_of(request)
    require_reader(scope)
    error = None
    if request.method == "POST":
        try:
            return _act(request)
        except ArchipelError as problem:
            if problem.http_status != 422:
                raise
            error = problem
    names = territory.establishment_names()
    places = sorted(scope.establishments, key=lambda code: names.get(code, code))
    kinds = dict(RECIPIENT_KINDS)
    context = {
        "titre": "Correspondants",
        "groupes": [
            (code, names.get(code, code), [(one, kinds.get(one.kind, one.kind)) for one in correspondents(code)],
             scope.may(Capability.VALIDER_DOCUMENTS, code))
            for code in places
        ],
        "types": RECIPIENT_KINDS,
        "erreur": error,
        "saisi": request.POST,
        "fil": [("Documents", reverse("documents:liste")), ("Correspondants", "")],
    }  # fmt: skip
    return render(request, "documents/correspondants.html", context, status=422 if error else 200)


def _act(request: HttpRequest) -> HttpResponse:
    scope, given = scope_of(request), request.POST
    if given.get("retirer"):
        if not given["retirer"].isdigit():
            raise Invalid("Le correspondant à retirer n'est pas indiqué.", code="correspondant")
        directory.remove(scope=scope, number=int(given["retirer"]))
        messages.success(request, "Correspondant retiré.")
    else:
        directory.add(
            scope=scope, establishment=given.get("etablissement", ""), name=given.get("nom", ""),
            kind=given.get("type", ""), address=given.get("adresse", ""), identifier=given.get("numero", ""),
        )  # fmt: skip
        messages.success(request, "Correspondant enregistré.")
    return HttpResponseRedirect(reverse("documents:correspondants"))


urlpatterns = [path("documents/correspondants/", page, name="correspondants")]
