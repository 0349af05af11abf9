"""Values of facts: read from what people write, kept as text, shown in French."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from archipel.foundation.web.formats import number
from archipel.kernel.errors import Invalid
from archipel.programmes.facts.values import Value
from archipel.programmes.packs.public import Fait, TypeFait

YES = frozenset({"oui", "o", "vrai", "true", "yes", "1", "x"})
NO = frozenset({"non", "n", "faux", "false", "no", "0"})
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(\.\d{1,6})?", re.ASCII)
_DATES = (
    (re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (1, 2, 3)),
)


def expected(fact: Fait) -> str:
    """What may be written for a fact, in words."""
    if fact.type is TypeFait.BOOLEEN:
        return "oui ou non"
    if fact.type is TypeFait.DATE:
        return "une date (jj/mm/aaaa)"
    if fact.type is TypeFait.CHOIX:
        return "un choix parmi : " + ", ".join(choice.libelle for choice in fact.choix)
    bounds = []
    if fact.min is not None:
        bounds.append(f"{'plus de' if fact.min_exclu else 'au moins'} {number(fact.min)}")
    if fact.max is not None:
        bounds.append(f"au plus {number(fact.max)}")
    return "un nombre" + (f" ({', '.join(bounds)})" if bounds else "") + (f", en {fact.unite}" if fact.unite else "")


def day_of(text: str) -> date | None:
    """``jj/mm/aaaa`` or ISO; None when it is not a possible date of 1990 to 2100."""
    for shape, order in _DATES:
        found = shape.fullmatch(text.strip())
        if found:
            try:
                day = date(*(int(found[part]) for part in order))
            except ValueError:
                return None
            return day if 1990 <= day.year <= 2100 else None
    return None


def decimal_of(text: str) -> Decimal | None:
    """A number as people write it: decimal comma or point, thousands by blanks; None when it is not one.

    ``1.234`` is one and a fraction: a point never groups thousands.
    """
    plain = re.sub(r"[\u00a0\u202f\s]", " ", text.strip()).replace(",", ".").replace("\u2212", "-")
    if not (_NUMBER.fullmatch(plain) or _GROUPED.fullmatch(plain)):
        return None
    try:
        return Decimal(plain.replace(" ", ""))
    except InvalidOperation:
        return None


def _wrong(fact: Fait, found: object) -> Invalid:
    return Invalid(
        f"« {fact.libelle} » : « {str(found)[:60]} » trouvé, {expected(fact)} attendu.",
        code="fait-valeur",
        field="valeur",
    )


def parse(fact: Fait, text: str) -> Value:
    """The value that a text writes for a fact.

    Raises:
        Invalid: another type, a number out of bounds, an unknown choice.
    """
    folded = " ".join(text.casefold().split())
    if fact.type is TypeFait.BOOLEEN:
        if folded in YES or folded in NO:
            return folded in YES
        raise _wrong(fact, text)
    if fact.type is TypeFait.DATE:
        day = day_of(text)
        if day is None:
            raise _wrong(fact, text)
        return day
    if fact.type is TypeFait.CHOIX:
        for choice in fact.choix:
            if folded in (choice.id.casefold(), " ".join(choice.libelle.casefold().split())):
                return choice.id
        raise _wrong(fact, text)
    figure = decimal_of(text)
    if figure is None:
        raise _wrong(fact, text)
    return check(fact, figure)


def check(fact: Fait, value: Value) -> Value:
    """The value itself when the fact may hold it; numbers as Decimal.

    Raises:
        Invalid: another type, a number out of bounds, an unknown choice.
    """
    if fact.type is TypeFait.NOMBRE:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise _wrong(fact, value)
        figure = Decimal(value)
        low = fact.min is not None and (figure < fact.min or (fact.min_exclu and figure == fact.min))
        if low or (fact.max is not None and figure > fact.max):
            raise _wrong(fact, value)
        return figure
    kinds = {TypeFait.BOOLEEN: bool, TypeFait.DATE: date, TypeFait.CHOIX: str}
    if not isinstance(value, kinds[fact.type]):
        raise _wrong(fact, value)
    if fact.type is TypeFait.CHOIX and value not in {choice.id for choice in fact.choix}:
        raise _wrong(fact, value)
    return value


def to_text(value: Value) -> str:
    """How a value is kept and exported: ``oui``, ``8000.5``, ``2026-05-29``, the id of a choice."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        plain = format(value, "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)


def from_text(kind: TypeFait, text: str) -> Value:
    """The value kept as :func:`to_text` writes it."""
    if kind is TypeFait.BOOLEEN:
        return text == "oui"
    if kind is TypeFait.DATE:
        return date.fromisoformat(text)
    return Decimal(text) if kind is TypeFait.NOMBRE else text


def shown(fact: Fait | None, value: Value | None) -> str:
    """A value for a screen: ``oui``, ``8 000 points``, ``29/05/2026``, the label of a choice; ``inconnu`` for None."""
    if value is None:
        return "inconnu"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int | Decimal):
        unit = fact.unite if fact else None
        return number(value) + (f"\u00a0{unit}" if unit else "")
    return next((choice.libelle for choice in (fact.choix if fact else ()) if choice.id == value), str(value))
