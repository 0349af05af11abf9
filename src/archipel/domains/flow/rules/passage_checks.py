"""The quality of passages: formats, completeness and coherence of the 18 items of the RPU. Pure.

The formats are those of the nomenclatures (CIM-10, CCAM, postcode as the RPU V2006 writes it); whether a code exists is
for the nomenclature, where one is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from archipel.domains.flow.values.passages import (
    AWAY,
    CODES,
    HOSPITALISED,
    ITEM_LABELS,
    WARDS,
    Item,
    Passage,
    Problem,
    Severity,
)

PARIS = ZoneInfo("Europe/Paris")
CIM10 = re.compile(r"[A-Z][0-9]{2}(?:\.?[0-9A-Z+]{1,4})?")
"""Letter, two digits, then up to four characters, with or without a point."""
CCAM = re.compile(r"[A-Z]{4}[0-9]{3}")
"""Four letters, three digits."""
POSTCODE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}|99[0-9]{3}")
MOTIF_LIMIT, TOWN_LIMIT = 100, 100
OLDEST = 120
LONG_STAY = timedelta(hours=72)
LONG_PRESENCE = timedelta(hours=48)

_FORMATS: Mapping[Item, tuple[re.Pattern[str], str]] = {
    Item.CP: (POSTCODE, "cinq chiffres (99 puis le code INSEE du pays hors de France)"),
    Item.DP: (CIM10, "un code CIM-10 (une lettre, deux chiffres, puis au plus quatre caractères)"),
    Item.DA: (CIM10, "un code CIM-10 (une lettre, deux chiffres, puis au plus quatre caractères)"),
    Item.ACTES: (CCAM, "un code CCAM (quatre lettres, trois chiffres)"),
}


def badly_written(item: Item, value: str) -> str:
    """What is expected of a value that does not follow the nomenclature of its item (French); empty when it does."""
    if item in CODES:
        return "" if value in CODES[item] else f"un code parmi {', '.join(CODES[item])}"
    if item in _FORMATS:
        pattern, words = _FORMATS[item]
        return "" if pattern.fullmatch(value) else words
    limit = TOWN_LIMIT if item is Item.COMMUNE else MOTIF_LIMIT
    good = 0 < len(value) <= limit and all(c.isprintable() for c in value)
    return "" if good else f"un texte de 1 à {limit} caractères"


def expected(passage: Passage) -> tuple[Item, ...]:
    """The items that this passage should have: exit items once it ended, destination and orientation of a stay."""
    gone = passage.left_at is not None
    away = passage.one(Item.ORIENTATION) in AWAY
    found = [
        Item.CP, Item.COMMUNE, Item.NAISSANCE, Item.SEXE, Item.ENTREE, Item.MODE_ENTREE, Item.PROVENANCE,
        Item.TRANSPORT, Item.TRANSPORT_PEC, Item.MOTIF,
    ]  # fmt: skip
    if gone:
        found += [Item.SORTIE, Item.MODE_SORTIE]
        if not away:
            found += [Item.GRAVITE, Item.DP]
        if passage.one(Item.MODE_SORTIE) in HOSPITALISED:
            found += [Item.DESTINATION, Item.ORIENTATION]
    return tuple(found)


def has(passage: Passage, item: Item) -> bool:
    """Whether the item has a value."""
    if item is Item.NAISSANCE:
        return passage.birth is not None
    if item is Item.ENTREE:
        return True
    if item is Item.SORTIE:
        return passage.left_at is not None
    return bool(passage.values.get(item))


def check(passage: Passage, now: datetime) -> tuple[Problem, ...]:
    """Everything that is wrong with a passage at a moment, in the order of the items."""
    found: list[Problem] = []
    for item, values in passage.values.items():
        for value in values:
            wanted = badly_written(item, value)
            if wanted:
                text = f"{ITEM_LABELS[item]} : trouvé « {value[:30]} », attendu {wanted}."
                found.append(Problem("format", item, Severity.ERREUR, text))
    for item in expected(passage):
        if not has(passage, item):
            text = f"{ITEM_LABELS[item]} : manque."
            found.append(Problem("manque", item, Severity.MANQUE, text))
    for rule in _RULES:
        found += rule(passage, now)
    order = {item: rank for rank, item in enumerate(Item)}
    return tuple(sorted(found, key=lambda p: (order[p.item], p.code, p.sentence)))


# --- coherence ----------------------------------------------------------------------------------------


def _error(code: str, item: Item, sentence: str) -> Problem:
    return Problem(code, item, Severity.ERREUR, sentence)


def _alert(code: str, item: Item, sentence: str) -> Problem:
    return Problem(code, item, Severity.ALERTE, sentence)


def _times(p: Passage, now: datetime) -> Iterator[Problem]:
    if p.arrived_at > now:
        yield _error("entree-future", Item.ENTREE, "L'entrée est dans le futur.")
    if p.left_at is None:
        if now - p.arrived_at > LONG_PRESENCE:
            hours = int((now - p.arrived_at).total_seconds() // 3600)
            yield _alert("present-longtemps", Item.SORTIE, f"Présent depuis {hours} h : la sortie a-t-elle été dite ?")
        return
    if p.left_at < p.arrived_at:
        yield _error("sortie-avant-entree", Item.SORTIE, "La sortie est avant l'entrée.")
    elif p.left_at - p.arrived_at > LONG_STAY:
        hours = int((p.left_at - p.arrived_at).total_seconds() // 3600)
        yield _alert("duree-longue", Item.SORTIE, f"Passage de {hours} h : plus de 72 h aux urgences.")
    elif p.left_at == p.arrived_at:
        yield _alert("duree-nulle", Item.SORTIE, "L'entrée et la sortie sont à la même minute.")


def _birth(p: Passage, now: datetime) -> Iterator[Problem]:
    if p.birth is None:
        return
    day = p.arrived_at.astimezone(PARIS).date()
    if p.birth > day:
        yield _error("naissance-apres-entree", Item.NAISSANCE, "La naissance est après l'entrée.")
    elif day.year - p.birth.year > OLDEST:
        yield _error("age", Item.NAISSANCE, f"Âge de {day.year - p.birth.year} ans : {OLDEST} au plus sont attendus.")


def _entry(p: Passage, now: datetime) -> Iterator[Problem]:
    mode, origin = p.one(Item.MODE_ENTREE), p.one(Item.PROVENANCE)
    if mode and origin and (mode in HOSPITALISED) != (origin in "1234"):
        wanted = "1 à 4" if mode in HOSPITALISED else "5 à 8"
        yield _error(
            "entree-provenance", Item.PROVENANCE,
            f"Mode d'entrée {mode} et provenance {origin} : la provenance attendue est {wanted}.",
        )  # fmt: skip
    transport, care = p.one(Item.TRANSPORT), p.one(Item.TRANSPORT_PEC)
    if transport == "PERSO" and care in ("MED", "PARAMED"):
        yield _error("transport-pec", Item.TRANSPORT_PEC, "Transport personnel et prise en charge soignante.")
    if transport == "SMUR" and care and care != "MED":
        yield _error("transport-pec", Item.TRANSPORT_PEC, f"SMUR et prise en charge {care} : MED est attendu.")


def _exit(p: Passage, now: datetime) -> Iterator[Problem]:
    mode, to, where = p.one(Item.MODE_SORTIE), p.one(Item.DESTINATION), p.one(Item.ORIENTATION)
    if mode and p.left_at is None:
        yield _error("mode-sans-sortie", Item.MODE_SORTIE, "Un mode de sortie est dit, sans heure de sortie.")
    if mode and where in WARDS and mode not in HOSPITALISED:
        yield _error(
            "mode-orientation", Item.ORIENTATION,
            f"Mode de sortie {mode} et orientation {where} : une hospitalisation demande le mode 6 ou 7.",
        )  # fmt: skip
    if where in AWAY and mode and mode != "8":
        yield _error(
            "mode-orientation", Item.ORIENTATION,
            f"Mode de sortie {mode} et orientation {where} : le mode 8 est attendu.",
        )  # fmt: skip
    if to in ("1", "2", "3", "4") and mode and mode not in HOSPITALISED:
        yield _error("mode-destination", Item.DESTINATION, f"Destination {to} et mode de sortie {mode}.")
    if to in ("6", "7") and mode and mode != "8":
        yield _error(
            "mode-destination", Item.DESTINATION, f"Destination {to} et mode de sortie {mode} : 8 est attendu."
        )
    if to and where in WARDS and (where in ("HDT", "HO")) != (to == "4"):
        yield _alert("destination-orientation", Item.ORIENTATION, f"Destination {to} et orientation {where}.")


def _severity(p: Passage, now: datetime) -> Iterator[Problem]:
    gravity, mode = p.one(Item.GRAVITE), p.one(Item.MODE_SORTIE)
    if gravity == "D" and mode and mode != "9":
        yield _error("ccmu-sortie", Item.GRAVITE, f"CCMU D et mode de sortie {mode} : 9 est attendu.")
    if gravity == "1" and mode in HOSPITALISED:
        yield _alert("ccmu-sortie", Item.GRAVITE, "CCMU 1 (ni acte ni examen) et hospitalisation.")
    if gravity in ("4", "5") and mode == "8" and p.one(Item.ORIENTATION) not in AWAY:
        yield _alert("ccmu-sortie", Item.GRAVITE, f"CCMU {gravity} (pronostic vital engagé) et retour au domicile.")
    if gravity == "P" and p.one(Item.DP) and p.one(Item.DP)[0] not in "FRXZT":
        yield _alert("ccmu-dp", Item.DP, f"CCMU P et diagnostic {p.one(Item.DP)}, qui n'est pas psychiatrique.")


def _diagnosis(p: Passage, now: datetime) -> Iterator[Problem]:
    main = p.one(Item.DP)
    if main.startswith("O") and p.one(Item.SEXE) == "M":
        yield _error("dp-sexe", Item.DP, f"Diagnostic {main} (grossesse, accouchement) et sexe M.")
    if p.one(Item.ORIENTATION) == "OBST" and p.one(Item.SEXE) == "M":
        yield _error("orientation-sexe", Item.ORIENTATION, "Orientation OBST et sexe M.")
    if main and main in p.many(Item.DA):
        yield _alert("da-double", Item.DA, f"Diagnostic {main} : à la fois principal et associé.")
    if p.one(Item.ORIENTATION) == "PSA" and p.many(Item.ACTES):
        yield _alert("psa-actes", Item.ACTES, "Parti sans attendre, et des actes sont codés.")


_RULES: tuple[Callable[[Passage, datetime], Iterator[Problem]], ...] = (
    _times, _birth, _entry, _exit, _severity, _diagnosis,
)  # fmt: skip


# --- many passages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Completeness:
    """One item over many passages."""

    item: Item
    filled: int
    wanted: int

    @property
    def percent(self) -> float | None:
        """Filled in per cent of wanted; None when no passage was to have it."""
        return 100 * self.filled / self.wanted if self.wanted else None


def completeness(passages: Sequence[Passage]) -> tuple[Completeness, ...]:
    """How many passages have each item, among those that should."""
    filled = dict.fromkeys(Item, 0)
    wanted = dict.fromkeys(Item, 0)
    for passage in passages:
        for item in expected(passage):
            wanted[item] += 1
            filled[item] += has(passage, item)
    return tuple(Completeness(item, filled[item], wanted[item]) for item in Item)


def overall(rows: Iterable[Completeness]) -> float | None:
    """All items together, in per cent; None without any passage."""
    kept = list(rows)
    wanted = sum(row.wanted for row in kept)
    return 100 * sum(row.filled for row in kept) / wanted if wanted else None
