"""Files of the graph: one line for a node and what it hangs from, over a period."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from archipel.kernel.errors import Invalid
from archipel.kernel.finess import Finess
from archipel.programmes.perimetre.values import Certainty, Key, Kind, Link, Problem, Said, Told, region_code


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file."""

    name: str
    help: str
    required: bool = False
    aliases: tuple[str, ...] = ()


COLUMNS = (
    Column(
        "nature", "ght, ej, eg ou finess_pmsi ; « site_pmsi » dit sous quel FINESS PMSI compte une EG.", True, ("type",)
    ),
    Column("code", "Numéro FINESS, ou code du GHT.", True, ("finess",)),
    Column("libelle", "Nom ; inutile pour « site_pmsi ».", False, ("nom",)),
    Column(
        "parent",
        "À quoi il tient : région (code ou nom) du GHT, GHT ou région de l'EJ, EJ de l'EG ou du FINESS PMSI.",
        True,
    ),
    Column("du", "Depuis quand (jj/mm/aaaa).", True, ("depuis",)),
    Column("au", "Premier jour où ce n'est plus vrai ; vide : jusqu'à nouvel ordre.", False, ("jusqu_au",)),
    Column("statut", "public, espic ou prive, pour une EJ.", False),
    Column("support", "oui pour l'établissement support du GHT.", False),
    Column("hypothese", "oui si ce n'est que supposé.", False),
    Column("source", "Qui le dit.", False, ("origine",)),
)
STATUS = ("public", "espic", "prive")
_LINKS = {"ght": Link.REGION, "ej": Link.MEMBRE, "eg": Link.RATTACHEMENT, "finess_pmsi": Link.PMSI}


class _LineError(Exception):
    def __init__(self, column: str, found: str, expected: str, message: str) -> None:
        super().__init__(message)
        self.column, self.found, self.expected = column, found, expected


def fold(text: str) -> str:
    """``Libellé`` → ``libelle``: how titles are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "_".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())


def day_of(text: str) -> date | None:
    """``jj/mm/aaaa`` or ISO; None when it is not a possible date."""
    parts = text.strip().replace("-", "/").split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    year, month, day = numbers if len(parts[0]) == 4 else reversed(numbers)
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if 1950 <= found.year <= 2200 else None


def _finess(column: str, text: str) -> str:
    try:
        return Finess.parse(text).value
    except Invalid as error:
        raise _LineError(column, text, "un numéro FINESS", error.message.rstrip(".")) from None


def _code(column: str, kind: Kind, text: str) -> str:
    if kind is Kind.REGION:
        found = region_code(text)
        if not found:
            raise _LineError(
                column, text, "le code INSEE ou le nom d'une région", f"la région « {text[:40]} » est inconnue"
            )
        return found
    if kind is Kind.GHT:
        if not text.strip() or ":" in text or len(text) > 40:
            raise _LineError(column, text, "le code d'un GHT", f"« {text[:40]} » n'est pas un code de GHT")
        return text.strip()
    return _finess(column, text)


def _yes(cells: Mapping[str, str], name: str) -> bool:
    text = fold(cells.get(name, ""))
    if text not in ("", "oui", "o", "1", "non", "n", "0"):
        raise _LineError(name, cells[name], "oui ou non", f"« {cells[name][:20]} » n'est ni oui ni non")
    return text in ("oui", "o", "1")


def _day(cells: Mapping[str, str], name: str) -> date:
    found = day_of(cells.get(name, ""))
    if found is None:
        text = cells.get(name, "")
        raise _LineError(name, text, "jj/mm/aaaa", f"« {text[:30]} » n'est pas une date possible")
    return found


def _line(number: int, cells: Mapping[str, str]) -> Told:
    nature = fold(cells.get("nature", ""))
    if nature not in (*_LINKS, "site_pmsi"):
        raise _LineError("nature", cells.get("nature", ""), "ght, ej, eg, finess_pmsi ou site_pmsi", "nature inconnue")
    since = _day(cells, "du")
    until = _day(cells, "au") if cells.get("au") else None
    if until is not None and until <= since:
        raise _LineError("au", cells["au"], "une date après « du »", "la période finit avant de commencer")
    sure = Certainty.HYPOTHESE if _yes(cells, "hypothese") else Certainty.CONSTATE
    source = cells.get("source", "")
    text = cells.get("parent", "")
    if nature == "site_pmsi":
        child, parent = Key(Kind.EG, _finess("code", cells["code"])), Key(Kind.PMSI, _finess("parent", text))
        said = Said(child, since, until, Link.SITE_PMSI, parent, certainty=sure, line=number)
        return Told(number, (said,), source=source)
    kind = Kind(nature)
    key = Key(kind, _code("code", kind, cells.get("code", "")))
    name = cells.get("libelle", "")
    if not name:
        raise _LineError("libelle", "", "un nom", "le nom manque")
    link = Link.REGION if kind is Kind.EJ and region_code(text) else _LINKS[nature]
    above = {Link.REGION: Kind.REGION, Link.MEMBRE: Kind.GHT}.get(link, Kind.EJ)
    parent = Key(above, _code("parent", above, text))
    told = [
        Said(key, since, until, name=name, attributes=_about(kind, cells), certainty=sure, line=number),
        Said(key, since, until, link, parent, certainty=sure, line=number),
    ]
    if _yes(cells, "support"):
        if link is not Link.MEMBRE:
            raise _LineError(
                "support", "oui", "une EJ membre d'un GHT", "seul un membre d'un GHT peut en être le support"
            )
        told.append(Said(key, since, until, Link.SUPPORT, parent, line=number))
    return Told(number, tuple(told), parent.code if kind is Kind.PMSI else "", source)


def _about(kind: Kind, cells: Mapping[str, str]) -> dict[str, str]:
    status = fold(cells.get("statut", ""))
    if not status:
        return {}
    if kind is not Kind.EJ or status not in STATUS:
        raise _LineError("statut", cells["statut"], ", ".join(STATUS) + ", pour une EJ", "statut inconnu")
    return {"statut": status}


def read(rows: Iterable[tuple[int, Sequence[str]]]) -> tuple[list[Told], list[Problem]]:
    """What the lines of a file say, and those that cannot be taken. The first row holds the titles."""
    stream = iter(rows)
    first = next(stream, None)
    if first is None:
        return [], [Problem(0, "", "", "des lignes", "Le fichier est vide.")]
    known = {fold(name): column.name for column in COLUMNS for name in (column.name, *column.aliases)}
    places = {known[fold(title)]: rank for rank, title in enumerate(first[1]) if fold(title) in known}
    missing = [column.name for column in COLUMNS if column.required and column.name not in places]
    if missing:
        return [], [
            Problem(1, name, "", f"une colonne « {name} »", f"Ligne 1 : la colonne « {name} » manque.")
            for name in missing
        ]
    told, problems = [], []
    for number, row in stream:
        cells = {name: row[rank].strip() if rank < len(row) else "" for name, rank in places.items()}
        try:
            told.append(_line(number, cells))
        except _LineError as error:
            problems.append(
                Problem(number, error.column, error.found[:120], error.expected, f"Ligne {number} : {error}.")
            )
    return told, problems
