"""Who is eligible to what, at a date: a whole group or region at once; what to tell first."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.audit.services import record
from archipel.programmes.eligibility.pages import shell
from archipel.programmes.eligibility.pages.shell import Asked
from archipel.programmes.eligibility.queries.verdicts import Verdicts
from archipel.programmes.eligibility.rules.sentences import todo
from archipel.programmes.eligibility.values import Row
from archipel.programmes.packs.public import MAILLE_LABELS, Maille, Verdict
from archipel.programmes.perimetre.public import KIND_LABELS, Kind

LABELS = {Verdict.OUI: "Oui", Verdict.NON: "Non", Verdict.INCONNU: "Inconnu"}


def _kept(found: Verdicts, row: Row, verdict: str) -> bool:
    if not verdict:
        return True
    return any(one.verdict == verdict for question in found.questions for one in found.cells[row.key, question.id])


def _choices(request: HttpRequest, found: Verdicts) -> dict[str, Any]:
    graph, scope = found.ground.graph, shell.scope_of(request)
    groups = {
        key for node in graph.of_kind(Kind.EJ) if node.key.code in scope.programmes and (key := graph.ght(node.key))
    }
    every = found.ground.questions()
    return {
        "groupes": sorted((graph.nodes[key].name, key.code) for key in groups),
        "packs": sorted({(one.pack, one.programme) for one in every}, key=lambda pair: pair[1]),
        "themes": [(one.theme, one.label, one.pack) for one in every if one.theme],
        "verdicts": [(value.value, label) for value, label in LABELS.items()],
    }


@require_safe
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """Each establishment of the group or of the region, against each theme."""
    what = shell.asked(request)
    found = shell.evaluated(request, what)
    rows = [row for row in found.rows if _kept(found, row, what.verdict)]
    counts = Counter(one.verdict for row in rows for q in found.questions for one in found.cells[row.key, q.id])
    context = {
        "titre": "Éligibilité",
        "choix": what,
        "finess": " ".join(what.subjects),
        "le": what.at,
        "su": request.GET.get("su", "") if what.known_at else "",
        "aujourd_hui": timezone.localdate(),
        "programmes": [(title, len(list(some))) for title, some in groupby(found.questions, lambda q: q.programme)],
        "plusieurs_ght": len({row.ght for row in rows}) > 1,
        "questions": [(q, _counted(found, rows, q.id)) for q in found.questions],
        "lignes": [_line(found, row, what) for row in rows],
        "comptes": [(value.value, label, counts[value]) for value, label in LABELS.items()],
        "supposes": sum(row.hypothesis for row in rows),
        "contredits": sum(one.contradicted for one in found.answers()),
        "a_faire": len(todo(found.answers())),
        "requete": request.GET.urlencode(),
        "vide": not found.ground.graph.of_kind(Kind.EJ),
        "fil": [("Programmes", "/programmes/"), ("Éligibilité", "")],
        **_choices(request, found),
    }
    return render(request, "eligibility/accueil.html", context)


def _counted(found: Verdicts, rows: list[Row], question: str) -> list[tuple[str, int]]:
    seen = Counter(one.verdict for row in rows for one in found.cells[row.key, question])
    return [(value.value, seen[value]) for value in LABELS if seen[value]]


def _line(found: Verdicts, row: Row, what: Asked) -> dict[str, Any]:
    cells = [[shell.shown_answer(one, what) for one in found.cells[row.key, q.id]] for q in found.questions]
    return {"l": row, "niveau": KIND_LABELS[row.key.kind], "cases": cells}


@require_safe
@shell.seeing
def export(request: HttpRequest) -> HttpResponse:
    """Every answer, its sentence, its source and what is missing, as a file."""
    what = shell.asked(request)
    found = shell.evaluated(request, what)
    titles = [
        "GHT", "FINESS", "Niveau", "Nom", "Programme", "Version", "Thème", "Verdict", "Explication", "Règle", "Source",
        "Contradiction", "Faits qui suffiraient pour un oui", "Au",
    ]  # fmt: skip
    rows = [
        [
            row.ght_name, one.key.code, KIND_LABELS[one.key.kind], one.name, question.programme, question.version,
            question.label, LABELS[one.verdict], one.sentence, question.rule, question.source, one.contradicted,
            " ; ".join(" + ".join(f"{n.label} ({n.subject.code})" for n in way) for way in one.to_yes), what.at,
        ]
        for row in found.rows
        if _kept(found, row, what.verdict)
        for question in found.questions
        for one in found.cells[row.key, question.id]
    ]  # fmt: skip
    record(
        scope=shell.scope_of(request), action="eligibilite.export", object_type="eligibilite",
        details={"lignes": len(rows), "au": what.at.isoformat()},
    )  # fmt: skip
    return shell.table_response(request, "eligibilite", titles, rows)


@require_safe
@shell.seeing
def to_tell(request: HttpRequest) -> HttpResponse:
    """The facts to tell first: those that settle the most answers."""
    what = shell.asked(request)
    found = shell.evaluated(request, what)
    back = request.get_full_path()
    context = {
        "titre": "Ce qu'il faut dire d'abord",
        "lignes": [
            {**shell.shown_need(one.needed, back), "t": one, "niveau": MAILLE_LABELS[one.needed.subject.maille]}
            for one in todo(found.answers())
        ],
        "le": what.at,
        "requete": request.GET.urlencode(),
        "inconnus": sum(one.verdict is Verdict.INCONNU for one in found.answers()),
        "fil": [*shell.TRAIL, ("À dire", "")],
    }
    return render(request, "eligibility/a_dire.html", context)


@require_safe
@shell.seeing
def to_tell_export(request: HttpRequest) -> HttpResponse:
    """The facts to tell, in the columns that the import of facts reads, to be filled in."""
    found = shell.evaluated(request, shell.asked(request))
    titles = ["finess", "fait", "valeur", "date_effet", "source", "preuve", "etablissement", "libelle", "reponses"]
    rows = [
        [one.needed.subject.code, one.needed.fact, "", "", "", "", one.needed.name, one.needed.label, one.helps]
        for one in todo(found.answers())
        if one.needed.subject.maille is not Maille.PROJET
    ]
    return shell.table_response(request, "faits-a-dire", titles, rows)


urlpatterns = [
    path("programmes/eligibilite/", home, name="accueil"),
    path("programmes/eligibilite/export", export, name="export"),
    path("programmes/eligibilite/a-dire/", to_tell, name="a-dire"),
    path("programmes/eligibilite/a-dire/export", to_tell_export, name="a-dire-export"),
]
