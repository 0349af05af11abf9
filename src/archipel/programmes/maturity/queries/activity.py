"""The activité combinée of the establishments: facts with their provenance, unknown where nobody gave them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from archipel.programmes.facts import public as facts
from archipel.programmes.facts.public import Reading, State, Subject
from archipel.programmes.packs.public import Maille
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Kind

ACTIVITY = "activite-combinee"
"""The fact that weighs, held by FINESS PMSI; no source gives its formula, so it is only ever given."""


@dataclass(frozen=True, slots=True)
class Activity:
    """The AC of an entity on a day: None where it is unknown, and why or from whom."""

    value: Fraction | None
    source: str


def activity_of(entities: Iterable[str], at: date) -> dict[str, Activity]:
    """The AC of each entity (FINESS EJ or PMSI) on a day: the sum over its FINESS PMSI, unknown if one of them is."""
    known = perimetre.graph(at)
    parts = {}
    for code in entities:
        found = known.node(code, Kind.EJ) or known.node(code, Kind.PMSI)
        parts[code] = [Subject(Maille.FINESS_PMSI, one.code) for one in known.pmsi(found.key)] if found else []
    asked = {subject for subjects in parts.values() for subject in subjects}
    ledger = facts.facts_at(asked, at, fact_ids=[ACTIVITY], derived=False)
    return {code: _sum([ledger.reading(one, ACTIVITY) for one in subjects]) for code, subjects in parts.items()}


def _sum(readings: list[Reading]) -> Activity:
    if not readings:
        return Activity(None, "aucun FINESS PMSI")
    for reading in readings:
        if not reading.known or reading.value is None:
            word = {State.CONTREDIT: "contredite", State.PERIME: "périmée"}.get(reading.state, "non renseignée")
            return Activity(None, word)
    total = sum((Fraction(str(reading.value)) for reading in readings), Fraction(0))
    sources = sorted({fact.source for reading in readings for fact in reading.facts[:1]})
    return Activity(total if total > 0 else None, " ; ".join(sources))
