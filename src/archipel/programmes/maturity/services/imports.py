"""Importing answers from a sheet: kept as it came, shown before anything is written, applied once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import ArchipelError, Conflict, Invalid, NotFound
from archipel.programmes.maturity.models import Answer, Import
from archipel.programmes.maturity.queries import entities
from archipel.programmes.maturity.queries.answers import Evidence, facts
from archipel.programmes.maturity.queries.grids import grid as grid_of
from archipel.programmes.maturity.rules.ledger import standing
from archipel.programmes.maturity.rules.sheet import Row, Unreadable, categories, read
from archipel.programmes.maturity.services.answers import Act, Given, answer, check, measure_of
from archipel.programmes.maturity.values import Grille


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet and what it would do: ``new``, ``changed``, ``same``, or what is wrong."""

    line: int
    entity: str
    indicator: str
    label: str
    answer: str
    effect: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the file would do."""

    id: int
    name: str
    grid: Grille
    lines: tuple[Line, ...]
    applied: bool

    def count(self, effect: str) -> int:
        """How many lines have an effect."""
        return sum(line.effect == effect for line in self.lines)


NEW, CHANGED, SAME, WRONG = "nouvelle", "changée", "identique", "refusée"


def receive(*, scope: Scope, grid: Grille, raw: bytes, name: str, entity: str = "") -> int:
    """Keep a file of answers; the number that :func:`examine` and :func:`apply` take.

    Raises:
        Invalid: the file cannot be read, or says nothing; its name, line and what was expected are told.
    """
    shown = name.replace("\x00", "")[:120] or "fichier"
    try:
        rows = read(raw, shown)
    except Unreadable as error:
        raise Invalid(str(error), code="fichier", field="fichier") from error
    if not rows:
        raise Invalid(f"{shown} : aucune réponse trouvée ; remplissez la colonne « Réponse ».", code="fichier-vide")
    with in_scope(scope):
        if entity:
            entities.entity(scope, grid, entity)
        made = Import.objects.create(
            establishments=sorted(scope.programmes),
            pack=grid.pack,
            version=grid.version,
            grid=grid.id,
            name=shown if not entity else f"{shown} ({entity})",
            raw=raw,
            actor=scope.actor,
            recorded_at=timezone.now(),
        )
        return made.pk


def examine(*, scope: Scope, number: int, entity: str = "") -> DryRun:
    """What the file would do; nothing is written.

    Raises:
        NotFound: no such file of this account.
    """
    with in_scope(scope):
        row, grid = _held(scope, number)
        parsed = _parsed(scope, grid, row, entity)
        return DryRun(number, row.name, grid, tuple(line for line, _ in parsed), _applied(number))


def apply(*, scope: Scope, number: int, entity: str = "") -> Act:
    """Write the answers that are new or changed; the wrong lines are left out, the others go on.

    Raises:
        Denied, NotFound: no right for one of the establishments, or no such file of this account.
        Conflict: already applied.
        Invalid: nothing to write.
    """
    with in_scope(scope):
        row, grid = _held(scope, number)
        if _applied(number):
            raise Conflict("Ce fichier est déjà importé.", code="deja-importe")
        by_entity: dict[str, list[Given]] = defaultdict(list)
        for line, given in _parsed(scope, grid, row, entity):
            if given is not None and line.effect in (NEW, CHANGED):
                by_entity[line.entity].append(given)
        if not by_entity:
            raise Invalid("Ce fichier ne change rien.", code="rien-a-importer")
        made: list[int] = []
        for who, several in by_entity.items():
            act = answer(scope=scope, grid=grid, entity=who, given=several, source=f"import:{number}")
            made += act.facts
        return Act(tuple(made), f"{len(made)} réponses importées de {row.name}.")


def _held(scope: Scope, number: int) -> tuple[Import, Grille]:
    row = Import.objects.filter(pk=number, actor=scope.actor).first()
    if row is None:
        raise NotFound("Ce fichier n'existe pas, ou n'est pas à vous.", code="import-inconnu")
    return row, grid_of(row.pack, row.grid, row.version)


def _applied(number: int) -> bool:
    return Answer.objects.filter(source=f"import:{number}").exists()


def _parsed(scope: Scope, grid: Grille, row: Import, entity: str) -> list[tuple[Line, Given | None]]:
    groups = entities.groups(scope, grid)
    known = {m.code: m for g in groups for m in (*g.members, *((g.itself,) if g.code else ()))}
    supports = {g.itself.code: g.support for g in groups if g.code}
    held = standing(facts(grid, known))
    found: list[tuple[Line, Given | None]] = []
    seen: set[tuple[str, str]] = set()
    for one in read(bytes(row.raw), row.name):
        who = one.get("etablissement") or entity
        label, problem, given = one.get("question"), "", None
        try:
            given, label = _given(scope, grid, one, known.get(who), supports.get(who, ""))
            if (who, given.indicator) in seen:
                problem = "cette question a déjà une ligne plus haut"
        except ArchipelError as error:
            problem = error.message
        effect = WRONG
        if given is not None and not problem:
            seen.add((who, given.indicator))
            fact = held.get((who, given.indicator))
            same = fact is not None and _same(fact.said.mesure, fact.said.comment, given)
            effect = NEW if fact is None else SAME if same else CHANGED
        line = Line(one.line, who, one.get("question"), label, one.get("reponse"), effect, problem)
        found.append((line, None if problem else given))
    return found


def _same(measure: object, comment: str, given: Given) -> bool:
    return measure == given.mesure and comment == " ".join(given.comment.split()) and not given.evidence


def _given(scope: Scope, grid: Grille, row: Row, who: entities.EntityInfo | None, support: str) -> tuple[Given, str]:
    if who is None:
        raise NotFound(
            f"Ligne {row.line}, établissement « {row.get('etablissement')[:20]} » : inconnu de votre périmètre.",
            code="etablissement",
        )
    if not entities.may_answer(scope, who, support):
        raise Invalid(f"Ligne {row.line} : vous ne pouvez pas répondre pour {who.name}.", code="droit")
    asked = grid.indicateur(row.get("question"))
    if asked is None:
        raise Invalid(
            f"Ligne {row.line}, question « {row.get('question')[:40]} » : inconnue de la grille.", code="question"
        )
    piece = Evidence(row.get("preuve"), row.get("reference"), row.get("date_preuve"))
    given = Given(
        asked.id,
        measure_of(grid, asked.id, row.get("reponse"), categories(row.get("reponse"))),
        row.get("commentaire"),
        (piece,) if piece.titre else (),
        _day(row),
    )
    check(grid, who, given, timezone.localdate())
    return given, asked.libelle


def _day(row: Row) -> date | None:
    text = row.get("date")
    if not text:
        return None
    for shape in (text, "-".join(reversed(text.split("/")))):
        try:
            return date.fromisoformat(shape)
        except ValueError:
            continue
    raise Invalid(f"Ligne {row.line}, date « {text[:20]} » : une date comme 30/11/2026 attendue.", code="date")
