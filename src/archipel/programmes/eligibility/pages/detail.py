"""One answer: the rule and its source, the facts and theirs, what would decide, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.kernel.errors import NotFound
from archipel.programmes.eligibility.pages import shell
from archipel.programmes.eligibility.queries.ground import Ground, ground
from archipel.programmes.eligibility.queries.verdicts import answer, explain
from archipel.programmes.eligibility.values import Explained, Question, Used
from archipel.programmes.facts.public import MODE_LABELS
from archipel.programmes.packs.public import MAILLE_LABELS, Reason, Verdict
from archipel.programmes.perimetre.public import Key, Kind

STATES = {"connu": "oui", "inconnu": "inconnu", "contredit": "contredit", "perime": "perime", "cache": "inconnu"}
WORDS = {"connu": "Connu", "inconnu": "Inconnu", "contredit": "Contredit", "perime": "Périmé", "cache": "Hors de vue"}


def _question(here: Ground, pack: str, theme: str) -> Question:
    rules = theme.startswith("=")
    wanted = f"{pack}/{theme}"
    found = next((one for one in here.questions(rules=rules) if one.id == wanted), None)
    if found is None:
        raise NotFound("Ce programme ou ce thème n'existe pas à cette date.", code="question-inconnue")
    return found


def shown_fact(used: Used, back: str) -> dict[str, Any]:
    """A fact for the template, with everything that is said of it."""
    subject = used.subject
    level = subject.maille.value
    page = (
        ""
        if used.state == "cache" or level == "projet"
        else reverse("facts:fait", args=[level, subject.code, used.fact])
    )
    return {
        "f": used,
        "niveau": MAILLE_LABELS[subject.maille],
        "puce": STATES[used.state],
        "mot": WORDS[used.state],
        "dits": [(text, fact, source, MODE_LABELS[fact.mode] if fact else "") for text, fact, source in used.values],
        "url": page,
    }


def _ids(reason: Reason) -> Iterator[str]:
    """The rules and facts that an explanation speaks of."""
    if reason.rule:
        yield reason.rule
    for child in reason.children:
        yield from _ids(child)


def defects(here: Ground, told: Explained) -> list[Any]:
    """The defects of the sources that touch what the answer rests on."""
    named = {*_ids(told.reason), *(used.fact for used in told.used), told.answer.question.theme}
    return [one for one in here.packs[told.answer.question.pack].defauts if named & set(one.concerne)]


@require_safe
@shell.seeing
def detail(request: HttpRequest, pack: str, theme: str, kind: str, code: str) -> HttpResponse:
    """The answer to one question for one establishment, explained."""
    what, scope = shell.asked(request), shell.scope_of(request)
    if kind not in set(Kind):
        raise NotFound("Rien de ce niveau.", code="niveau")
    key = Key(Kind(kind), code)
    here = ground(scope=scope, at=what.at, known_at=what.known_at, inside=[key])
    if not here.graph.establishments(key) & scope.programmes:
        raise NotFound("Cet établissement n'est pas dans votre périmètre.", code="finess-inconnu")
    question = _question(here, pack, theme)
    if question.maille.value != kind:
        raise NotFound("Cette question ne se pose pas à ce niveau.", code="niveau")
    found = answer(here, question, key)
    told, back = explain(here, found), request.get_full_path()
    node = here.graph.nodes[key]
    context = {
        "titre": question.label,
        "q": question,
        "r": found,
        "noeud": node,
        "niveau": MAILLE_LABELS[question.maille],
        "le": what.at,
        "su": what.known_at,
        "aujourd_hui": timezone.localdate(),
        "raison": told.reason,
        "faits": [shown_fact(used, back) for used in told.used],
        "bloquants": [shown_fact(used, back) for used in told.blocking],
        "pour_oui": [[shell.shown_need(one, back) for one in way] for way in found.to_yes],
        "pour_trancher": [[shell.shown_need(one, back) for one in way] for way in found.decide],
        "inconnu": found.verdict is Verdict.INCONNU,
        "defauts": defects(here, told),
        "documents": {one.id: one for one in here.packs[pack].sources},
        "fil": [*shell.TRAIL, (node.name, f"{reverse('eligibility:accueil')}?finess={code}"), (question.label, "")],
    }
    return render(request, "eligibility/reponse.html", context)


urlpatterns = [
    path("programmes/eligibilite/<slug:pack>/<str:theme>/<str:kind>/<str:code>/", detail, name="reponse"),
]
