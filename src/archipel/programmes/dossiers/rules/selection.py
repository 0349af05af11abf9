"""The criteria of selection, looked at as the dossier is written.

A criterion of the pack is recognised by words of its identifier and label; one that none of ours recognises is left
to the reader. What is said is a help to whoever writes: only the agency selects.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from archipel.programmes.dossiers.rules.completeness import beyond_it, professions, rubric_check, spent, totals
from archipel.programmes.dossiers.values.checks import Check, Level
from archipel.programmes.dossiers.values.content import (
    CO_FUNDING,
    LEADING,
    TECHNICAL,
    Content,
    is_empty,
    rows_of,
    text_of,
)
from archipel.programmes.dossiers.values.situation import Answer, PieceNature, Situation
from archipel.programmes.dossiers.values.template import Criterion, RubricKind

Finding = tuple[Level, tuple[str, ...], str]
_FEW_PROFESSIONS = 3
"""Professions from which the team is said diverse; ours, the source gives no number (S4, modalités de sélection)."""
NATIONAL = (
    "HospiConnect", "CaRE", "SUN-ES", "HOP'EN", "Ségur", "Mon espace santé", "DMP", "MSSanté", "INS", "ROR",
    "eDispostock", "Hôpital numérique",
)  # fmt: skip
"""National programmes and services that the sources name (S0, S3, S4)."""


def criteria(situation: Situation) -> tuple[Check, ...]:
    """One check for each criterion of selection of the pack, in its order."""
    return tuple(_criterion(one, situation) for one in situation.template.selection)


def _criterion(criterion: Criterion, situation: Situation) -> Check:
    words = f"{criterion.id} {criterion.label}".lower()
    for marks, look in _LOOKS:
        if any(mark in words for mark in marks):
            level, why, rubric = look(situation)
            return Check(criterion.id, criterion.label, level, why, criterion.rubric or rubric, criterion.source)
    why = ("À apprécier par vous : Archipel n'a rien pour en juger.",)
    return Check(criterion.id, criterion.label, Level.A_COMPLETER, why, criterion.rubric, criterion.source)


def _content(situation: Situation, kind: RubricKind) -> tuple[str, Content]:
    """The first rubric of a kind, and its content."""
    for rubric in situation.template.rubrics:
        if rubric.kind is kind:
            return rubric.id, situation.content(rubric.id)
    return "", {}


def _named(situation: Situation, *words: str) -> tuple[str, Content]:
    """The first rubric whose identifier or label holds one of the words."""
    for rubric in situation.template.rubrics:
        if any(word in f"{rubric.id} {rubric.label}".lower() for word in words):
            return rubric.id, situation.content(rubric.id)
    return "", {}


def _eligibility(situation: Situation) -> Finding:
    found = situation.eligibility
    why = list(found.why)
    if situation.needs_ght and not situation.validated:
        why.append("Validation par le GHT à obtenir : un établissement public membre est dans le périmètre.")
    if found.answer is Answer.NON:
        return Level.A_RISQUE, tuple(why), ""
    if found.answer is Answer.INCONNU:
        why += [f"À dire : {one}." for one in found.missing] or ["Éligibilité non établie."]
        return Level.A_COMPLETER, tuple(why), ""
    return (Level.A_COMPLETER if situation.needs_ght and not situation.validated else Level.OK), tuple(why), ""


def _robust(situation: Situation) -> Finding:
    """Spend in both years, within what is paid for; targets with a value and a way to prove them; no choice pending."""
    why: list[str] = []
    risky = False
    spend_id, spend = _content(situation, RubricKind.MONTANTS)
    targets_id, targets = _content(situation, RubricKind.CIBLES)
    if is_empty(spend):
        why.append("Prévisionnel de dépenses à écrire.")
    else:
        told = _balance(situation, spend_id, spend)
        why += told
        risky = bool(told)
    if is_empty(targets):
        why.append("Cibles de juin 2027 à écrire.")
    for name in (spend_id, targets_id):
        rubric = situation.template.rubric(name)
        if rubric is not None and not is_empty(situation.content(name)):
            check = rubric_check(rubric, situation)
            why += check.why
            risky = risky or check.level is Level.A_RISQUE
    level = Level.A_RISQUE if risky else Level.A_COMPLETER if why else Level.OK
    return level, tuple(why), spend_id if is_empty(spend) else targets_id


def _balance(situation: Situation, name: str, spend: Content) -> list[str]:
    """What does not balance in the spend: co-funding above it, or a large part that nobody pays."""
    rubric = situation.template.rubric(name)
    if rubric is None:
        return []
    total, helped = spent(rubric, spend), totals(rubric, spend).get(CO_FUNDING, Decimal(0))
    if helped > total:
        return ["Les cofinancements dépassent les dépenses."]
    cap = situation.cap.amount
    if cap is not None and total - helped > 2 * cap:
        rest = _euros(total - helped - cap)
        return [f"Reste à charge de {rest} au-delà du plafond de {_euros(cap)} : dites qui le porte."]
    return []


def _programmes(situation: Situation) -> Finding:
    """Which national programmes the texts name; a word found is not a proof of taking part."""
    said = " ".join(text_of(content) for content in situation.contents.values()).lower()
    named = [name for name in NATIONAL if name.lower() in said]
    if named:
        return Level.OK, (f"Le dossier cite : {', '.join(named)}.",), ""
    return Level.A_COMPLETER, ("Dites à quels programmes nationaux les établissements participent.",), ""


def _articulation(situation: Situation) -> Finding:
    _, spend = _content(situation, RubricKind.MONTANTS)
    rubric, content = _named(situation, "articulation", "cofinancement", "autres financements")
    helped = [row for row in rows_of(spend) if str(row.get("cofinancement") or "").strip()]
    unnamed = [str(row.get("poste") or "sans nom") for row in helped if not str(row.get("cofinanceur") or "").strip()]
    if unnamed:
        return (
            Level.A_COMPLETER,
            (f"Cofinanceur à nommer : {', '.join(unnamed)}.",),
            _content(situation, RubricKind.MONTANTS)[0],
        )
    if helped or text_of(content).strip():
        return Level.OK, (), rubric
    return Level.A_COMPLETER, ("Dites les autres financements, ou qu'il n'y en a pas.",), rubric


def _diversity(situation: Situation) -> Finding:
    rubric, team = _content(situation, RubricKind.EQUIPE)
    found, beyond = professions(team), beyond_it(team)
    if not found:
        return Level.A_COMPLETER, ("L'équipe n'est pas dite.",), rubric
    said = f"{len(found)} profession{'s' if len(found) > 1 else ''}, dont {len(beyond)} hors de la DSI."
    if not beyond:
        return Level.A_RISQUE, (said, "L'équipe ne compte que des informaticiens."), rubric
    led = any(r.get("role") in LEADING and r.get("profession") not in TECHNICAL for r in rows_of(team))
    why = [said]
    if not led:
        why.append("Aucun porteur ni référent métier hors de la DSI.")
    if len(found) < _FEW_PROFESSIONS:
        why.append(f"Moins de {_FEW_PROFESSIONS} professions.")
    return (Level.A_COMPLETER if len(why) > 1 else Level.OK), tuple(why), rubric


def _letters(situation: Situation) -> Finding:
    count = situation.pieces.get(PieceNature.LETTRE, 0)
    rubric, content = _named(situation, "industriel", "engagement", "lettre")
    if count:
        return Level.OK, (f"{count} lettre{'s' if count > 1 else ''} d'engagement.",), rubric
    if text_of(content).strip():
        return Level.A_COMPLETER, ("Des partenaires sont cités, sans lettre d'engagement.",), rubric
    return Level.A_COMPLETER, ("Joignez les lettres d'engagement, ou dites qu'aucun industriel n'est associé.",), rubric


def _euros(value: Decimal) -> str:
    return f"{value:,.0f} €".replace(",", "\u202f")


_LOOKS: tuple[tuple[tuple[str, ...], Callable[[Situation], Finding]], ...] = (
    (("eligib", "éligib"), _eligibility),
    (("robust", "realis", "réalis", "soutenab"), _robust),
    (("divers", "equipe", "équipe", "représentativ"), _diversity),
    (("industriel", "lettre"), _letters),
    (("articulation", "financement"), _articulation),
    (("participation", "programmes"), _programmes),
)
"""Words of a criterion → how it is looked at; the first that matches. Source of the six: S4, modalités de sélection."""
