"""Asking for the best set of projects: establishments, themes, wishes; and asking again with some projects kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.programmes.funding.pages import shell
from archipel.programmes.funding.queries.activity import group_parties
from archipel.programmes.funding.queries.eligible import Eligible, eligible
from archipel.programmes.funding.queries.programme import Programme
from archipel.programmes.funding.queries.runs import run
from archipel.programmes.funding.rules.portfolio.instance import Lock, Whose
from archipel.programmes.funding.services.asking import Changes, Question, ask, ask_again
from archipel.programmes.funding.values import Party

PAIRS = (1, 2, 3)
"""How many « never together » the form offers."""


def writes(scope: Scope) -> bool:
    """Whether the account may ask for the best set of projects of some establishment."""
    return scope.may(Capability.GERER_PROGRAMMES) or scope.may(Capability.INSTRUIRE_PROGRAMMES)


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def new(request: HttpRequest) -> HttpResponse:
    """The form, filled with the group's establishments, their activity and their eligibility."""
    scope = shell.scope_of(request)
    given = request.POST if request.method == "POST" else request.GET
    about, error = shell.programme_in(given), ""
    if request.method == "POST":
        try:
            return _asked(request, about)
        except ArchipelError as refused:
            if refused.http_status in (403, 404):
                raise
            error = refused.message
    groups = shell.groups(scope)
    group = given.get("ght", "") or (groups[0][0] if groups else "")
    day = _day(given)
    parties = group_parties(group, about.activity_fact, day) if about and group else []
    seen = [party for party in parties if party.ej in scope.programmes]
    themes = eligible(about.id, about.version, [party.finess for party in seen], day) if about and seen else []
    context = {
        "titre": "Chercher le meilleur ensemble de projets",
        "programme": about,
        "groupes": groups,
        "ght": group,
        "le": day,
        "themes": [(theme, theme.theme in (given.getlist("thematique") or [theme.theme])) for theme in themes],
        "etablissements": list(_rows(seen, themes, given)),
        "sans_ac": [party for party in seen if party.activity is None],
        "paires": [(n, given.get(f"separe_a_{n}", ""), given.get(f"separe_b_{n}", "")) for n in PAIRS],
        "saisi": given,
        "neuf": request.method != "POST",
        "peut": writes(scope),
        "error": error,
        "fil": shell.trail(("Portefeuille", reverse("funding:portefeuilles")), ("Chercher", "")),
    }
    return render(request, "funding/portefeuille_nouveau.html", context, status=422 if error else 200)


def _day(given: QueryDict) -> date:
    return shell.day_in(given, "au") or timezone.localdate()


def _rows(parties: list[Party], themes: list[Eligible], given: QueryDict) -> Iterator[dict[str, object]]:
    chosen, barred = given.getlist("etablissement"), set(given.getlist("ecarte"))
    for party in parties:
        cells = []
        for theme in themes:
            key = f"{party.finess}:{theme.theme}"
            cells.append(
                {"theme": theme, "verdict": theme.verdict(party.finess), "cle": key, "ecarte": key in barred,
                 "depense": given.get(f"depense_{key}", "")}
            )  # fmt: skip
        yield {"e": party, "choisi": not chosen or party.finess in chosen, "cases": cells}


def _asked(request: HttpRequest, about: Programme | None) -> HttpResponse:
    post = request.POST
    if about is None:
        raise Invalid("Aucun programme ne donne de plafond par projet.", code="sans-programme")
    question = Question(
        pack=about.id,
        version=about.version,
        establishments=post.getlist("etablissement"),
        title=post.get("titre", ""),
        at=_day(post),
        themes=post.getlist("thematique"),
        hopeful=post.get("inconnus") == "oui",
        keep_open=post.get("ouverts") == "oui",
        whose=Whose(post.get("qui", "tous")) if post.get("qui", "tous") in set(Whose) else Whose.TOUS,
        distinct_themes=post.get("memes_themes") != "oui",
        minimum=shell.whole_in(post, "minimum") or 1,
        at_most=shell.whole_in(post, "maximum"),
        apart=tuple(_pairs(post)),
        barred=[_cell(text) for text in post.getlist("ecarte")],
        spend=_spend(post) if post.get("borner") == "oui" else None,
        seconds=shell.whole_in(post, "secondes") or 60,
        about={"ght": post.get("ght", "")},
    )
    with transaction.atomic():
        number = ask(scope=shell.scope_of(request), question=question)
    return HttpResponseRedirect(reverse("funding:portefeuille", args=[number]))


def _cell(text: str) -> tuple[str, str]:
    finess, _, theme = text.partition(":")
    return finess, theme


def _pairs(post: QueryDict) -> Iterator[frozenset[str]]:
    for n in PAIRS:
        one, other = post.get(f"separe_a_{n}", ""), post.get(f"separe_b_{n}", "")
        if one and other:
            if one == other:
                raise Invalid("Deux établissements différents sont attendus pour « jamais ensemble ».", code="paire")
            yield frozenset({one, other})
        elif one or other:
            raise Invalid("« Jamais ensemble » demande deux établissements.", code="paire")


def _spend(post: QueryDict) -> dict[tuple[str, str], int]:
    found = {}
    for name in post:
        if name.startswith("depense_"):
            cell = _cell(name.removeprefix("depense_"))
            if cell[0] in post.getlist("etablissement") and cell[1] in post.getlist("thematique"):
                amount = shell.whole_in(post, name)
                if amount:
                    found[cell] = amount
    return found


@require_POST
@shell.seeing
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Ask again on the same frozen inputs, some projects kept, some groups parted."""
    post, before = request.POST, run(number)
    plan = before.result.get("projets", [])
    kept = [plan[int(rank)] for rank in post.getlist("garder") if rank.isdecimal() and int(rank) < len(plan)]
    parted = [plan[int(rank)] for rank in post.getlist("separer") if rank.isdecimal() and int(rank) < len(plan)]
    changes = Changes(
        locks=tuple(Lock(one["thematique"], frozenset(one["perimetre"])) for one in kept),
        apart=tuple(frozenset(one["perimetre"]) for one in parted if len(one["perimetre"]) == 2),
        minimum=shell.whole_in(post, "minimum"),
        at_most=shell.whole_in(post, "maximum"),
        limited="maximum" in post,
    )
    with transaction.atomic():
        asked = ask_again(scope=shell.scope_of(request), number=number, changes=changes)
    messages.success(request, f"Nouvelle recherche à partir du portefeuille n° {number}.")
    return HttpResponseRedirect(reverse("funding:portefeuille", args=[asked]))


urlpatterns = [
    path("programmes/financement/portefeuille/nouveau/", new, name="portefeuille-nouveau"),
    path("programmes/financement/portefeuille/<int:number>/encore", again, name="portefeuille-encore"),
]
