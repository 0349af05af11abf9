"""How much of what matters is said of each thing, and by each member."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from archipel.domains.systems.values.records import Record
from archipel.domains.systems.values.schema import FIELDS, PRICES, Field


def completeness(record: Record) -> Decimal:
    """Share (%) of the weight of the fields that are said; 100 for a kind whose fields have no weight.

    Prices that the reader may not see are left out of the count.
    """
    counted = _counted(record)
    total = sum(one.weight for one in counted)
    if not total:
        return Decimal(100)
    said = sum(one.weight for one in counted if record.content.get(one.name) not in (None, "", []))
    return Decimal(100 * said) / total


def missing(record: Record) -> list[Field]:
    """The fields that count and are not said, the heaviest first."""
    wanted = [one for one in _counted(record) if not record.content.get(one.name)]
    return sorted(wanted, key=lambda one: -one.weight)


def _counted(record: Record) -> list[Field]:
    return [one for one in FIELDS[record.key.kind] if one.weight and (record.priced or one.name not in PRICES)]


@dataclass(frozen=True, slots=True)
class MemberScore:
    """One member: how many things it describes, how well, and what it most often leaves out."""

    establishment: str
    count: int
    score: Decimal | None
    gaps: tuple[tuple[str, int], ...]


def by_member(records: Sequence[Record], establishments: Sequence[str]) -> list[MemberScore]:
    """The score of each establishment: the mean of its records; None when it describes nothing."""
    grouped: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        grouped[one.key.establishment].append(one)
    scores = []
    for place in establishments:
        found = grouped.get(place, [])
        mean = sum((completeness(one) for one in found), Decimal(0)) / len(found) if found else None
        gaps = Counter(one.label for record in found for one in missing(record))
        scores.append(MemberScore(place, len(found), mean, tuple(gaps.most_common(3))))
    return scores
