"""One thing described, as it holds on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from archipel.domains.systems.values.schema import FIELDS, Kind, Type

COSTS = ("cout_licence", "cout_exploitation", "cout_personnel")


class Key(NamedTuple):
    """What a statement is about; ``establishment`` is a FINESS EJ, empty for what is common to the group."""

    kind: Kind
    establishment: str
    code: str


@dataclass(frozen=True, slots=True)
class Record:
    """A thing and its fields: texts, lists of texts, ``oui``/``non``, ISO dates, decimal numbers as texts."""

    key: Key
    content: Mapping[str, Any]
    since: date | None = None
    """From when the statement holds."""
    recorded_at: datetime | None = None
    actor: str = ""
    priced: bool = True
    """Whether the reader may see the prices; when not, they are absent from the content."""

    def text(self, name: str) -> str:
        """A field as text; empty when unknown."""
        value = self.content.get(name, "")
        return ", ".join(value) if isinstance(value, list) else str(value)

    def items(self, name: str) -> tuple[str, ...]:
        """A list."""
        value = self.content.get(name) or ()
        return tuple(value) if isinstance(value, list | tuple) else (str(value),)

    def number(self, name: str) -> Decimal | None:
        """A number or an amount; None when unknown."""
        value = self.content.get(name)
        return None if value in (None, "") else Decimal(str(value))

    def day(self, name: str) -> date | None:
        """A date; None when unknown."""
        value = self.content.get(name)
        return date.fromisoformat(value) if value else None

    def flag(self, name: str) -> bool | None:
        """A yes or no; None when unknown."""
        return {"oui": True, "non": False}.get(str(self.content.get(name, "")))

    @property
    def name(self) -> str:
        """What people call it."""
        return self.text("nom") or self.text("objet") or self.key.code

    @property
    def cost(self) -> Decimal | None:
        """Euros a year: licence, run and staff; None when none of them is known."""
        known = [found for one in COSTS if (found := self.number(one)) is not None]
        return sum(known, Decimal(0)) if known else None

    def shown(self, name: str) -> str:
        """A field as people read it."""
        one = next((f for f in FIELDS[self.key.kind] if f.name == name), None)
        text = self.text(name)
        if one is None or not text:
            return text
        if one.type is Type.CHOIX:
            return dict(one.choices).get(text, text)
        if one.type is Type.DATE:
            return f"{date.fromisoformat(text):%d/%m/%Y}"
        return text


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that holds on a day, within the scope of who asks."""

    day: date
    records: tuple[Record, ...]
    aliases: Mapping[tuple[Kind, str], str] = field(default_factory=dict)
    """(kind, normalised name) → code of the golden record."""
    names: Mapping[str, str] = field(default_factory=dict)
    """FINESS EJ → short name of the establishment."""

    def of(self, kind: Kind, establishment: str = "") -> list[Record]:
        """The things of a kind, of one establishment when it is given."""
        return [
            one
            for one in self.records
            if one.key.kind is kind and (not establishment or one.key.establishment == establishment)
        ]

    def find(self, kind: Kind, establishment: str, code: str) -> Record | None:
        """One thing; None when it is not described."""
        wanted = Key(kind, establishment, code)
        return next((one for one in self.records if one.key == wanted), None)

    def live(self) -> list[Record]:
        """The applications in service on the day: begun, not ended, not stopped."""
        kept = []
        for one in self.of(Kind.APPLICATION):
            begin, end = one.day("mise_en_service"), one.day("fin_prevue")
            if one.text("statut") in ("projet", "arrete") or (begin and begin > self.day) or (end and end < self.day):
                continue
            kept.append(one)
        return kept
