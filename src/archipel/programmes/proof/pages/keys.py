"""The public keys: open to anybody, so that whoever receives an archive can compare and fetch them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from archipel.programmes.proof.archive.signing import short
from archipel.programmes.proof.pages.shell import trail
from archipel.programmes.proof.services.keys import published


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Which keys signed our archives?"""
    context = {
        "titre": "Clés publiques des archives de preuves",
        "fil": trail(("Clés", "")) if request.user.is_authenticated else [],
        "cles": [(one, short(one.key.fingerprint)) for one in published()],
    }
    return render(request, "proof/cles.html", context)


@require_safe
def pem(request: HttpRequest, empreinte: str) -> HttpResponse:
    """One public key, as a file."""
    found = next((one for one in published() if one.key.fingerprint == empreinte), None)
    if found is None:
        raise Http404
    response = HttpResponse(found.key.pem, content_type="application/x-pem-file")
    response.headers["Content-Disposition"] = f'attachment; filename="cle-preuve-{empreinte[:16]}.pem"'
    return response


urlpatterns = [
    path("programmes/preuves/cles/", listing, name="cles"),
    path("programmes/preuves/cles/<str:empreinte>.pem", pem, name="cle"),
]
