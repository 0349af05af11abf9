"""The plan by hand: fix or forbid a switch, move a year, then solve again around what is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from archipel.kernel.errors import ArchipelError, Invalid
from archipel.scenarios.trajectory.pages import shell
from archipel.scenarios.trajectory.queries.scenarios import ScenarioInfo, built, scenario, solution
from archipel.scenarios.trajectory.services import scenarios as services
from archipel.scenarios.trajectory.values import Choice, Problem
from archipel.scenarios.trajectory.values.settings import Hand


@dataclass(frozen=True, slots=True)
class Row:
    """One function of one establishment: today, planned, what a hand decided, what it could become."""

    establishment: str
    name: str
    function: str
    label: str
    before: str
    after: str
    year: int | None
    hand: Hand | None
    products: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The plan line by line; each act makes a version of the settings."""
    info, error = scenario(number), None
    place = request.POST.get("etablissement", request.GET.get("etablissement", info.establishments[0]))
    if request.method == "POST":
        try:
            with transaction.atomic():
                said = _change(request, info)
                if request.POST.get("action") == "calculer":
                    services.ask(scope=shell.scope_of(request), number=number)
                    return HttpResponseRedirect(reverse("trajectory:scenario", args=[number]))
        except ArchipelError as refused:
            if refused.http_status not in (409, 422):
                raise
            error = refused
        else:
            messages.success(request, said)
            query = urlencode({"etablissement": request.POST.get("etablissement", "")})
            return HttpResponseRedirect(f"{reverse('trajectory:plan', args=[number])}?{query}")
    problem, found = built(info).problem, solution(info)
    choices = found.choices if found is not None and found.sound else ()
    names = {one.id: one.label for one in problem.establishments}
    settings = info.version.settings
    rows = _rows(problem, choices, settings.hands, settings.first_year)
    context = {
        "titre": f"{info.title} : plan à la main",
        "s": info,
        "lignes": [one for one in rows if one.establishment == place],
        "mains": [(rank, one, names.get(one.establishment, one.establishment), _label(problem, one.function))
                  for rank, one in enumerate(settings.hands)],
        "annees": [settings.first_year + rank for rank in range(settings.years)],
        "membres": [(one.id, one.label) for one in problem.establishments],
        "place": place,
        "sans_plan": not choices,
        "peut": shell.keeps(shell.scope_of(request), info),
        "error": error,
        "fil": shell.trail((info.title, reverse("trajectory:scenario", args=[number])), ("Plan à la main", "")),
    }  # fmt: skip
    return render(request, "trajectory/plan.html", context, status=422 if error else 200)


def _label(problem: Problem, function: str) -> str:
    return next((one.label for one in problem.functions if one.id == function), function)


def _rows(problem: Problem, choices: Sequence[Choice], hands: Sequence[Hand], first: int) -> list[Row]:
    planned = {(one.establishment, one.function): one for one in choices}
    today = {(one.establishment, one.function): one.application for one in problem.current}
    fixed = {(one.establishment, one.function): one for one in hands}
    able: dict[str, list[str]] = {}
    for product in problem.applications:
        for name in product.covers if product.target else ():
            able.setdefault(name, []).append(product.id)
    rows = []
    for member in problem.establishments:
        for function in problem.functions:
            if function.id not in member.needs:
                continue
            key = member.id, function.id
            before, choice = today.get(key, ""), planned.get(key)
            year = choice.switch_year if choice else None
            rows.append(
                Row(member.id, member.label, function.id, function.label, before,
                    choice.by_year[-1] if choice else "", None if year is None else first + year, fixed.get(key),
                    tuple(sorted({*able.get(function.id, ()), *([before] if before else [])})))
            )  # fmt: skip
    return rows


def _change(request: HttpRequest, info: ScenarioInfo) -> str:
    """Do the act of the form; returns what was done."""
    post, settings = request.POST, info.version.settings
    action = post.get("action", "")
    if action == "calculer":
        return "Le calcul commence."
    if action == "retirer":
        rank = post.get("rang", "")
        if not rank.isdecimal() or int(rank) >= len(settings.hands):
            raise Invalid("Ce choix n'existe plus.", code="choix", field="rang")
        hands = tuple(one for place, one in enumerate(settings.hands) if place != int(rank))
        return _kept(request, info, hands, "Choix à la main retiré")
    made = _hand(request)
    same = [one for one in settings.hands if (one.establishment, one.function) != (made.establishment, made.function)]
    word = "imposé" if made.allowed else "interdit"
    when = f" dès {made.year}" if made.year and made.allowed else ""
    problem = built(info).problem
    place = {one.id: one.label for one in problem.establishments}.get(made.establishment, made.establishment)
    function = {one.id: one.label for one in problem.functions}.get(made.function, made.function)
    what = f"{place}, {function} : {made.product or 'rien'} {word}{when}"
    return _kept(request, info, (*same, made), what)


def _hand(request: HttpRequest) -> Hand:
    post = request.POST
    place, function, product = post.get("etablissement", ""), post.get("fonction", ""), post.get("produit", "")
    if not place or not function or not product:
        raise Invalid("Dites l'établissement, la fonction et le produit.", code="choix", field="produit")
    year = post.get("annee", "").strip()
    if year and not year.isdecimal():
        raise Invalid(f"« {year[:20]} » n'est pas une année.", code="annee", field="annee")
    allowed = post.get("action") != "interdire"
    return Hand(place, function, product, int(year) if year and allowed else None, allowed)


def _kept(request: HttpRequest, info: ScenarioInfo, hands: tuple[Hand, ...], what: str) -> str:
    settings = replace(info.version.settings, hands=hands)
    services.change(scope=shell.scope_of(request), number=info.id, settings=settings, what=what)
    return f"{what}. Recalculez pour que le reste s'ajuste."


urlpatterns = [path("systemes/trajectoires/<int:number>/plan/", edit, name="plan")]
