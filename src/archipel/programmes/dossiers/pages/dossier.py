"""The page of a dossier: where it stands, what is missing, what is due, what to do next, its history."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from archipel.foundation.web.asking import is_fragment, scope_of
from archipel.programmes.dossiers.pages.common import moment, steering, told, trail
from archipel.programmes.dossiers.pages.showing import history_lines, progress, rubric_lines
from archipel.programmes.dossiers.queries.overview import overview
from archipel.programmes.dossiers.services import acts, opening
from archipel.territory.public import establishment_names


@require_safe
@steering
def show(request: HttpRequest, dossier: int) -> HttpResponse:
    """The whole dossier."""
    found = overview(scope=scope_of(request), dossier=dossier, today=timezone.localdate())
    template = found.situation.template
    theme = template.theme(found.line.theme)
    context = {
        "titre": found.line.title,
        "fil": trail((found.line.title, "")),
        "d": found,
        "line": found.line,
        "template": template,
        "theme": theme,
        "progress": progress(found.life.status),
        "rubrics": rubric_lines(found),
        "history": history_lines(found),
        "names": establishment_names(),
        "today": timezone.localdate(),
        "now_local": timezone.localtime(),
    }
    name = "dossiers/_dossier.html" if is_fragment(request) else "dossiers/dossier.html"
    return render(request, name, context)


@require_POST
@steering
def do(request: HttpRequest, dossier: int) -> HttpResponse:
    """An act."""
    given = request.POST

    def acted() -> str:
        said = acts.Given(
            at=moment(given.get("date", "")),
            reason=given.get("motif", ""),
            instance=given.get("instance", ""),
            reference=given.get("reference", ""),
            receipt=given.get("accuse", ""),
            amount=given.get("montant", ""),
        )
        return acts.act(scope=scope_of(request), dossier=dossier, code=given.get("acte", ""), given=said).message

    return told(request, acted, reverse("dossiers:dossier", args=[dossier]))


@require_POST
@steering
def undo(request: HttpRequest, dossier: int) -> HttpResponse:
    """Take the last act back."""

    def undone() -> str:
        return acts.undo(scope=scope_of(request), dossier=dossier, reason=request.POST.get("motif", "")).message

    return told(request, undone, reverse("dossiers:dossier", args=[dossier]))


@require_POST
@steering
def rename(request: HttpRequest, dossier: int) -> HttpResponse:
    """Another title."""

    def renamed() -> str:
        opening.rename(scope=scope_of(request), dossier=dossier, title=request.POST.get("titre", ""))
        return "Titre changé."

    return told(request, renamed, reverse("dossiers:dossier", args=[dossier]))


urlpatterns = [
    path("programmes/dossiers/<int:dossier>/", show, name="dossier"),
    path("programmes/dossiers/<int:dossier>/agir", do, name="agir"),
    path("programmes/dossiers/<int:dossier>/annuler", undo, name="annuler"),
    path("programmes/dossiers/<int:dossier>/titre", rename, name="titre"),
]
