"""Files of facts and of payments: columns, and what each line says. Pure: numbers are resolved by the caller."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from archipel.kernel.errors import ArchipelError
from archipel.programmes.facts.rules.payments import PROGRAMMES
from archipel.programmes.facts.rules.reading import source_key
from archipel.programmes.facts.rules.typed import day_of, decimal_of, parse
from archipel.programmes.facts.values import Maille, PaymentKind, Subject, Value
from archipel.programmes.packs.public import Fait

MAX_LINES = 100_000
MAX_AMOUNT = Decimal("999999999.99")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it holds, whether it is needed, other names it is known by."""

    name: str
    help: str
    required: bool = False
    aliases: tuple[str, ...] = ()


_FINESS = ("sujet", "finess_pmsi", "finess_ej", "code")
FACT_COLUMNS = (
    Column("finess", "Numéro FINESS (PMSI, EJ ou EG selon le fait), ou code du GHT.", True, _FINESS),
    Column("fait", "Identifiant du fait, tel que la page « Vocabulaire » le donne, ou son libellé exact.", True),
    Column("valeur", "oui ou non, nombre, date ou choix, selon le fait.", True),
    Column("date_effet", "Depuis quand c'est vrai (jj/mm/aaaa).", True, ("date d'effet", "effet", "depuis", "du")),
    Column("source", "Qui le dit, ou d'où le chiffre vient.", True, ("origine",)),
    Column("valide_jusqu_au", "Dernier jour où c'est vrai ; vide : jusqu'à nouvel ordre.", False, ("fin", "au")),
    Column("preuve", "Référence du document qui le prouve.", False, ("piece",)),
    Column("commentaire", "Remarque gardée avec le fait.", False, ("motif", "remarque")),
)
PAYMENT_COLUMNS = (
    Column("finess", "Numéro FINESS (PMSI ou EJ) de l'établissement payé.", True, _FINESS),
    Column("programme", "Programme : " + ", ".join(PROGRAMMES) + ".", True),
    Column("nature", "usage (versement conditionné à l'atteinte des cibles d'usage) ou autre.", True, ("type",)),
    Column("montant", "Montant en euros.", True, ("euros",)),
    Column("date", "Jour du versement (jj/mm/aaaa).", True, ("date_versement", "verse_le")),
    Column("source", "Qui le dit, ou d'où le chiffre vient.", True, ("origine",)),
    Column("libelle", "Objet du versement.", False, ("objet",)),
    Column("preuve", "Référence du document qui le prouve.", False, ("piece",)),
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line, or the file, that cannot be taken: where, what was found, what was expected."""

    line: int
    column: str
    found: str
    expected: str
    message: str


@dataclass(frozen=True, slots=True)
class FactLine:
    """A line that tells a fact."""

    line: int
    subject: Subject
    fact: Fait
    value: Value
    effective_at: date
    source: str
    valid_until: date | None = None
    proof: str = ""
    comment: str = ""

    @property
    def key(self) -> tuple[Subject, str, str, date]:
        """What makes it the same statement as another."""
        return self.subject, self.fact.id, source_key(self.source), self.effective_at


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A line that tells a payment."""

    line: int
    subject: Subject
    programme: str
    kind: PaymentKind
    amount: Decimal
    paid_on: date
    source: str
    label: str = ""
    proof: str = ""

    @property
    def key(self) -> tuple[Subject, str, PaymentKind, Decimal, date]:
        """What makes it the same payment as another."""
        return self.subject, self.programme, self.kind, self.amount, self.paid_on


Line = TypeVar("Line", FactLine, PaymentLine)
Resolver = Callable[[str, Maille, date], Subject]
"""(text of the file, level of the fact, date) → subject; raises an ArchipelError saying why it is not one."""


class _LineError(Exception):
    def __init__(self, column: str, found: str, expected: str, message: str) -> None:
        super().__init__(message)
        self.column, self.found, self.expected, self.message = column, found, expected, message


def fold(text: str) -> str:
    """``Date d'effet`` → ``date_d_effet``: how titles and labels are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()
    return "_".join(words)


def header(titles: Sequence[str], columns: Sequence[Column]) -> tuple[dict[str, int], list[Wrong]]:
    """Where each column is in the file; the required ones that are missing, and those that the file holds twice."""
    known = {fold(name): column.name for column in columns for name in (column.name, *column.aliases)}
    places: dict[str, int] = {}
    twice: list[Wrong] = []
    for rank, title in enumerate(titles):
        name = known.get(fold(title))
        if name is not None and places.setdefault(name, rank) != rank:
            both = (
                f"« {titles[places[name]][:40]} » (colonne {places[name] + 1}) et « {title[:40]} » (colonne {rank + 1})"
            )
            twice.append(
                Wrong(1, name, both, f"une seule colonne « {name} »",
                      f"Ligne 1 : {both} disent toutes deux « {name} » : n'en gardez qu'une.")
            )  # fmt: skip
    missing = [column.name for column in columns if column.required and column.name not in places]
    wrong = [
        Wrong(1, name, ", ".join(t for t in titles if t)[:120], f"une colonne « {name} »",
              f"Ligne 1 : la colonne « {name} » manque.")
        for name in missing
    ]  # fmt: skip
    return places, wrong + twice


class _Cells:
    """The cells of one line, by column."""

    def __init__(self, places: Mapping[str, int], cells: Sequence[str]) -> None:
        self.places, self.cells = places, cells

    def __getitem__(self, name: str) -> str:
        rank = self.places.get(name)
        return self.cells[rank].strip() if rank is not None and rank < len(self.cells) else ""

    def needed(self, name: str, expected: str) -> str:
        text = self[name]
        if not text:
            raise _LineError(name, "", expected, f"la colonne « {name} » est vide, {expected} attendu")
        return text

    def day(self, name: str) -> date:
        text = self.needed(name, "une date (jj/mm/aaaa)")
        found = day_of(text)
        if found is None:
            raise _LineError(name, text, "jj/mm/aaaa", f"« {text[:40]} » n'est pas une date possible")
        return found

    def subject(self, resolve: Resolver, maille: Maille, at: date) -> Subject:
        text = self.needed("finess", "un numéro FINESS")
        try:
            return resolve(text, maille, at)
        except ArchipelError as error:
            raise _LineError("finess", text, "un numéro du périmètre", error.message.rstrip(".")) from None


def _fact_line(number: int, cells: _Cells, facts: Mapping[str, Fait], resolve: Resolver) -> FactLine:
    name = cells.needed("fait", "l'identifiant d'un fait")
    known = facts.get(name) or next((f for f in facts.values() if fold(f.libelle) == fold(name)), None)
    if known is None:
        raise _LineError("fait", name, "un fait du vocabulaire", f"le fait « {name[:60]} » est inconnu")
    since = cells.day("date_effet")
    text = cells.needed("valeur", "une valeur")
    try:
        value = parse(known, text)
    except ArchipelError as error:
        raise _LineError("valeur", text, "", error.message.rstrip(".")) from None
    until = cells.day("valide_jusqu_au") if cells["valide_jusqu_au"] else None
    if until is not None and until < since:
        raise _LineError(
            "valide_jusqu_au", f"{until:%d/%m/%Y}", "après la date d'effet", "la fin précède la date d'effet"
        )
    return FactLine(
        number, cells.subject(resolve, known.maille, since), known, value, since,
        " ".join(cells.needed("source", "une source").split()), until, cells["preuve"], cells["commentaire"],
    )  # fmt: skip


def _payment_line(number: int, cells: _Cells, resolve: Resolver) -> PaymentLine:
    programme = cells.needed("programme", "un programme")
    wanted = next((key for key, name in PROGRAMMES.items() if fold(programme) in (fold(key), fold(name))), None)
    if wanted is None:
        raise _LineError(
            "programme", programme, ", ".join(PROGRAMMES), f"le programme « {programme[:40]} » est inconnu"
        )
    kind = cells.needed("nature", "usage ou autre")
    if fold(kind) not in {one.value for one in PaymentKind}:
        raise _LineError("nature", kind, "usage ou autre", f"la nature « {kind[:40]} » est inconnue")
    text = cells.needed("montant", "un montant en euros")
    amount = decimal_of(text.rstrip("€ \u00a0\u202f"))
    if amount is None or not 0 < amount <= MAX_AMOUNT or amount != round(amount, 2):
        raise _LineError("montant", text, "un montant positif, en euros", f"« {text[:40]} » n'est pas un montant")
    day = cells.day("date")
    return PaymentLine(
        number, cells.subject(resolve, Maille.FINESS_PMSI, day), wanted, PaymentKind(fold(kind)), amount, day,
        " ".join(cells.needed("source", "une source").split()), cells["libelle"], cells["preuve"],
    )  # fmt: skip


def read_facts(
    rows: Iterable[tuple[int, Sequence[str]]], facts: Mapping[str, Fait], resolve: Resolver
) -> tuple[list[FactLine], list[Wrong]]:
    """The facts that the rows of a file tell, and the lines that cannot be taken. The first row holds the titles."""
    lines, wrong = _read(rows, FACT_COLUMNS, lambda n, cells: _fact_line(n, cells, facts, resolve))
    seen: dict[object, FactLine] = {}
    kept = []
    for one in lines:
        first = seen.setdefault(one.key, one)
        if first is one:
            kept.append(one)
        else:
            text = f"Ligne {one.line} : la ligne {first.line} dit déjà ce fait, de cette source, à cette date."
            wrong.append(Wrong(one.line, "fait", one.fact.id, "une ligne par fait, source et date d'effet", text))
    return kept, sorted(wrong, key=lambda w: w.line)


def read_payments(
    rows: Iterable[tuple[int, Sequence[str]]], resolve: Resolver
) -> tuple[list[PaymentLine], list[Wrong]]:
    """The payments that the rows of a file tell, and the lines that cannot be taken."""
    return _read(rows, PAYMENT_COLUMNS, lambda n, cells: _payment_line(n, cells, resolve))


def _read(
    rows: Iterable[tuple[int, Sequence[str]]], columns: Sequence[Column], make: Callable[[int, _Cells], Line]
) -> tuple[list[Line], list[Wrong]]:
    stream = iter(rows)
    first = next(stream, None)
    if first is None:
        return [], [Wrong(0, "", "", "des lignes", "Le fichier est vide.")]
    places, wrong = header(first[1], columns)
    if wrong:
        return [], wrong
    found = []
    for count, (number, cells) in enumerate(stream):
        if count >= MAX_LINES:
            wrong.append(Wrong(number, "", "", f"{MAX_LINES} lignes", f"Ligne {number} : {MAX_LINES} lignes au plus."))
            break
        try:
            found.append(make(number, _Cells(places, cells)))
        except _LineError as error:
            text = f"Ligne {number} : {error.message}."
            wrong.append(Wrong(number, error.column, error.found[:120], error.expected, text))
    return found, wrong
