"""Reading RPU files as they really are: by name and never by position, each passage explained. Pure.

Seen in real files and accepted: one PASSAGES for each PATIENT, elements in any order and any case, ISO-8859-1 or -15, a
UTF-8 mark, seconds in the moments, points in the codes. Document types and entities are refused before anything is
parsed: an RPU has none, and they are how an XML file attacks its reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from lxml import etree

from archipel.connectors.rpu.codec.charset import decode
from archipel.connectors.rpu.codec.model import ESTABLISHMENT, LISTS, PATIENT, ROOT, TAGS, RpuPassage
from archipel.domains.flow.rules.passage_checks import badly_written
from archipel.domains.flow.values.passages import ITEM_LABELS, Item

MAX_BYTES = 64_000_000
MAX_PASSAGES = 500_000
_ITEM_OF_TAG = {tag: item for item, tag in TAGS.items()} | {"ORIENTATION": Item.ORIENTATION, "CCMU": Item.GRAVITE}
_CODES = frozenset({Item.DP, Item.DA, Item.ACTES})
_MOMENTS = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %Hh%M")
_DAYS = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y")
_FORBIDDEN = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)


class Unreadable(Exception):
    """The whole file is refused; the sentence (French) says where and what was expected."""


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """One PATIENT of the file, read or refused."""

    number: int
    """Its rank in the file, from 1."""
    line: int
    passage: RpuPassage | None
    """None: refused; ``problems`` says why."""
    problems: tuple[str, ...] = ()
    """What was not taken, or is odd (French); no personal data beyond a code or a date."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What was read of a file."""

    finess: str
    order: str
    extracted_at: datetime | None
    begin: date | None
    end: date | None
    encoding: str
    passages: tuple[ReadPassage, ...]
    remarks: tuple[str, ...]
    """What is odd about the file itself."""


def read(raw: bytes) -> ReadFile:
    """Read a file.

    Raises:
        Unreadable: too big, not XML, a document type or an entity in it, not an RPU, or no site.
    """
    if len(raw) > MAX_BYTES:
        raise Unreadable(f"Le fichier fait {len(raw)} octets : {MAX_BYTES} au plus sont lus.")
    text, encoding, remarks = decode(raw)
    if found := _FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(f"Ligne {line} : trouvé « {found[0]} ». Un fichier RPU n'a ni type de document ni entité.")
    root = _parse(text)
    children = [child for child in root if isinstance(child.tag, str)]
    head = next((child for child in children if _name(child) == ESTABLISHMENT), None)
    if _name(root) != ROOT:
        remarks = (*remarks, f"Racine « {_name(root)[:30]} » : {ROOT} est attendu.")
    if head is None:
        raise Unreadable(f"L'élément {ESTABLISHMENT} manque : c'est lui qui dit de quel site sont les passages.")
    said = {_name(child): _text(child) for child in head if isinstance(child.tag, str)}
    finess = said.get("FINESS", "").replace(" ", "")
    if not re.fullmatch(r"[0-9A-Z]{9}", finess):
        raise Unreadable(f"Ligne {head.sourceline} : FINESS « {finess[:20]} », attendu un numéro de neuf caractères.")
    patients = [node for node in root.iter() if isinstance(node.tag, str) and _name(node) == PATIENT]
    if len(patients) > MAX_PASSAGES:
        raise Unreadable(f"{len(patients)} passages : {MAX_PASSAGES} au plus sont lus.")
    groups = sum(1 for child in children if _name(child) == "PASSAGES")
    if groups > 1:
        remarks = (*remarks, f"{groups} éléments PASSAGES : un seul est attendu, tous sont lus.")
    return ReadFile(
        finess=finess,
        order=said.get("ORDRE", ""),
        extracted_at=_moment(said.get("EXTRACT", "")),
        begin=_day(said.get("DATEDEBUT", "")),
        end=_day(said.get("DATEFIN", "")),
        encoding=encoding,
        passages=tuple(_patient(number, node) for number, node in enumerate(patients, 1)),
        remarks=remarks,
    )


def _parse(text: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    try:
        return etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Unreadable(f"Ligne {line}, colonne {column} : ce n'est pas du XML lisible ({error.msg}).") from None
    except ValueError as error:
        raise Unreadable(f"Ce n'est pas du XML lisible ({error}).") from None


def _name(node: etree._Element) -> str:
    return str(etree.QName(node).localname).upper()


def _text(node: etree._Element) -> str:
    return " ".join((node.text or "").split())


def _moment(text: str) -> datetime | None:
    for pattern in _MOMENTS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the file writes no zone
        except ValueError:
            continue
    return None


def _day(text: str) -> date | None:
    for pattern in _DAYS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - the file writes no zone
        except ValueError:
            continue
    found = _moment(text)
    return found.date() if found else None


# --- one passage --------------------------------------------------------------------------------------


def _patient(number: int, node: etree._Element) -> ReadPassage:
    line = int(node.sourceline or 0)
    found: dict[Item, list[str]] = {}
    problems: list[str] = []
    for child in node:
        if not isinstance(child.tag, str):
            continue
        item = _ITEM_OF_TAG.get(_name(child))
        if item is None:
            problems.append(f"Élément {_name(child)[:30]} : inconnu, il n'est pas lu.")
            continue
        given = _listed(child, item) if item in LISTS else [_text(child)]
        given = [value for value in given if value]
        if given and item in found and item not in LISTS:
            problems.append(f"{ITEM_LABELS[item]} : dit deux fois, la première valeur est gardée.")
            continue
        if given:
            found.setdefault(item, []).extend(given)
    return _read_items(number, line, found, problems)


def _listed(node: etree._Element, item: Item) -> list[str]:
    values = [_text(child) for child in node if isinstance(child.tag, str) and _name(child) == LISTS[item]]
    return values or [part for part in re.split(r"[\s;,|]+", _text(node)) if part]


def _read_items(number: int, line: int, found: dict[Item, list[str]], problems: list[str]) -> ReadPassage:
    arrival = found.pop(Item.ENTREE, [""])[0]
    arrived_at = _moment(arrival)
    if arrived_at is None:
        problems.append(f"Entrée : trouvé « {arrival[:30]} », attendu jj/mm/aaaa hh:mm. Le passage est refusé.")
        return ReadPassage(number, line, None, tuple(problems))
    passage = RpuPassage(arrived_at.replace(second=0))
    leaving = found.pop(Item.SORTIE, [""])[0]
    if leaving:
        left_at = _moment(leaving)
        if left_at is None:
            problems.append(f"Sortie : trouvé « {leaving[:30]} », attendu jj/mm/aaaa hh:mm.")
        elif left_at.replace(second=0) < passage.arrived_at:
            problems.append("Sortie : avant l'entrée ; elle n'est pas prise.")
        else:
            passage = replace(passage, left_at=left_at.replace(second=0))
    born = found.pop(Item.NAISSANCE, [""])[0]
    if born:
        birth = _day(born)
        if birth is None or birth > passage.arrived_at.date():
            problems.append(f"Date de naissance : trouvé « {born[:30]} », attendu jj/mm/aaaa, avant l'entrée.")
        else:
            passage = replace(passage, birth=birth)
    values = {item: kept for item, given in found.items() if (kept := _values(item, given, problems))}
    return ReadPassage(number, line, replace(passage, values=values), tuple(problems))


def _values(item: Item, given: Iterable[str], problems: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for value in given:
        text = re.sub(r"[.\s]", "", value).upper() if item in _CODES else value
        if item not in _CODES and item not in (Item.COMMUNE, Item.MOTIF):
            text = value.upper()
        wanted = badly_written(item, text)
        if wanted:
            problems.append(f"{ITEM_LABELS[item]} : trouvé « {value[:30]} », attendu {wanted}.")
        elif text not in kept:
            kept.append(text)
    return tuple(kept)
