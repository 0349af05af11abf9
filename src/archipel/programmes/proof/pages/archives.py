"""Freezing, following it, the register of the archives, and checking one that somebody brings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.proof import models
from archipel.programmes.proof.archive.signing import short
from archipel.programmes.proof.archive.verify import verify
from archipel.programmes.proof.pages import shell
from archipel.programmes.proof.pages.shell import SHOWN, trail
from archipel.programmes.proof.queries import archives
from archipel.programmes.proof.queries.packs import pack as find_pack
from archipel.programmes.proof.queries.subjects import parse_key, require_seen
from archipel.programmes.proof.services.jobs import TOPIC, ask
from archipel.programmes.proof.services.keys import published
from archipel.programmes.proof.values import STATUS_LABELS

UPLOADED = 200 << 20
STATES = {
    models.Freezing.ASKED: ("pending", "En attente"),
    models.Freezing.RUNNING: ("en_cours", "En cours"),
    models.Freezing.DONE: ("prouve", "Faite"),
    models.Freezing.FAILED: ("manquant", "Échec"),
}


def _context(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    moment = shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    asked = archives.freezings()
    titles = {one.pack: one.titre for one in shell.packs_on(moment.day)}
    return shell.frame(request, scope, seen, moment) | {
        "titre": "Archives de preuves",
        "fil": trail(("Archives", "")),
        "archives": [(one, titles.get(one.pack, one.pack)) for one in archives.archives()],
        "ordre": [(status, STATUS_LABELS[status]) for status in SHOWN],
        "gels": [(one, *STATES[one.state], titles.get(one.pack, one.pack)) for one in asked],
        "en_cours": [one for one in asked if one.open],
        "packs": shell.packs_on(moment.day),
        "pack_choisi": request.GET.get("pack", ""),
        "topic": TOPIC,
        "exporter": reverse("proof:archives-export"),
    }


@shell.seeing
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Which archives were issued, and how is the one that I asked for doing?"""
    context = _context(request, shell.scope_of(request))
    page = "proof/_archives.html" if shell.is_fragment(request) else "proof/archives.html"
    return render(request, page, context)


@shell.seeing
@require_POST
def freeze(request: HttpRequest) -> HttpResponse:
    """Ask for an archive; the worker makes it."""
    scope, today = shell.scope_of(request), clock.now().astimezone(shell.PARIS).date()
    whom = require_seen(scope, parse_key(request.POST.get("sujet", ""), today))
    at, known = (shell.end_of_day(request.POST.get(name, "")) for name in ("au", "connu"))
    chosen = find_pack(request.POST.get("pack", ""), request.POST.get("version", ""), clock.day_of(at) if at else today)
    try:
        number = ask(scope=scope, pack=chosen, subject=whom, at=at, known_at=known)
        messages.success(request, f"Gel n° {number} demandé : il se fait en arrière-plan, vous pouvez quitter la page.")
    except ArchipelError as error:
        if error.http_status not in (409, 422):
            raise
        messages.error(request, error.message)
    return HttpResponseRedirect(f"{reverse('proof:archives')}?sujet={whom.key}")


@shell.seeing
@require_safe
def download(request: HttpRequest, archive: int) -> HttpResponse:
    """The archive itself, byte for byte as it was signed; each download leaves a trace."""
    found = archives.archive(archive)
    body = archives.content(archive)
    for establishment in found.subject.establishments:
        record(
            scope=shell.scope_of(request), action="preuve.telecharger", establishment=establishment,
            object_type="archive", object_key=str(archive), details={"sha256": found.sha256},
        )  # fmt: skip
    response = HttpResponse(body, content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    return response


@shell.seeing
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The register as a file."""
    titles = [
        "N°", "Pack", "Version", "Niveau", "FINESS ou code", "Entité", "Situation au", "Connue le", "Émise le", "Par",
        *(STATUS_LABELS[status] for status in SHOWN), "Fichiers", "Octets", "SHA-256", "Clé",
    ]  # fmt: skip
    return shell.table_response(
        request, "archives-de-preuves", titles,
        (
            [one.number, one.pack, one.version, one.subject.level.value, one.subject.code, one.subject.label, one.at,
             one.known_at, one.issued_at, one.actor, *(one.counts.get(status, 0) for status in SHOWN), one.members,
             one.size, one.sha256, one.fingerprint]
            for one in archives.archives()
        ),
    )  # fmt: skip


@shell.seeing
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Is this file one that we issued, and is it as we signed it?"""
    scope, moment = shell.scope_of(request), shell.moment_of(request)
    seen = shell.subject_of(request, scope, moment.day)
    context = shell.frame(request, scope, seen, moment) | {
        "titre": "Vérifier une archive",
        "fil": trail(("Archives", reverse("proof:archives")), ("Vérifier", "")),
        "limite": UPLOADED >> 20,
    }
    if request.method == "POST":
        try:
            context |= _checked(request)
        except Invalid as error:
            context["erreur"] = error.message
    return render(request, "proof/verifier.html", context, status=422 if context.get("erreur") else 200)


def _checked(request: HttpRequest) -> dict[str, Any]:
    file = request.FILES.get("archive")
    if file is None or isinstance(file, list):
        raise Invalid("Choisissez l'archive à vérifier.", code="fichier-absent", field="archive")
    if (file.size or 0) > UPLOADED:
        raise Invalid(f"{(file.size or 0) >> 20} Mio : {UPLOADED >> 20} Mio au plus ici.", code="fichier-trop-grand")
    found = verify(file.read(), [one.key for one in published()])
    known = models.Archive.objects.filter(sha256=found.sha256).first()
    return {
        "verdict": found,
        "nom": file.name,
        "cle": short(found.fingerprint) if found.fingerprint else "",
        "registre": known.pk if known else None,
        "dit": found.manifest if found.intact else None,
    }


urlpatterns = [
    path("programmes/preuves/archives/", listing, name="archives"),
    path("programmes/preuves/archives/geler", freeze, name="geler"),
    path("programmes/preuves/archives/verifier/", check, name="verifier"),
    path("programmes/preuves/archives/export", export, name="archives-export"),
    path("programmes/preuves/archives/<int:archive>/preuve.zip", download, name="archive"),
]
