"""Whether each rubric says what is expected of it: ok, to complete, at risk, and why."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from archipel.programmes.dossiers.values.checks import Check, Level
from archipel.programmes.dossiers.values.content import (
    CO_FUNDING,
    TECHNICAL,
    Content,
    choices_of,
    columns_of,
    is_empty,
    rows_of,
    text_of,
)
from archipel.programmes.dossiers.values.situation import Situation
from archipel.programmes.dossiers.values.template import Rubric, RubricKind

SHORT = 80
"""Characters under which a text says little; ours, no source gives a length."""


def amount(value: object) -> Decimal | None:
    """An amount as people write it (``12 500,50``); None when it is empty or is not a number."""
    text = "".join(str(value if value is not None else "").split()).replace("€", "").replace(",", ".")
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def totals(rubric: Rubric, content: Content) -> dict[str, Decimal]:
    """Totals of the columns that have one, in euros, by column."""
    rows = rows_of(content)
    return {
        column.id: sum((amount(row.get(column.id)) or Decimal(0) for row in rows), Decimal(0))
        for column in columns_of(rubric)
        if column.total
    }


def spent(rubric: Rubric, content: Content) -> Decimal:
    """The whole spend, in euros, co-funding included."""
    return sum((value for name, value in totals(rubric, content).items() if name != CO_FUNDING), Decimal(0))


def rubric_check(rubric: Rubric, situation: Situation) -> Check:
    """What is said of one rubric."""
    content = situation.content(rubric.id)
    forks = situation.open_forks.get(rubric.id, 0)
    if forks:
        many = "s" if forks > 1 else ""
        told = f"{forks} texte{many} écrit{many} en même temps : choisissez."
        return _check(rubric, Level.A_RISQUE, (told,), blocking=True)
    if rubric.kind is RubricKind.PERIMETRE:
        return _perimeter(rubric, situation)
    if rubric.kind is RubricKind.PIECES:
        return _pieces(rubric, situation)
    if rubric.kind is RubricKind.AVIS and "ght" in rubric.id and situation.needs_ght and not situation.validated:
        return _check(rubric, Level.A_COMPLETER, ("La validation par le GHT est attendue.",))
    if is_empty(content):
        level = Level.A_COMPLETER if rubric.required else Level.OK
        why = ("Rien n'est écrit.",) if rubric.required else ()
        return _check(rubric, level, why, blocking=rubric.required)
    lacks = _lacks(rubric, content, situation)
    return _check(rubric, Level.A_COMPLETER if lacks else Level.OK, lacks)


def _check(rubric: Rubric, level: Level, why: tuple[str, ...] = (), *, blocking: bool = False) -> Check:
    return Check(rubric.id, rubric.label, level, why, rubric.id, rubric.source, blocking and level is not Level.OK)


def _perimeter(rubric: Rubric, situation: Situation) -> Check:
    if not any(party.bearer for party in situation.parties):
        return _check(rubric, Level.A_COMPLETER, ("Aucun chef de file.",), blocking=True)
    waiting = [party.name for party in situation.parties if not party.agreed]
    if waiting:
        told = f"Accord attendu de : {', '.join(waiting)}."
        return _check(rubric, Level.A_RISQUE, (told,), blocking=True)
    most = situation.template.most_projects
    full = [p for p in situation.parties if most and situation.others.get(p.finess, 0) >= most]
    if full:
        why = tuple(
            f"{p.name} ({p.finess}) est déjà dans {situation.others[p.finess]} autres projets : {most} au plus."
            for p in full
        )
        return _check(rubric, Level.A_RISQUE, why, blocking=True)
    bare = [party.name for party in situation.parties if not party.sites]
    if bare:
        told = f"Établissements géographiques à dire pour : {', '.join(bare)}."
        return _check(rubric, Level.A_COMPLETER, (told,))
    return _check(rubric, Level.OK)


def _pieces(rubric: Rubric, situation: Situation) -> Check:
    if any(situation.pieces.values()) or not is_empty(situation.content(rubric.id)):
        return _check(rubric, Level.OK)
    if not rubric.required:
        return _check(rubric, Level.OK)
    return _check(rubric, Level.A_COMPLETER, ("Aucune pièce.",))


def _lacks(rubric: Rubric, content: Content, situation: Situation) -> tuple[str, ...]:
    if rubric.kind is RubricKind.OBJECTIFS:
        return _objectives(content, situation)
    if rubric.kind is RubricKind.MONTANTS:
        return _spend(rubric, content)
    looks = {RubricKind.EQUIPE: _team, RubricKind.CIBLES: _targets, RubricKind.AVIS: _opinions}
    if rubric.kind in looks:
        return looks[rubric.kind](content)
    text = text_of(content).strip()
    return (f"Texte court : {len(text)} caractères.",) if len(text) < SHORT else ()


def _objectives(content: Content, situation: Situation) -> tuple[str, ...]:
    known = {one.id for theme in situation.template.themes for one in theme.objectives}
    if known and not [one for one in choices_of(content) if one in known]:
        return ("Aucun objectif du thème n'est choisi.",)
    return ()


def _team(content: Content) -> tuple[str, ...]:
    rows = rows_of(content)
    lacks = []
    if not any(row.get("role") == "porteur" for row in rows):
        lacks.append("Le porteur responsable n'est pas dit.")
    unnamed = sum(not str(row.get("nom") or "").strip() for row in rows)
    if unnamed:
        lacks.append(f"{unnamed} ligne{'s' if unnamed > 1 else ''} sans nom.")
    jobless = sum(not row.get("profession") for row in rows)
    if jobless:
        lacks.append(f"{jobless} ligne{'s' if jobless > 1 else ''} sans profession.")
    return tuple(lacks)


def _targets(content: Content) -> tuple[str, ...]:
    rows = rows_of(content)
    lacks = []
    vague = sum(r.get("nature") == "quantitative" and not str(r.get("cible") or "").strip() for r in rows)
    if vague:
        lacks.append(
            f"{vague} cible{'s' if vague > 1 else ''} quantitative{'s' if vague > 1 else ''} sans valeur visée."
        )
    unproved = sum(not str(row.get("preuve") or "").strip() for row in rows)
    if unproved:
        lacks.append(f"{unproved} cible{'s' if unproved > 1 else ''} sans moyen de preuve.")
    return tuple(lacks)


def _opinions(content: Content) -> tuple[str, ...]:
    rows = rows_of(content)
    pending = [str(r.get("instance") or "sans nom") for r in rows if r.get("sens") in ("", None, "a-venir")]
    return (f"Avis à recueillir : {', '.join(pending)}.",) if pending else ()


def _spend(rubric: Rubric, content: Content) -> tuple[str, ...]:
    rows, found = rows_of(content), totals(rubric, content)
    years = [column for column in columns_of(rubric) if column.total and column.id != CO_FUNDING]
    lacks = [f"Aucune dépense en {column.label.split()[0]}." for column in years if not found[column.id]]
    wrong = [
        str(row.get("poste") or "sans nom")
        for row in rows
        if any(str(row.get(name) or "").strip() and amount(row.get(name)) is None for name in found)
    ]
    if wrong:
        lacks.append(f"Montant illisible : {', '.join(wrong)}.")
    return tuple(lacks)


def completeness(situation: Situation) -> tuple[Check, ...]:
    """The checks of every rubric, in the order of the dossier."""
    return tuple(rubric_check(rubric, situation) for rubric in situation.template.rubrics)


def share_done(checks: tuple[Check, ...]) -> int:
    """Percentage of the checks that are ok."""
    return round(100 * sum(check.level is Level.OK for check in checks) / len(checks)) if checks else 0


def professions(content: Content) -> dict[str, int]:
    """How many people of each profession the team has."""
    found: dict[str, int] = {}
    for row in rows_of(content):
        if row.get("profession"):
            found[str(row["profession"])] = found.get(str(row["profession"]), 0) + 1
    return found


def beyond_it(content: Content) -> frozenset[str]:
    """The professions of the team beyond the information systems department."""
    return frozenset(professions(content)) - TECHNICAL
