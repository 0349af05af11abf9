"""What may be asked of a pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from archipel.programmes.eligibility.values import Question
from archipel.programmes.packs.public import Maille, Pack


def questions_of(pack: Pack, at: date) -> list[Question]:
    """Who is eligible to each theme, or to the whole when its themes share one rule."""
    found: list[Question] = []
    seen: set[str] = set()
    for theme in pack.themes:
        if theme.eligibilite:
            found.append(_question(pack, at, theme.eligibilite, theme.id, theme.libelle))
            seen.add(theme.eligibilite)
    if pack.eligibilite and pack.eligibilite not in seen:
        found.append(_question(pack, at, pack.eligibilite, "", pack.titre))
    return found


def rules_of(pack: Pack, at: date) -> list[Question]:
    """Each rule of a pack by itself, but those of a project."""
    return [
        _question(pack, at, rule.id, "", rule.libelle, alone=True)
        for rule in pack.regles
        if rule.maille is not Maille.PROJET
    ]


def admissibility_of(pack: Pack, at: date, theme: str) -> list[Question]:
    """The rules that a project must meet: those of the pack, then of its theme."""
    return [_question(pack, at, rule, "", _label(pack, rule), alone=True) for rule in pack.admissibility(theme or None)]


def _label(pack: Pack, rule_id: str) -> str:
    rule = pack.rule(rule_id)
    return rule.libelle if rule else rule_id


def _question(pack: Pack, at: date, rule_id: str, theme: str, label: str, *, alone: bool = False) -> Question:
    rule = pack.rule(rule_id)
    assert rule is not None, f"{pack.pack}: rule {rule_id}"  # the loader checks references
    closed = pack.historique or not pack.valide.holds(at)
    return Question(
        pack.pack, pack.version, pack.titre, theme, label, rule_id, rule.maille, str(rule.source), closed, alone
    )


def chosen(questions: Iterable[Question], pack: str = "", theme: str = "", *, closed: bool = True) -> list[Question]:
    """Those of a pack, of a theme, of the programmes still open."""
    return [
        one
        for one in questions
        if (not pack or one.pack == pack) and (not theme or one.theme == theme) and (closed or not one.closed)
    ]
