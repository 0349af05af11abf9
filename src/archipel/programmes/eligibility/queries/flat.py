"""Answers as plain values, for programs: the interface and the command say the same."""

from __future__ import annotations

from datetime import date
from typing import Any

from archipel.programmes.eligibility.queries.ground import Ground
from archipel.programmes.eligibility.queries.verdicts import Verdicts, explain
from archipel.programmes.eligibility.values import Answer, Needed, Row, Used, Way
from archipel.programmes.facts.public import to_text


def flat(found: Verdicts) -> list[dict[str, Any]]:
    """Every answer of every row, with its facts and what would decide it."""
    return [
        plain(found.ground, row, one)
        for row in found.rows
        for question in found.questions
        for one in found.cells[row.key, question.id]
    ]


def plain(here: Ground, row: Row, one: Answer) -> dict[str, Any]:
    """One answer."""
    told = explain(here, one)
    return {
        "etablissement": row.key.code,
        "ej": row.ej,
        "ght": row.ght,
        "finess": one.key.code,
        "niveau": one.key.kind.value,
        "nom": one.name,
        "pack": one.question.pack,
        "version": one.question.version,
        "programme": one.question.programme,
        "theme": one.question.theme,
        "libelle": one.question.label,
        "regle": one.question.rule,
        "source": one.question.source,
        "au": here.at,
        "verdict": one.verdict.value,
        "phrase": one.sentence,
        "contradiction": one.contradicted,
        "faits": [_used(used) for used in told.used],
        "suffirait_pour_oui": [_way(way) for way in one.to_yes],
        "trancherait": [_way(way) for way in one.decide],
        "explication": told.reason.lines(),
    }


def _used(used: Used) -> dict[str, Any]:
    return {
        "fait": used.fact,
        "libelle": used.label,
        "finess": used.subject.code,
        "niveau": used.subject.maille.value,
        "etat": used.state,
        "valeurs": [
            {
                "valeur": to_text(fact.value) if fact else text,
                "source": source,
                "depuis": fact.effective_at if fact else None,
                "jusqu_au": fact.valid_until if fact else None,
                "preuve": fact.proof if fact else "",
                "mode": fact.mode.value if fact else "",
                "numero": fact.number if fact else 0,
            }
            for text, fact, source in used.values
        ],
    }


def _way(way: Way) -> list[dict[str, str]]:
    return [_need(one) for one in way]


def _need(one: Needed) -> dict[str, str]:
    return {
        "fait": one.fact, "libelle": one.label, "finess": one.subject.code, "niveau": one.subject.maille.value,
        "nom": one.name, "pourquoi": one.why,
    }  # fmt: skip


def jsonable(value: Any) -> Any:
    """Dates as ISO 8601, for :func:`json.dumps`."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
