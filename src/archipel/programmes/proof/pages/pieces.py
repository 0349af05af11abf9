"""The documents deposited: which establish what, which lapse, and one of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from archipel.foundation.audit.services import record
from archipel.programmes.proof.pages import shell
from archipel.programmes.proof.pages.shell import trail
from archipel.programmes.proof.queries.evidence import PieceLine, document, pieces

STATES = {
    "perime": ("perime", "Périmée"),
    "bientot": ("en_cours", "Bientôt périmée"),
    "a_venir": ("en_cours", "À venir"),
    "valable": ("prouve", "Valable"),
    "retire": ("abandonne", "Retirée"),
}
"""State of a document → (chip, word)."""


def _found(request: HttpRequest) -> tuple[dict[str, Any], list[tuple[PieceLine, str, str]], str]:
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    every = pieces(scope, shell.packs_on(moment.day), seen, moment.known_at, moment.day)
    asked = request.GET.get("etat", "")
    shown = [(one, *STATES[one.state(moment.day)]) for one in every if asked in ("", one.state(moment.day))]
    return shell.frame(request, scope, seen, moment), shown, asked


@shell.seeing
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Which documents do we hold, and which no longer hold?"""
    context, shown, asked = _found(request)
    words = [chip for _, chip, _ in shown]
    context |= {
        "titre": "Pièces",
        "fil": trail(("Pièces", "")),
        "pieces": shown,
        "etat": asked,
        "etats": [(code, word) for code, (_, word) in STATES.items()],
        "perimees": words.count("perime"),
        "exporter": reverse("proof:pieces-export"),
    }
    return render(request, "proof/pieces.html", context)


@shell.seeing
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The documents as a file."""
    _, shown, _ = _found(request)
    titles = [
        "État", "Titre", "Fichier", "Pièce attendue", "Exigence", "Pack", "Entité", "FINESS ou code", "Date d'effet",
        "Fin de validité", "Déposée le", "Par", "SHA-256",
    ]  # fmt: skip
    return shell.table_response(
        request, "pieces", titles,
        (
            [word, one.entry.title, one.entry.file_name, one.entry.details.get("attendue", ""), one.requirement.label,
             one.pack.titre, one.subject.label, one.subject.code, one.entry.effective_on, one.lapses,
             one.entry.recorded_at, one.entry.actor, one.entry.file_sha256]
            for one, _, word in shown
        ),
    )  # fmt: skip


@shell.seeing
@require_safe
def download(request: HttpRequest, entry: int) -> HttpResponse:
    """The file itself, as it was deposited; each download leaves a trace."""
    found = document(entry)
    for establishment in found.establishments:
        record(
            scope=shell.scope_of(request), action="preuve.lire", establishment=establishment, object_type="piece",
            object_key=str(entry), details={"sha256": found.sha256},
        )  # fmt: skip
    response = HttpResponse(found.content, content_type=found.media)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


urlpatterns = [
    path("programmes/preuves/pieces/", listing, name="pieces"),
    path("programmes/preuves/pieces/export", export, name="pieces-export"),
    path("programmes/preuves/pieces/<int:entry>/fichier", download, name="piece"),
]
