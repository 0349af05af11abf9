"""What a domain measures for some establishments at a moment, with what is needed to believe it and to do it again.

A measure is a number with its unit, never a row and never a person. The rows behind it are counted and hashed where
they are; the hash lets somebody who holds the database check later that the same rows give the same value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

SMALL_GROUP = 11
"""Counts of patients under this do not leave the establishment that holds them."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. ``value`` None: nobody can know it, or it is not shown here (see ``reason``)."""

    code: str
    label: str
    value: Decimal | None
    unit: str = ""
    """``%``, ``min``, ``h``, ``j``; empty for a count."""
    group: int | None = None
    """How many patients it rests on; None when it is not about patients."""
    part: int | None = None
    """How many of these patients it counts, for a count or a share."""
    smallest: int | None = None
    """When several establishments are added: the group of the one that has fewest patients, those without left out."""
    reason: str = ""
    """Why there is no value (French)."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """What was measured: the first measure is the one that the indicator is named after."""

    at: datetime
    """The moment described."""
    known_at: datetime
    """With what had been recorded by then."""
    measures: tuple[Measure, ...]
    newest: datetime | None
    """The moment of the most recent fact used; None without any."""
    rows: int
    rows_sha256: str
    query: str
    """The text of the statement, as it was run."""

    def measure(self, code: str = "") -> Measure | None:
        """The measure of that code, the main one when empty; None when there is none."""
        found = [one for one in self.measures if not code or one.code == code]
        return found[0] if found else None


def hide_small_groups(indicator: Indicator) -> Indicator:
    """The indicator as it may be read outside of the establishment.

    On fewer than :data:`SMALL_GROUP` patients nothing is said. Where a part of a group is smaller, or what is left of
    it, or one of the establishments added, no count of patients is said at all and shares are given in whole per cent,
    so that none can be worked out.
    """
    hidden = f"effectif inférieur à {SMALL_GROUP} : non montré hors de l'établissement"
    blurred = any(_tells_a_small_one(one) for one in indicator.measures)

    def outside(one: Measure) -> Measure:
        if one.group is None:
            return one
        bare = replace(one, group=None, part=None, smallest=None)
        if one.group < SMALL_GROUP or (blurred and not one.unit):
            return replace(bare, value=None, reason=hidden)
        if blurred and one.unit == "%" and one.value is not None:
            return replace(bare, value=one.value.quantize(Decimal(1), ROUND_HALF_UP))
        return bare

    return replace(indicator, measures=tuple(outside(one) for one in indicator.measures))


def _tells_a_small_one(one: Measure) -> bool:
    if one.group is None:
        return False
    left = [one.group, one.smallest or 0]
    if one.part is not None:
        left += [one.part, one.group - one.part]
    return any(0 < count < SMALL_GROUP for count in left)


def share(part: int, whole: int) -> Decimal | None:
    """``part`` in per cent of ``whole``, to one decimal, half up; None of nothing."""
    return None if whole == 0 else (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def rows_digest(rows: Iterable[Sequence[object]]) -> tuple[int, str]:
    """How many rows, and the SHA-256 of their lines: each a JSON array, in order of code point, ended by a line feed.

    The order in which the rows come does not matter; moments are written in ISO 8601.
    """
    lines = sorted(
        json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":")) for row in rows
    )
    total = hashlib.sha256()
    for line in lines:
        total.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return len(lines), total.hexdigest()


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def nearest_rank(values: Sequence[Decimal], percent: int) -> Decimal | None:
    """The percentile by the nearest rank: the smallest value that at least ``percent`` % do not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]
