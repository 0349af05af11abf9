"""What an evaluation reads and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from archipel.programmes.packs.values.base import MAILLE_LABELS, Maille, Source, Value


class Verdict(StrEnum):
    """The three answers."""

    OUI = "oui"
    NON = "non"
    INCONNU = "inconnu"

    @classmethod
    def of(cls, value: bool | None) -> Verdict:
        """``True``, ``False`` and ``None`` in French."""
        return cls.INCONNU if value is None else cls.OUI if value else cls.NON


class Cle(NamedTuple):
    """The name of an entity: its level and its code (FINESS number, code of a GHT, id of a project).

    A same FINESS number may be that of an EJ and of a FINESS PMSI. Compares equal to any other pair of the same.
    """

    maille: str
    code: str

    def __str__(self) -> str:
        return f"{MAILLE_LABELS.get(Maille(self.maille), self.maille)} {self.code}"


Cellule = tuple[str, tuple[str, str]]
"""A fact of an entity: the id of the fact, the entity."""


class Donnee(NamedTuple):
    """A value stated for a fact of an entity: where it comes from, since when it holds, and the store's own key."""

    valeur: Value
    source: str = ""
    depuis: date | None = None
    reference: object = None


Faits = Mapping[Cellule, tuple[Donnee, ...]]
"""The facts known at a date. Absent: unknown. Several values that differ: contradictory."""


class Expr:
    """What an explanation says of a condition: the text is made from ``line`` by ``rules/sentences``."""

    __slots__ = ("line", "rule", "source")

    def __init__(self, line: object, rule: str | None = None, source: Source | None = None) -> None:
        self.line = line
        self.rule = rule
        self.source = source


class Parce:
    """A node of an explanation: this condition, at this entity, is worth this, because of these.

    Attributes:
        expr: the condition (``expr.rule`` and ``expr.source`` when it is a named rule).
        entity: where it was read.
        value: True, False, or None for unknown.
        children: the conditions under it.
        cell: the fact read, for a leaf.
        data: what was found there: nothing, one value, or several that contradict one another.
        note: why it is unknown, when no fact is missing (no such attachment).
    """

    __slots__ = ("cell", "children", "data", "entity", "expr", "note", "value")

    def __init__(
        self,
        expr: Expr,
        entity: tuple[str, str],
        value: bool | None,
        children: tuple[Parce, ...] = (),
        cell: Cellule | None = None,
        data: tuple[Donnee, ...] = (),
        note: str = "",
    ) -> None:
        self.expr = expr
        self.entity = entity
        self.value = value
        self.children = children
        self.cell = cell
        self.data = data
        self.note = note

    @property
    def verdict(self) -> Verdict:
        """The answer of this node."""
        return Verdict.of(self.value)

    @property
    def contradictory(self) -> bool:
        """Whether the fact read has several values that differ."""
        data = self.data
        return len(data) > 1 and len({one.valeur for one in data}) > 1

    def leaves(self) -> Iterator[Parce]:
        """The nodes that read a fact, each once."""
        if not self.children:
            if self.cell is not None:
                yield self
            return
        seen: set[int] = set()
        stack = [self]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.cell is not None:
                yield node
            stack.extend(reversed(node.children))


class Manques(NamedTuple):
    """The smallest sets of facts that would decide a rule, none included in another.

    ``decider`` for either answer, ``oui`` and ``non`` for each. ``complet`` is False when there were more sets than
    are looked for (``MAX_SETS``), or larger ones than ``MAX_SIZE``; those given remain enough.
    """

    decider: tuple[frozenset[Cellule], ...] = ()
    oui: tuple[frozenset[Cellule], ...] = ()
    non: tuple[frozenset[Cellule], ...] = ()
    complet: bool = True
