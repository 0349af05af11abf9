"""Attachments: the list, receiving, downloading, taking away."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import Invalid
from archipel.programmes.dossiers.pages.common import steering, told, trail
from archipel.programmes.dossiers.queries.overview import overview
from archipel.programmes.dossiers.queries.pieces import pieces
from archipel.programmes.dossiers.rules.files import ACCEPTED, KINDS, MAX_BYTES
from archipel.programmes.dossiers.services import antivirus, attaching
from archipel.programmes.dossiers.values.situation import PIECE_LABELS


@require_http_methods(["GET", "HEAD", "POST"])
@steering
def listing(request: HttpRequest, dossier: int) -> HttpResponse:
    """The attachments; posted, one more."""
    here = reverse("dossiers:pieces", args=[dossier])
    if request.method == "POST":
        return told(request, lambda: _received(request, dossier), here)
    scope = scope_of(request)
    found = overview(scope=scope, dossier=dossier, today=timezone.localdate())
    context = {
        "titre": "Pièces",
        "fil": trail((found.line.title, reverse("dossiers:dossier", args=[dossier])), ("Pièces", "")),
        "d": found,
        "line": found.line,
        "pieces": pieces(dossier),
        "natures": [(nature.value, label) for nature, label in PIECE_LABELS.items()],
        "nature": request.GET.get("nature", ""),
        "accepted": ACCEPTED,
        "extensions": ",".join(f".{extension}" for kind in KINDS for extension in kind.extensions),
        "largest": MAX_BYTES // 1024 // 1024,
        "antivirus": antivirus.configured(),
        "may_add": found.rights.internal or found.rights.agency,
    }
    return render(request, "dossiers/pieces.html", context)


def _received(request: HttpRequest, dossier: int) -> str:
    file = request.FILES.get("fichier")
    if file is None or isinstance(file, list):
        raise Invalid("Choisissez un fichier.", code="fichier-absent", field="fichier")
    name, given = file.name or "fichier", request.POST
    if (file.size or 0) > MAX_BYTES:
        raise Invalid(f"« {name[:100]} » : {MAX_BYTES // 1024 // 1024} Mo au plus.", code="fichier-trop-grand")
    attaching.attach(
        scope=scope_of(request),
        dossier=dossier,
        nature=given.get("nature", ""),
        name=name,
        raw=file.read(),
        details={key: given.get(key, "") for key in attaching.DETAILS},
    )
    return f"« {name[:100]} » est ajouté au dossier."


@require_safe
@steering
def download(request: HttpRequest, dossier: int, piece: int) -> HttpResponse:
    """The file, always to keep, never shown by the browser."""
    found = attaching.read(scope=scope_of(request), dossier=dossier, piece=piece)
    response = HttpResponse(found.raw, content_type=found.media_type)
    plain = found.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
@steering
def withdraw(request: HttpRequest, dossier: int, piece: int) -> HttpResponse:
    """Taken away, or put back."""
    back = request.POST.get("acte") == "remettre"

    def done() -> str:
        reason = request.POST.get("motif", "")
        attaching.withdraw(scope=scope_of(request), dossier=dossier, piece=piece, back=back, reason=reason)
        return "Pièce remise." if back else "Pièce retirée ; elle reste dans l'histoire."

    return told(request, done, reverse("dossiers:pieces", args=[dossier]))


_HERE = "programmes/dossiers/<int:dossier>/pieces/"
urlpatterns = [
    path(_HERE, listing, name="pieces"),
    path(_HERE + "<int:piece>/", download, name="piece"),
    path(_HERE + "<int:piece>/retirer", withdraw, name="piece-retirer"),
]
