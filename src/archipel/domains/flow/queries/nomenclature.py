"""Codes offered while somebody types: acts and diagnoses, from short lists or from the files that a site gives.

What ships is short: acts of emergency departments out of the CCAM, usual diagnoses named in our own words. The whole
CIM-10 and the thesaurus of reasons are not ours to give: a site names its own file in the settings. A code that no list
holds is accepted when it is well written.
"""

from __future__ import annotations

import csv
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archipel.domains.flow.rules.passage_checks import badly_written
from archipel.domains.flow.values.passages import Item
from archipel.foundation.files import reference_dir
from archipel.kernel.errors import Invalid, NotFound

VARIABLES: Mapping[Item, str] = {
    Item.DP: "ARCHIPEL_CIM10",
    Item.DA: "ARCHIPEL_CIM10",
    Item.MOTIF: "ARCHIPEL_MOTIFS",
    Item.ACTES: "ARCHIPEL_CCAM",
}
"""Item → variable that names a file ``code;libelle`` (UTF-8), read instead of the short list."""
_SHIPPED = {
    Item.DP: "cim10_urgences.csv",
    Item.DA: "cim10_urgences.csv",
    Item.MOTIF: "cim10_urgences.csv",
    Item.ACTES: "ccam_urgences.csv",
}
LIMIT = 20


@dataclass(frozen=True, slots=True)
class CodeLabel:
    """A code and what it means."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """The codes that one item is offered."""

    codes: tuple[CodeLabel, ...]
    source: str
    """The file, as shown on the screen."""
    whole: bool
    """A site gave it: it is meant to be complete."""

    def label(self, code: str) -> str:
        """What a code means; empty when this list does not hold it."""
        return _labels(self.codes).get(code, "")


@lru_cache(maxsize=8)
def _labels(codes: tuple[CodeLabel, ...]) -> Mapping[str, str]:
    return {one.code: one.label for one in codes}


def nomenclature(item: Item) -> Nomenclature:
    """The list of one item; empty for an item that has none.

    Raises:
        NotFound: the file that the settings name is not there.
        Invalid: one of its lines is not ``code;libelle``; the sentence says which.
    """
    if item not in VARIABLES:
        return Nomenclature((), "", False)
    given = os.environ.get(VARIABLES[item], "")
    if given:
        return Nomenclature(_read(Path(given), item), Path(given).name, True)
    return Nomenclature(_read(reference_dir() / "flow" / _SHIPPED[item], item), "liste courte d'Archipel", False)


@lru_cache(maxsize=8)
def _read(path: Path, item: Item) -> tuple[CodeLabel, ...]:
    found: list[CodeLabel] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter=";"), 1):
                if not row or (number == 1 and row[0].strip().lower() == "code"):
                    continue
                code = row[0].replace(".", "").strip().upper() if item is not Item.MOTIF else row[0].strip()
                if len(row) < 2 or badly_written(item, code):
                    text = f"{path.name}, ligne {number} : trouvé « {';'.join(row)[:60]} », attendu code;libelle."
                    raise Invalid(text, code="nomenclature")
                found.append(CodeLabel(code, row[1].strip()))
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"Le fichier de codes {path} n'est pas lisible ({error}).", code="nomenclature") from None
    return tuple(found)


def search_codes(item: Item, words: str, *, limit: int = LIMIT) -> tuple[CodeLabel, ...]:
    """The codes that begin with what is typed, then those whose words all hold it, without accents nor case."""
    plain = _plain(words)
    if not plain:
        return ()
    code = plain.replace(".", "").replace(" ", "")
    parts = plain.split()
    rows = nomenclature(item).codes
    begin = [one for one in rows if _plain(one.code).startswith(code)]
    inside = [one for one in rows if one not in begin and all(part in _plain(one.label) for part in parts)]
    return tuple((begin + inside)[:limit])


@lru_cache(maxsize=50_000)
def _plain(text: str) -> str:
    split = unicodedata.normalize("NFKD", text.strip().lower().replace("œ", "oe"))
    return "".join(c for c in split if not unicodedata.combining(c))
