"""Writing one rubric: the form, drafts kept as one types, texts to choose from, versions, remarks."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.foundation.web.asking import is_fragment, scope_of
from archipel.foundation.web.formats import clock as hour
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Denied, NotFound
from archipel.programmes.dossiers.pages.common import TOLD_HERE, steering, told, trail
from archipel.programmes.dossiers.pages.rubric_showing import around, compared, form_rows, shown_choices, team
from archipel.programmes.dossiers.queries import people
from archipel.programmes.dossiers.queries.overview import Overview, overview
from archipel.programmes.dossiers.queries.writing import version as version_of
from archipel.programmes.dossiers.queries.writing import writing
from archipel.programmes.dossiers.rules.comparing import compare
from archipel.programmes.dossiers.services import commenting
from archipel.programmes.dossiers.services import writing as service
from archipel.programmes.dossiers.values.content import CHOICE, ROWS, TEXT, Content, choices_of, columns_of, text_of
from archipel.programmes.dossiers.values.template import Rubric, RubricKind

_CELL = re.compile(r"ligne-(\d{1,4})-(\w+)")


def _asked(request: HttpRequest, dossier: int, rubrique: str) -> tuple[Overview, Rubric]:
    """The dossier and its rubric, for who reads the writing itself."""
    found = overview(scope=scope_of(request), dossier=dossier, today=timezone.localdate())
    rubric = found.situation.template.rubric(rubrique)
    if rubric is None:
        raise NotFound("Cette rubrique n'est pas dans ce dossier.", code="rubrique-inconnue")
    if not found.rights.internal:
        raise Denied("La rédaction se lit dans les établissements du dossier ; l'ARS lit ce qui a été déposé.")
    return found, rubric


def content_of(given: QueryDict) -> dict[str, Any]:
    """The content that a form says: a text, objectives, lines numbered from 0 in their order."""
    lines: dict[int, dict[str, str]] = {}
    for name in given:
        cell = _CELL.fullmatch(name)
        if cell:
            lines.setdefault(int(cell[1]), {})[cell[2]] = given.get(name, "")
    rows = [lines[rank] for rank in sorted(lines) if not lines[rank].get("retirer")]
    return {TEXT: given.get("texte", ""), CHOICE: given.getlist("objectif"), ROWS: rows}


def _base(given: QueryDict) -> int:
    text = given.get("base", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


@require_http_methods(["GET", "HEAD", "POST"])
@steering
def edit(request: HttpRequest, dossier: int, rubrique: str) -> HttpResponse:
    """The rubric; posted, it is saved, merged with what came meanwhile, or kept beside it."""
    if request.method != "POST":
        return _page(request, dossier, rubrique)
    try:
        done = service.save(
            scope=scope_of(request),
            dossier=dossier,
            rubric=rubrique,
            base=_base(request.POST),
            content=content_of(request.POST),
        )
    except ArchipelError as error:
        if error.http_status not in TOLD_HERE:
            raise
        return _page(request, dossier, rubrique, typed=request.POST, error=error.message)
    level = messages.WARNING if done.outcome is service.Outcome.CONFLIT else messages.SUCCESS
    messages.add_message(request, level, done.message)
    there = "suite" if request.POST.get("acte") == "suite" else ""
    return HttpResponseRedirect(_next(request, dossier, rubrique, there, done.fork))


def _next(request: HttpRequest, dossier: int, rubrique: str, there: str, fork: int) -> str:
    if there and not fork:
        found, rubric = _asked(request, dossier, rubrique)
        _, after = around(found.situation.template, rubric)
        if after is not None:
            return reverse("dossiers:rubrique", args=[dossier, after.id])
        return reverse("dossiers:dossier", args=[dossier])
    return reverse("dossiers:rubrique", args=[dossier, rubrique]) + ("#choix" if fork else "")


def _page(
    request: HttpRequest, dossier: int, rubrique: str, typed: QueryDict | None = None, error: str = ""
) -> HttpResponse:
    scope = scope_of(request)
    found, rubric = _asked(request, dossier, rubrique)
    here = writing(scope=scope, dossier=dossier, rubric=rubric.id)
    content, base, source = _shown(here.content, here.version, here.mine, typed)
    theme = found.situation.template.theme(found.line.theme)
    before, after = around(found.situation.template, rubric)
    context = {
        "titre": rubric.label,
        "fil": trail((found.line.title, reverse("dossiers:dossier", args=[dossier])), (rubric.label, "")),
        "d": found,
        "line": found.line,
        "rubric": rubric,
        "w": here,
        "base": base,
        "source": source,
        "text": text_of(content),
        "chosen": choices_of(content),
        "objectives": theme.objectives if theme and rubric.kind is RubricKind.OBJECTIFS else (),
        "columns": columns_of(rubric),
        "rows": form_rows(rubric, content, blank=found.rights.write),
        "choices": shown_choices(rubric, here),
        "people": people.readers_of(dossier),
        "professions": team(content) if rubric.kind is RubricKind.EQUIPE else (),
        "check": next((check for check in found.checks if check.id == rubric.id), None),
        "criteria": [one for one in found.criteria if one.rubric == rubric.id],
        "before": before,
        "after": after,
        "error": error,
        "status": 422 if error else 200,
    }
    name = "dossiers/_autour.html" if is_fragment(request) else "dossiers/rubrique.html"
    return render(request, name, context, status=422 if error else 200)


def _shown(content: Content, version: int, mine: Any, typed: QueryDict | None) -> tuple[Content, int, str]:
    """What the form shows: what was just typed, else the account's own draft, else the version in force."""
    if typed is not None:
        return content_of(typed), _base(typed), "saisie"
    if mine is not None and mine.content is not None:
        return mine.content, mine.base, "brouillon"
    return content, version, ""


@require_POST
@steering
def draft(request: HttpRequest, dossier: int, rubrique: str) -> HttpResponse:
    """Keep what is being typed; answers who else is there, and whether another version came (JSON)."""
    given, scope = request.POST, scope_of(request)
    if given.get("acte") == "jeter":
        service.drop_draft(scope=scope, dossier=dossier, rubric=rubrique)
        return HttpResponseRedirect(reverse("dossiers:rubrique", args=[dossier, rubrique]))
    typed = None if given.get("acte") == "present" else content_of(given)
    try:
        service.keep_draft(scope=scope, dossier=dossier, rubric=rubrique, base=_base(given), content=typed)
    except ArchipelError as error:
        return JsonResponse({"code": error.error_code, "message": error.message}, status=error.http_status)
    here = writing(scope=scope, dossier=dossier, rubric=rubrique)
    return JsonResponse(
        {
            "heure": hour(clock.now()),
            "version": here.version,
            "auteur": here.author,
            "presents": [one.author for one in here.others if one.present],
        }
    )


@require_POST
@steering
def choose(request: HttpRequest, dossier: int, rubrique: str) -> HttpResponse:
    """Settle two texts."""
    given = request.POST
    number = given.get("choix", "")

    def chosen() -> str:
        return service.choose(
            scope=scope_of(request),
            dossier=dossier,
            fork=int(number) if number.isdecimal() else 0,
            choice=given.get("garder", ""),
            content=content_of(given),
        ).message

    return told(request, chosen, reverse("dossiers:rubrique", args=[dossier, rubrique]))


@require_safe
@steering
def versions(request: HttpRequest, dossier: int, rubrique: str) -> HttpResponse:
    """Every version; two of them compared: ``?de=2&a=5``, the last two by default."""
    found, rubric = _asked(request, dossier, rubrique)
    here = writing(scope=scope_of(request), dossier=dossier, rubric=rubric.id)
    old, new = (_number(request, name, default) for name, default in (("de", here.version - 1), ("a", here.version)))
    before, after = version_of(dossier, rubric.id, old), version_of(dossier, rubric.id, new)
    columns = columns_of(rubric)
    context = {
        "titre": f"Versions : {rubric.label}",
        "fil": trail(
            (found.line.title, reverse("dossiers:dossier", args=[dossier])),
            (rubric.label, reverse("dossiers:rubrique", args=[dossier, rubrique])),
            ("Versions", ""),
        ),
        "d": found,
        "line": found.line,
        "rubric": rubric,
        "w": here,
        "old": before,
        "new": after,
        "diff": compared(found, rubric, compare(before.content, after.content, columns)),
    }
    return render(request, "dossiers/versions.html", context)


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 9 else max(default, 0)


@require_POST
@steering
def restore(request: HttpRequest, dossier: int, rubrique: str) -> HttpResponse:
    """An old version in force again."""
    number = request.POST.get("version", "")

    def restored() -> str:
        wanted = int(number) if number.isdecimal() and len(number) < 9 else 0
        return service.restore(scope=scope_of(request), dossier=dossier, rubric=rubrique, version=wanted).message

    return told(request, restored, reverse("dossiers:rubrique", args=[dossier, rubrique]))


@require_POST
@steering
def remark(request: HttpRequest, dossier: int, rubrique: str) -> HttpResponse:
    """A remark, an answer, its settling."""
    given, scope = request.POST, scope_of(request)
    number = given.get("fil", "")
    thread = int(number) if number.isdecimal() and len(number) < 16 else None
    act = given.get("acte", "")

    def done() -> str:
        if act in ("regler", "rouvrir"):
            commenting.settle(scope=scope, dossier=dossier, remark=thread or 0, resolved=act == "regler")
            return "Remarque réglée." if act == "regler" else "Remarque rouverte."
        commenting.comment(scope=scope, dossier=dossier, rubric=rubrique, text=given.get("remarque", ""), thread=thread)
        return "Remarque publiée."

    return told(request, done, reverse("dossiers:rubrique", args=[dossier, rubrique]) + "#remarques")


_HERE = "programmes/dossiers/<int:dossier>/rubriques/<str:rubrique>/"
urlpatterns = [
    path(_HERE, edit, name="rubrique"),
    path(_HERE + "brouillon", draft, name="brouillon"),
    path(_HERE + "choisir", choose, name="choisir"),
    path(_HERE + "versions/", versions, name="versions"),
    path(_HERE + "restaurer", restore, name="restaurer"),
    path(_HERE + "remarques", remark, name="remarques"),
]
