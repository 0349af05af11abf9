"""Which help exists, for a GHT, a theme and a day; one aid in full."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.scope import Capability, Scope
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.programmes.catalogue import public as catalogue
from archipel.programmes.catalogue.pages.common import (
    ASKERS,
    OPENINGS,
    Context,
    ask,
    asked_day,
    circuit_words,
    cost_words,
    euros,
    lead_words,
    readers,
    trail,
    window,
)
from archipel.programmes.catalogue.rules.applicability import OUVERTURE_LABELS
from archipel.programmes.catalogue.rules.dates import in_words

MOST = 60


def _places(request: HttpRequest) -> tuple[Scope, catalogue.Ght | None, date]:
    scope = scope_of(request)
    return scope, catalogue.ght(scope, ask(request, "ght")), asked_day(request)


def _line(one: catalogue.Offered) -> Context:
    state = one.etat
    return {
        "o": one,
        "url": reverse("catalogue:fiche", args=[one.aide.ref]),
        "puce": (OPENINGS[state.ouverture], OUVERTURE_LABELS[state.ouverture]),
        "cout": cost_words(one.couts) if one.couts or one.aide.circuit else "gratuit",
        "debut": window(state.debut) if state.debut else lead_words(one.aide) if one.aide.circuit else "aussitôt",
        "demandeur": ASKERS.get(one.aide.demandeur, one.aide.demandeur),
        "par": ", ".join(o.court for o in one.aide.operateurs),
    }


def _found(
    request: HttpRequest, ght: catalogue.Ght | None, day: date
) -> tuple[list[Context], catalogue.Answer | None, list[catalogue.Found]]:
    """The aids shown: those of the search when something is typed, else those of the theme; and the feedback found."""
    query, theme, kind = ask(request, "q"), ask(request, "theme"), ask(request, "type")
    known = {o.aide.ref: o for o in catalogue.offered(ght, theme, day, kind=kind)}
    if not query:
        return [_line(one) for one in known.values()], None, []
    catalogue.refresh()
    answer = catalogue.search(query, theme=theme, regions=[ght.region] if ght else [], limit=MOST)
    told = [f for f in answer.found if f.kind == "retour"]
    lines = [_line(known[f.ref]) | {"trouve": f} for f in answer.found if f.ref in known]
    return lines, answer, told


@readers
@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """Which help may we have, through whom, at what cost, in what delay?"""
    scope, ght, day = _places(request)
    lines, answer, told = _found(request, ght, day)
    today = timezone.localdate()
    mine = catalogue.requests(scope, today)
    context: Context = {
        "titre": "Aide",
        "lignes": lines,
        "reponse": answer,
        "retours": told,
        "ght": ght,
        "ghts": catalogue.ghts(scope),
        "themes": catalogue.themes(),
        "types": sorted({(a.type, a.type_libelle) for a in catalogue.aids(ght.region if ght else "")}),
        "theme": ask(request, "theme"),
        "type": ask(request, "type"),
        "q": ask(request, "q"),
        "jour": day,
        "ouvertes": sum(line["o"].etat.ouverture == "ouvert" for line in lines),
        "en_cours": sum(r.alive for r in mine),
        "en_retard": sum(r.dates.en_retard for r in mine),
        "retours_dus": sum(r.feedback_due for r in mine),
        "instruit": scope.may(Capability.INSTRUIRE_PROGRAMMES),
    }
    return render(request, "aide/accueil.html", context)


@readers
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What is shown, as a file."""
    _, ght, day = _places(request)
    lines, _, _ = _found(request, ght, day)
    titles = ["Aide", "Type", "Opérateurs", "Thèmes", "Région", "État", "Demandée par", "Circuit", "Coût au moins (€)",
              "Coût au plus (€)", "Délai annoncé", "Début au plus tôt", "Quota restant", "Quota de la région",
              "Disponible du", "au", "Source"]  # fmt: skip
    names = {t.id: t.libelle for t in catalogue.themes()}

    def rows() -> Iterator[list[object]]:
        for line in lines:
            one, state = line["o"], line["o"].etat
            low, high = one.fourchette or (None, None)
            yield [
                one.aide.nom, one.aide.type_libelle, line["par"], ", ".join(names.get(t, t) for t in one.aide.themes),
                catalogue.region_name(one.aide.region) if one.aide.region else "nationale", line["puce"][1],
                line["demandeur"], circuit_words(one.aide.circuit), low, high, lead_words(one.aide),
                state.debut.tot if state.debut else None, state.restant, state.droits, one.aide.du, one.aide.au,
                one.aide.source,
            ]  # fmt: skip

    return table_response(request, "aides", titles, rows())


@readers
@require_safe
def one(request: HttpRequest, aide: str) -> HttpResponse:
    """What is this help, may we have it, and what did others make of it?"""
    scope, ght, day = _places(request)
    held = catalogue.aid(aide, ght.region if ght else "")
    found = catalogue.one_offered(held, ght, day)
    needs, conditions = catalogue.checked(held, ght, day) if ght else ([], [])
    names = {t.id: t.libelle for t in catalogue.themes()}
    context: Context = {
        "titre": held.nom,
        "a": held,
        "ligne": _line(found),
        "etat": found.etat,
        "couts": [(c, euros(c.bas, c.haut)) for c in found.couts],
        "themes": [names.get(t, t) for t in held.themes],
        "circuit": circuit_words(held.circuit),
        "delai": lead_words(held),
        "duree": in_words(held.duree) if held.duree else "",
        "charge": in_words(held.charge) if held.charge else "",
        "suites": [(s.libelle, in_words(s.delai)) for s in held.suites],
        "prerequis": needs,
        "conditions": conditions,
        "prets": sum(n.verdict == "oui" for n in needs),
        "quotas": catalogue.shares(held),
        "retours": catalogue.published(held.ref),
        "notes": catalogue.marks(held.ref),
        "ght": ght,
        "ghts": catalogue.ghts(scope),
        "jour": day,
        "region": catalogue.region_name(held.region) if held.region else "",
        "demandes": catalogue.requests(scope, timezone.localdate(), aid=held.ref),
        "peut_demander": held.demandable and ght is not None and _may_ask(scope, ght, held),
        "fil": trail((held.nom, "")),
    }
    return render(request, "aide/fiche.html", context)


def _may_ask(scope: Scope, ght: catalogue.Ght, aid: catalogue.Aide) -> bool:
    if scope.may(Capability.GERER_PROGRAMMES, ght.support):
        return True
    return catalogue.Acteur.ARS in aid.circuit and all(
        scope.may(Capability.INSTRUIRE_PROGRAMMES, code) for code in ght.members
    )
