"""The establishments of a perimeter and their activité combinée: a fact with provenance, unknown if nobody told it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from archipel.programmes.facts.public import Reading, State, Subject, facts_at
from archipel.programmes.funding.values import Party
from archipel.programmes.packs.public import Maille
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind


def parties(codes: Iterable[str], fact: str, at: date) -> list[Party]:
    """The establishments (FINESS PMSI), in the order given, with what is known of their activity at a date.

    An activity told twice differently, out of date, or out of the caller's scope, is unknown: it is never averaged.
    """
    wanted = list(codes)
    subjects = {code: Subject(Maille.FINESS_PMSI, code) for code in wanted}
    known, ledger = perimetre.graph(at), facts_at(list(subjects.values()), at, fact_ids=[fact])
    names = perimetre.labels((Key(Kind.PMSI, code) for code in wanted), known)
    short = perimetre.labels((key for key in (known.ej(Key(Kind.PMSI, code)) for code in wanted) if key), known)
    found = []
    for code in wanted:
        legal = known.ej(Key(Kind.PMSI, code))
        reading = ledger.reading(subjects[code], fact)
        value = reading.value if reading.known else None
        number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
        name = short.get(legal, "") if legal and legal.code == code else ""
        found.append(
            Party(
                code, name or names.get(Key(Kind.PMSI, code), code), legal.code if legal else "", number, _told(reading)
            )
        )
    return found


def _told(reading: Reading) -> str:
    """Where an activity comes from, or why it is unknown, in French."""
    if reading.state is State.CONTREDIT:
        return "sources contradictoires : " + " ; ".join(f"{one.value} ({one.source})" for one in reading.facts)
    if reading.state is State.PERIME:
        return f"périmée ({reading.expired[0].source})"
    if not reading.facts:
        return "non renseignée"
    first = reading.facts[0]
    return f"{first.source}, depuis le {first.effective_at:%d/%m/%Y}"


def group_parties(ght: str, fact: str, at: date) -> list[Party]:
    """The establishments (FINESS PMSI) of the members of a GHT, by name."""
    known = perimetre.graph(at)
    found = parties((key.code for key in known.pmsi(Key(Kind.GHT, ght))), fact, at)
    return sorted(found, key=lambda party: (party.name, party.finess))
