"""The team's side: open the page with the patient's agreement, hand its QR code over, tell what no message tells."""

from __future__ import annotations

import io
from collections.abc import Callable

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from archipel.domains.flow import public as flow
from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.passages.pathway import registry
from archipel.passages.pathway.pages.public_page import _context as public_context
from archipel.passages.pathway.queries.states import circumstances_of, team_view, thread_of
from archipel.passages.pathway.services import threads
from archipel.passages.pathway.values import Mark
from archipel.passages.pathway.values.words import WORDS

MARKS = {Mark.EXAMENS: "Examens commencés", Mark.RESULTATS: "Résultats arrivés", Mark.DECISION: "Décision prise"}


def _show(
    request: HttpRequest, venue: int, *, error: str = "", status: int = 200, fresh: threads.Opened | None = None
) -> HttpResponse:
    scope = scope_of(request)
    patient = flow.ed_patient(scope=scope, venue=venue)
    scope.require(Capability.GERER_URGENCES, patient.establishment)
    line = thread_of(venue)
    view = team_view(scope, venue) if line else None
    context = {
        "titre": "Fil d'Ariane",
        "venue": venue,
        "fil_patient": line,
        "marques": [(mark.value, word, line is not None and mark in line.told) for mark, word in MARKS.items()],
        "ferme": circumstances_of(venue, secret=False).muted,
        "present": patient.step.value != "sortie",
        "apercu": public_context(WORDS["fr"], view) if view else None,
        "langues": [(one.code, one.name) for one in WORDS.values()],
        "sms": registry.texter() is not None,
        "courriel": bool(settings.EMAIL_HOST),
        "erreur": error,
        "fil": [
            ("Urgences", reverse("flow:urgences")),
            ("Passage", reverse("flow:urgences-patient", args=[venue])),
            ("Fil d'Ariane", ""),
        ],
    }
    if fresh is not None:
        address = _address(request, fresh.token)
        context |= {"adresse": address, "qr": _qr(address), "bon": public_context(WORDS[fresh.language], None)}
    response = render(request, "pathway/fiche.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(request: HttpRequest, token: str) -> str:
    local = reverse("pathway:page", args=[token])
    return f"{settings.PUBLIC_URL}{local}" if settings.PUBLIC_URL else request.build_absolute_uri(local)


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, scale=6, border=4, title="Code QR de la page du patient",
        omitsize=False,
    )  # fmt: skip
    return mark_safe(out.getvalue().decode("utf-8"))  # noqa: S308 - drawn by segno from our own address


@login_required
@require_safe
def sheet(request: HttpRequest, venue: int) -> HttpResponse:
    """Has this passage a page, and what does its patient see?"""
    return _show(request, venue)


@login_required
@require_POST
def open_page(request: HttpRequest, venue: int) -> HttpResponse:
    """Open it; the slip with its QR code is in the answer, and nowhere else."""
    scope, given = scope_of(request), request.POST
    language = given.get("langue", "fr")
    try:
        opened = threads.open_thread(scope=scope, venue=venue, agreed=given.get("accord") == "1", language=language)
        note = _send(request, scope, venue, opened)
    except ArchipelError as problem:
        if problem.http_status not in (409, 422, 502):
            raise
        return _show(request, venue, error=problem.message, status=problem.http_status)
    if note:
        messages.success(request, note)
    return _show(request, venue, fresh=opened)


def _send(request: HttpRequest, scope: Scope, venue: int, opened: threads.Opened) -> str:
    phone, mail = request.POST.get("telephone", "").strip(), request.POST.get("courriel", "").strip()
    if not (phone or mail):
        return ""
    return threads.send_address(
        scope=scope, venue=venue, address=_address(request, opened.token), language=opened.language, phone=phone,
        mail=mail,
    )  # fmt: skip


def _mark(request: HttpRequest, scope: Scope, venue: int) -> str:
    try:
        mark = Mark(request.POST.get("marque", ""))
    except ValueError:
        raise Invalid("Choisissez ce qui vient de se passer.", code="marque") from None
    threads.tell(scope=scope, venue=venue, mark=mark)
    return f"{MARKS[mark]} : le patient le voit."


def _secret(scope: Scope, venue: int, *, secret: bool) -> str:
    threads.keep_secret(scope=scope, venue=venue, secret=secret)
    return "La page ne montre plus rien." if secret else "La page montre de nouveau les étapes."


def _close(request: HttpRequest, scope: Scope, venue: int) -> str:
    threads.close_thread(scope=scope, venue=venue)
    return "Fil d'Ariane fermé et effacé."


ACTS: dict[str, Callable[[HttpRequest, Scope, int], str]] = {
    "dire": _mark,
    "taire": lambda r, s, v: _secret(s, v, secret=True),
    "reprendre": lambda r, s, v: _secret(s, v, secret=False),
    "fermer": _close,
}


@login_required
@require_POST
def act(request: HttpRequest, venue: int) -> HttpResponse:
    """Do one of :data:`ACTS`."""
    action = request.POST.get("action", "")
    if action not in ACTS:
        raise Invalid(f"Action « {action[:30]} » inconnue.", code="action")
    try:
        messages.success(request, ACTS[action](request, scope_of(request), venue))
    except ArchipelError as problem:
        if problem.http_status not in (409, 422):
            raise
        return _show(request, venue, error=problem.message, status=problem.http_status)
    return HttpResponseRedirect(reverse("pathway:fiche", args=[venue]))


urlpatterns = [
    path("urgences/patients/<int:venue>/fil/", sheet, name="fiche"),
    path("urgences/patients/<int:venue>/fil/ouvrir", open_page, name="ouvrir"),
    path("urgences/patients/<int:venue>/fil/agir", act, name="agir"),
]
