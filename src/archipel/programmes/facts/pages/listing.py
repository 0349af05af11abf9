"""What is known of each establishment at a date, the vocabulary, and the exports."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.programmes.facts.pages import shell
from archipel.programmes.facts.queries.history import live
from archipel.programmes.facts.queries.providers import observed_ids
from archipel.programmes.facts.queries.table import Line, Wanted, table
from archipel.programmes.facts.queries.vocabulary import vocabulary
from archipel.programmes.facts.rules.importing import FACT_COLUMNS
from archipel.programmes.facts.rules.typed import expected, to_text
from archipel.programmes.facts.values import MODE_LABELS, State
from archipel.programmes.packs.public import MAILLE_LABELS
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Graph, Kind

STATES = (
    ("connu", "Connus"),
    ("contredit", "Contredits"),
    ("perime", "Périmés"),
    ("sans_preuve", "Sans preuve"),
    ("inconnu", "Inconnus"),
)
CHIPS = {
    State.CONNU: ("oui", "Connu"), State.INCONNU: ("inconnu", "Inconnu"), State.CONTREDIT: ("contredit", "Contredit"),
    State.PERIME: ("perime", "Périmé"),
}  # fmt: skip


def wanted_in(request: HttpRequest) -> Wanted:
    """What the address asks for."""
    query = request.GET
    return Wanted(
        at=shell.day_in(query),
        known_at=shell.known_in(query),
        establishment=query.get("etablissement", "").strip(),
        ght=query.get("ght", ""),
        fact=query.get("fait", ""),
        pack=query.get("pack", ""),
        state=query.get("etat", ""),
    )


def choices(scope: Scope, graph: Graph) -> dict[str, Any]:
    """The groups, establishments, facts and packs to choose among."""
    words = vocabulary()
    legal = [node for node in graph.of_kind(Kind.EJ) if node.key.code in scope.programmes]
    groups = {key for node in legal if (key := graph.ght(node.key))}
    titles = {pack: title for read in words.packs.values() for pack, title in read.items()}
    return {
        "groupes": sorted((graph.nodes[key].name, key.code) for key in groups),
        "etablissements": sorted((node.name, node.key.code) for node in legal),
        "faits": [(fact.id, fact.libelle) for fact in words.facts.values()],
        "packs": sorted(titles.items(), key=lambda item: item[1]),
        "etats": STATES,
    }


def shown_line(line: Line) -> dict[str, Any]:
    """A line for the template."""
    state, word = CHIPS[line.reading.state]
    facts = line.reading.facts or line.reading.expired
    return {
        "l": line,
        "puce": state,
        "mot": word,
        "faits": [(fact, MODE_LABELS[fact.mode]) for fact in facts],
        "niveau": MAILLE_LABELS[line.subject.maille],
        "depuis": max((fact.effective_at for fact in facts), default=None),
        "jusque": min((fact.valid_until for fact in facts if fact.valid_until), default=None),
    }


@require_safe
@shell.seeing
def home(request: HttpRequest) -> HttpResponse:
    """What is known, from whom, since when; what is contradicted, expired, without proof or missing."""
    scope, wanted = shell.scope_of(request), wanted_in(request)
    every = table(scope=scope, wanted=Wanted(**{**_fields(wanted), "state": ""}))
    missing = table(scope=scope, wanted=Wanted(**{**_fields(wanted), "state": "inconnu"}))
    lines = every if not wanted.state else table(scope=scope, wanted=wanted)
    counts = Counter(line.reading.state.value for line in every)
    counts["inconnu"], counts["sans_preuve"] = len(missing), sum(line.unproved for line in every)
    graph = perimetre.graph(wanted.at)
    context = {
        "titre": "Faits",
        "lignes": [shown_line(line) for line in lines],
        "comptes": [(code, label, counts[code]) for code, label in STATES],
        "phrase": [(code, code.replace("_", " ").replace("perime", "périmé"), counts[code]) for code, _ in STATES],
        "choix": wanted,
        "requete": request.GET.urlencode(),
        "le": wanted.at,
        "su": request.GET.get("su", "") if wanted.known_at else "",
        "aujourd_hui": timezone.localdate(),
        "ecrit": shell.writes(scope),
        "vide": not graph.of_kind(Kind.EJ),
        "fil": [("Programmes", "/programmes/"), ("Faits", "")],
        **choices(scope, graph),
    }
    return render(request, "facts/accueil.html", context)


def _fields(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}


@require_safe
@shell.seeing
def export(request: HttpRequest) -> HttpResponse:
    """The table of the page as a file, with its filters."""
    scope, wanted = shell.scope_of(request), wanted_in(request)
    titles = [
        "GHT", "Niveau", "FINESS", "Nom", "Fait", "Libellé", "État", "Valeur", "Date d'effet", "Valide jusqu'au",
        "Source", "Preuve", "Mode", "Auteur", "Enregistré le", "N°",
    ]  # fmt: skip
    lines = table(scope=scope, wanted=wanted)
    _trace(scope, len(lines), "tableau")
    return shell.table_response(request, "faits", titles, (row for line in lines for row in _rows(line)))


def _rows(line: Line) -> list[list[object]]:
    head: list[object] = [
        line.ght, MAILLE_LABELS[line.subject.maille], line.subject.code, line.name, line.fact.id, line.fact.libelle,
        CHIPS[line.reading.state][1],
    ]  # fmt: skip
    facts = line.reading.facts or line.reading.expired
    rows = [
        [
            *head, to_text(fact.value), fact.effective_at, fact.valid_until, fact.source, fact.proof,
            MODE_LABELS[fact.mode], fact.author, fact.recorded_at, fact.number or None,
        ]
        for fact in facts
    ]  # fmt: skip
    return rows or [[*head, *[None] * 9]]


@require_safe
@shell.seeing
def export_ledger(request: HttpRequest) -> HttpResponse:
    """Every recorded fact that holds, in the columns that the import reads: it can be read again as it is."""
    scope = shell.scope_of(request)
    rows = [
        [
            fact.subject.code, fact.fact, to_text(fact.value), fact.effective_at, fact.source, fact.valid_until,
            fact.proof, fact.reason,
        ]
        for fact in live()
    ]  # fmt: skip
    _trace(scope, len(rows), "registre")
    return shell.table_response(request, "faits-registre", [column.name for column in FACT_COLUMNS], rows)


def _trace(scope: Scope, lines: int, what: str) -> None:
    record(scope=scope, action="faits.export", object_type="faits", details={"lignes": lines, "quoi": what})


@require_safe
@shell.seeing
def words(request: HttpRequest) -> HttpResponse:
    """The facts that may be told: what each is, at which level, and the packs that read it."""
    known = vocabulary()
    seen = observed_ids()
    context = {
        "titre": "Vocabulaire des faits",
        "mots": [
            (fact, MAILLE_LABELS[fact.maille], expected(fact), sorted(known.packs[fact.id].values()), fact.id in seen)
            for fact in known.facts.values()
        ],
        "fil": [("Programmes", "/programmes/"), ("Faits", reverse("facts:accueil")), ("Vocabulaire", "")],
    }
    return render(request, "facts/vocabulaire.html", context)


urlpatterns = [
    path("programmes/faits/", home, name="accueil"),
    path("programmes/faits/export", export, name="export"),
    path("programmes/faits/registre/export", export_ledger, name="registre-export"),
    path("programmes/faits/vocabulaire/", words, name="vocabulaire"),
]
