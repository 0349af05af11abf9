"""What an RPU file holds, in the words of its elements. Pure.

Source: arrêté du 24 juillet 2013, art. 3 (18 items) and 5 (transmission); format RPU V2006 (elements, dates, codes). No
schema is published: the layout follows the files that regional servers exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from archipel.domains.flow.values.passages import Item

TAGS: dict[Item, str] = {
    Item.CP: "CP",
    Item.COMMUNE: "COMMUNE",
    Item.NAISSANCE: "NAISSANCE",
    Item.SEXE: "SEXE",
    Item.ENTREE: "ENTREE",
    Item.MODE_ENTREE: "MODE_ENTREE",
    Item.PROVENANCE: "PROVENANCE",
    Item.TRANSPORT: "TRANSPORT",
    Item.TRANSPORT_PEC: "TRANSPORT_PEC",
    Item.MOTIF: "MOTIF",
    Item.GRAVITE: "GRAVITE",
    Item.DP: "DP",
    Item.DA: "LISTE_DA",
    Item.ACTES: "LISTE_ACTES",
    Item.SORTIE: "SORTIE",
    Item.MODE_SORTIE: "MODE_SORTIE",
    Item.DESTINATION: "DESTINATION",
    Item.ORIENTATION: "ORIENT",
}
"""Item → element of PATIENT, in the order of the file."""
LISTS: dict[Item, str] = {Item.DA: "DA", Item.ACTES: "ACTE"}
"""Items that are a list → element of one value."""
DATE_ITEMS = frozenset({Item.NAISSANCE, Item.ENTREE, Item.SORTIE})
DAY, MINUTE, SECOND = "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"
ROOT, ESTABLISHMENT, PASSAGES, PATIENT = "OSCOUR", "ETABLISSEMENT", "PASSAGES", "PATIENT"


@dataclass(frozen=True, slots=True)
class RpuPassage:
    """One PATIENT. Times are those of a clock in Paris, to the minute, without zone, as the file writes them."""

    arrived_at: datetime
    left_at: datetime | None = None
    birth: date | None = None
    values: dict[Item, tuple[str, ...]] = field(default_factory=dict)
    """The other items; those without value are left out."""


@dataclass(frozen=True, slots=True)
class RpuFile:
    """A whole file."""

    finess: str
    """FINESS of the site."""
    order: str
    """ORDRE: its meaning is the regional server's; a setting."""
    extracted_at: datetime | None
    """EXTRACT, on a clock in Paris; None: left empty."""
    begin: date
    """DATEDEBUT: first day of arrival."""
    end: date
    """DATEFIN: last day of arrival."""
    passages: tuple[RpuPassage, ...] = ()


def file_name(pattern: str, file: RpuFile) -> str:
    """The name of a file, from a pattern: ``{finess}``, ``{ordre}``, ``{aaaammjj}``, ``{aammjj}``, ``{hhmmss}``.

    Names seen: ``O<FINESS>_<ORDRE>_<AAAAMMJJHHMMSS>.xml`` and ``RPU_<FINESS>_<AAMMJJ>.xml``. The moment is EXTRACT.
    """
    moment = file.extracted_at or datetime.combine(file.end, datetime.min.time())
    return pattern.format(
        finess=file.finess,
        ordre=file.order,
        aaaammjj=f"{moment:%Y%m%d}",
        aammjj=f"{moment:%y%m%d}",
        hhmmss=f"{moment:%H%M%S}",
    )
