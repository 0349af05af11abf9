"""What was answered: the facts of the ledger, and the one that stands for each question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from archipel.programmes.maturity.models import Answer, Effort
from archipel.programmes.maturity.rules.ledger import Fact, standing
from archipel.programmes.maturity.values import Etat, Grille, Mesure

Key = tuple[str, str]
"""(entity, indicator)"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece behind an answer."""

    titre: str
    reference: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: what, why, by whom."""

    fact: int
    mesure: Mesure
    comment: str
    evidence: tuple[Evidence, ...]
    actor: str
    version: str
    source: str
    campaign: int | None
    effective_on: date
    recorded_at: datetime

    @property
    def declared_only(self) -> bool:
        """Whether nothing backs it."""
        return not self.evidence


Facts = Sequence[Fact[Key, Said]]


def facts(grid: Grille, entities: Iterable[str]) -> Facts:
    """Every fact of the grid for these entities, those that are taken back included."""
    rows = Answer.objects.filter(pack=grid.pack, grid=grid.id, entity__in=list(entities)).order_by("id")
    return [_fact(row) for row in rows]


def _fact(row: Answer) -> Fact[Key, Said]:
    value = None if row.value is None else Fraction(row.value)
    measure = Mesure(Etat(row.state), value, tuple((str(n), int(a), int(b)) for n, a, b in row.categories))
    said = Said(
        fact=row.pk,
        mesure=measure,
        comment=row.comment,
        evidence=tuple(
            Evidence(str(e.get("titre", "")), str(e.get("reference", "")), str(e.get("date", ""))) for e in row.evidence
        ),
        actor=row.actor,
        version=row.version,
        source=row.source,
        campaign=row.campaign_id,
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
    )
    return Fact(row.pk, (row.entity, row.indicator), said, row.effective_on, row.recorded_at, row.undoes_id)


def measures(known: Mapping[Key, Fact[Key, Said]], grid: Grille, entity: str, group: str = "") -> dict[str, Mesure]:
    """The answers that count for an entity: its own, and the group's for the questions that the group answers."""
    found = {}
    for indicator in grid.indicateurs:
        who = group if indicator.groupe and group else entity
        fact = known.get((who, indicator.id))
        if fact is not None:
            found[indicator.id] = fact.said.mesure
    return found


def efforts(grid: Grille, entities: Iterable[str], day: date | None = None) -> dict[tuple[str, str, int], Fraction]:
    """The person-days stated, by (entity, indicator, level reached); level 0 stands for every step."""
    rows = Effort.objects.filter(pack=grid.pack, grid=grid.id, entity__in=list(entities)).order_by("id")
    known = standing(
        [
            Fact(row.pk, (row.entity, row.indicator, row.level), row.days, row.effective_on, row.recorded_at,
                 row.undoes_id)
            for row in rows
        ],
        day,
    )  # fmt: skip
    return {key: Fraction(fact.said) for key, fact in known.items() if fact.said is not None}
