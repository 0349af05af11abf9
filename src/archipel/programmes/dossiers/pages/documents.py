"""The dossier as a document: on the screen, on paper, as DOCX, as PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.formats import long_date
from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers.pages.common import steering, trail
from archipel.programmes.dossiers.queries import store
from archipel.programmes.dossiers.queries.documents import deposited_document, document_of
from archipel.programmes.dossiers.queries.overview import rights_of
from archipel.programmes.dossiers.rules.docx_file import write_docx
from archipel.programmes.dossiers.rules.pdf_file import write_pdf
from archipel.programmes.dossiers.values.document import Document
from archipel.programmes.dossiers.values.states import LABELS, Status

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Asked:
    """The document to show, what it is, and when it was true."""

    document: Document
    nature: str
    at: datetime
    sha256: str
    internal: bool
    has_deposit: bool

    @property
    def stamp(self) -> str:
        """What every page says at its foot."""
        return f"Archipel, dossier n° {self.document.number} · {self.nature} · {long_date(self.at)}"


def _asked(request: HttpRequest, dossier: int) -> Asked:
    """The dossier as it is written, or as it was deposited (``?depot=1``, and always for the agency)."""
    scope = scope_of(request)
    row = store.row(dossier)
    rights = rights_of(scope, row)
    frozen = deposited_document(dossier)
    if rights.internal and request.GET.get("depot") != "1":
        nature = f"version de travail, {LABELS[Status(row.status)].lower()}"
        return Asked(document_of(row), nature, timezone.now(), "", True, frozen is not None)
    if frozen is None:
        raise NotFound("Rien n'a été déposé.", code="depot-absent")
    return Asked(frozen.document, "tel que déposé", frozen.deposited_at, frozen.sha256, rights.internal, True)


@require_safe
@steering
def read(request: HttpRequest, dossier: int) -> HttpResponse:
    """The document on the screen, ready for the printer."""
    asked = _asked(request, dossier)
    context = {
        "titre": asked.document.title,
        "fil": trail((asked.document.title, reverse("dossiers:dossier", args=[dossier])), ("Document", "")),
        "asked": asked,
        "document": asked.document,
        "number": dossier,
        "depot": request.GET.get("depot") == "1",
    }
    return render(request, "dossiers/document.html", context)


@require_safe
@steering
def download(request: HttpRequest, dossier: int, sorte: str) -> HttpResponse:
    """The document as a file."""
    if sorte not in ("docx", "pdf"):
        raise Http404
    asked = _asked(request, dossier)
    if sorte == "docx":
        response = HttpResponse(write_docx(asked.document, asked.stamp), content_type=_DOCX)
    else:
        made = write_pdf(asked.document, asked.stamp, timezone.localtime(asked.at))
        response = HttpResponse(made, content_type="application/pdf")
    name = f"dossier-{dossier}-{slugify(asked.document.title)[:50] or 'sans-titre'}.{sorte}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


urlpatterns = [
    path("programmes/dossiers/<int:dossier>/document/", read, name="document"),
    path("programmes/dossiers/<int:dossier>/document.<str:sorte>", download, name="fichier"),
]
