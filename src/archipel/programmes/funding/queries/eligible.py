"""Who is eligible for each theme of a programme, at a date: what the portfolio begins with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from archipel.programmes.facts.public import Subject, facts_at
from archipel.programmes.funding.queries.programme import held
from archipel.programmes.packs.public import Donnee, Maille, Pack, Reseau, Verdict, engine_of
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Kind


@dataclass(frozen=True, slots=True)
class Eligible:
    """For a theme: who is eligible, who may be (a fact is missing or contradicted), who is not. FINESS PMSI."""

    theme: str
    label: str
    rule: str
    yes: frozenset[str]
    unknown: frozenset[str]
    no: frozenset[str]

    def verdict(self, finess: str) -> str:
        """``oui``, ``non`` or ``inconnu``."""
        return "oui" if finess in self.yes else "non" if finess in self.no else "inconnu"


def eligible(pack_id: str, version: str, finess: Iterable[str], at: date) -> list[Eligible]:
    """The verdict of the rule of each theme for each establishment (FINESS PMSI), at a date."""
    pack, codes = held(pack_id, version, at), sorted(set(finess))
    run = engine_of(pack).run(_network(at), _facts(pack, at), at)
    found = []
    for theme in pack.themes:
        rule = pack.eligibility(theme.id)
        verdicts = {code: run.outcome(rule, (Maille.FINESS_PMSI, code)).value for code in codes} if rule else {}
        sets = {value: frozenset(c for c in codes if verdicts.get(c, Verdict.OUI) is value) for value in Verdict}
        named = pack.rule(rule) if rule else None
        found.append(
            Eligible(
                theme.id,
                theme.libelle,
                named.libelle if named else "Ouvert à tous",
                sets[Verdict.OUI],
                sets[Verdict.INCONNU],
                sets[Verdict.NON],
            )
        )
    return found


def _network(at: date) -> Reseau:
    levels = {Kind.GHT, Kind.EJ, Kind.EG, Kind.PMSI}
    known = perimetre.graph(at)
    return Reseau.build(
        ((one.child.kind.value, one.child.code), (one.parent.kind.value, one.parent.code))
        for one in known.edges
        if one.child.kind in levels and one.parent.kind in levels and one.link != "support"
    )


def _facts(pack: Pack, at: date) -> dict[tuple[str, tuple[str, str]], tuple[Donnee, ...]]:
    known = perimetre.graph(at)
    subjects = [
        Subject(Maille(key.kind.value), key.code) for key in known.nodes if key.kind not in (Kind.REGION, Kind.EG)
    ]
    ledger = facts_at(subjects, at, fact_ids=[fact.id for fact in pack.faits])
    found = {}
    for subject, readings in ledger.readings.items():
        for fact, reading in readings.items():
            if reading.facts:
                told = tuple(Donnee(one.value, one.source, one.effective_at, one.number) for one in reading.facts)
                found[fact, (subject.maille.value, subject.code)] = told
    return found
