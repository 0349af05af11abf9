"""Free editing of a scenario: horizon, targets, constraints, weights, assumptions."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from archipel.kernel.errors import ArchipelError
from archipel.scenarios.trajectory.pages import shell
from archipel.scenarios.trajectory.queries.scenarios import facts_of, scenario
from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.services import scenarios as services
from archipel.scenarios.trajectory.values import Weights
from archipel.scenarios.trajectory.values.facts import Facts
from archipel.scenarios.trajectory.values.settings import Settings, Target

WEIGHTS = (
    ("licences", "Licences"), ("run", "Exploitation"), ("fees", "Tenue des contrats"), ("interfaces", "Interfaces"),
    ("migration", "Bascules"), ("carbon", "Carbone (€ par kg)"),
)  # fmt: skip
NEW_TARGETS = 3


@require_http_methods(["GET", "HEAD", "POST"])
@shell.seeing
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """The settings, as one form; saving makes a version, and may start the search."""
    info, error = scenario(number), None
    facts, settings = facts_of(info.snapshot), info.version.settings
    if request.method == "POST":
        try:
            with transaction.atomic():
                services.change(
                    scope=shell.scope_of(request), number=number, settings=read(request.POST, settings, facts),
                    what="Réglages changés",
                )  # fmt: skip
                if request.POST.get("action") == "calculer":
                    services.ask(scope=shell.scope_of(request), number=number)
        except ArchipelError as refused:
            if refused.http_status not in (409, 422):
                raise
            error = refused
        else:
            messages.success(request, "Réglages enregistrés.")
            name = "trajectory:scenario" if request.POST.get("action") == "calculer" else "trajectory:reglages"
            return HttpResponseRedirect(reverse(name, args=[number]))
    context = {
        **_form(settings, facts),
        "titre": f"{info.title} : réglages",
        "s": info,
        "peut": shell.keeps(shell.scope_of(request), info),
        "error": error,
        "fil": shell.trail((info.title, reverse("trajectory:scenario", args=[number])), ("Réglages", "")),
    }
    return render(request, "trajectory/reglages.html", context, status=422 if error else 200)


def _form(settings: Settings, facts: Facts) -> dict[str, object]:
    names = {one.id: one.label for one in facts.functions}
    budgets, changed = dict(settings.budgets), settings.assumptions
    capacity = settings.capacity or (None,) * settings.years
    blank = [Target("", 1.0)] * NEW_TARGETS
    return {
        "r": settings,
        "annees": [(settings.first_year + rank, capacity[rank] if rank < len(capacity) else None)
                   for rank in range(settings.years)],
        "cibles": [(rank, one, names.get(one.function, ""), round(100 * one.share))
                   for rank, one in enumerate([*settings.targets, *blank])],
        "fonctions": facts.functions,
        "produits": sorted({one.name for one in facts.products} | {one.product for one in facts.uses}),
        "membres": [(one.code, one.name, budgets.get(one.code)) for one in facts.members],
        "poids": [(name, label, getattr(settings.weights, name)) for name, label in WEIGHTS],
        "souverain": round(100 * settings.sovereign_share),
        "carbone": None if settings.carbon_cut is None else round(100 * settings.carbon_cut),
        "ecart": round(100 * settings.gap, 3),
        "hypotheses": [(one, defaults().value(one.id, changed)) for one in defaults().values],
        "bascules": [(name, defaults().value(f"jours:{name}", changed), defaults().value(f"euros:{name}", changed))
                     for name in defaults().days],
        "noms": {g.id: g.label for g in facts.groups} | names,
        "fins": [*settings.ends, ("", ""), ("", "")],
    }  # fmt: skip


def read(given: QueryDict, before: Settings, facts: Facts) -> Settings:
    """The settings that a form says; what it does not hold stays as it was.

    Raises:
        Invalid: a field that is no number.
    """

    def number(name: str, label: str, default: float | None = None) -> float:
        return shell.number_in(given, name, label, default)

    years, first = round(number("annees", "Nombre d'années")), round(number("premiere_annee", "Première année"))
    cut = given.get("carbone", "").strip()
    return replace(
        before,
        first_year=first,
        years=years,
        capacity=_capacity(given, first, years),
        one_large=given.get("une_grande") == "oui",
        sovereign_share=number("souverain", "Part souveraine", 0) / 100,
        carbon_cut=number("carbone", "Baisse du carbone") / 100 if cut else None,
        mandatory_from=round(number("obligatoire_des", "Année d'obligation", first + 1)),
        keep=given.get("garder") == "oui",
        budgets=tuple(
            (one.code, round(number(f"budget_{one.code}", f"Budget de {one.name}")))
            for one in facts.members
            if given.get(f"budget_{one.code}", "").strip()
        ),
        targets=tuple(_targets(given, before)),
        barred=tuple(sorted(set(filter(None, given.getlist("exclu"))))),
        ends=tuple(
            (name, round(float(year)))
            for name, year in zip(given.getlist("fin_produit"), given.getlist("fin_annee"), strict=False)
            if name and year.strip().isdecimal()
        ),
        weights=Weights(**{name: number(f"poids_{name}", label) for name, label in WEIGHTS}),
        assumptions=_assumptions(given),
        seconds=round(number("secondes", "Durée du calcul", before.seconds)),
        gap=number("ecart", "Écart toléré", 100 * before.gap) / 100,
        prices=given.get("prix") == "oui",
    )


def _capacity(given: QueryDict, first: int, years: int) -> tuple[int, ...]:
    said = [given.get(f"capacite_{first + rank}", "").strip() for rank in range(years)]
    if not any(said):
        return ()
    return tuple(
        round(shell.number_in(given, f"capacite_{first + rank}", f"Capacité de {first + rank}"))
        for rank in range(years)
    )


def _targets(given: QueryDict, before: Settings) -> list[Target]:
    found = []
    for rank in range(len(before.targets) + NEW_TARGETS):
        function = given.get(f"cible_{rank}_fonction", "")
        if not function:
            continue
        old = before.targets[rank] if rank < len(before.targets) else Target(function, 1.0)
        members = tuple(given.getlist(f"cible_{rank}_membre"))
        share = shell.number_in(given, f"cible_{rank}_part", "Part visée", 100) / 100
        product = given.get(f"cible_{rank}_produit", "")
        found.append(Target(function, share, product, members, old.label if members else ""))
    return found


def _assumptions(given: QueryDict) -> dict[str, float]:
    """Only what differs from the defaults is kept."""
    found, known = {}, defaults()
    for name in sorted(known.names):
        field = f"h_{name}"
        if given.get(field, "").strip():
            value = shell.number_in(given, field, "Hypothèse")
            if abs(value - known.value(name, {})) > 1e-9:
                found[name] = value
    return found


assert {name for name, _ in WEIGHTS} == {one.name for one in dataclass_fields(Weights)}
urlpatterns = [path("systemes/trajectoires/<int:number>/reglages/", edit, name="reglages")]
