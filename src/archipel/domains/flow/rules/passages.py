"""A passage built from its venue, and the ledger of what was entered about it. Pure.

What movements and identity tell comes first; what somebody entered prevails on the items that may be entered. Modes,
provenances and destinations follow the nomenclature of the PMSI that the RPU V2006 format reuses.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from archipel.domains.flow.rules.beds import standing
from archipel.domains.flow.values import Segment
from archipel.domains.flow.values.passages import CODES, ENTERED, EdRun, Entered, Item, Origin, Passage, PassageFact

ORIENTATION_OF_FILIERE: Mapping[str, str] = MappingProxyType(
    {"MED": "MED", "GER": "MED", "PED": "MED", "CHI": "CHIR", "OBS": "OBST", "UHCD": "UHCD"}
)
"""Filière of the ward → orientation. Critical care (REA, SI or SC) and psychiatry (HDT, HO) need a person to say."""
DESTINATION_OF_FILIERE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("MED", "CHI", "OBS", "PED", "GER", "SCA", "SCP", "BRU", "UHCD"), "1"),
        "SMR": "2",
        "SLD": "3",
        "PSY": "4",
    }
)
"""Filière of the ward → destination (PMSI)."""


def unit_of(segment: Segment) -> str:
    """The unit that houses, else the medical one."""
    return segment.place.uf or segment.uf_medicale


def runs(segments: Iterable[Segment], ed_ufs: Container[str]) -> tuple[EdRun, ...]:
    """The unbroken stretches of a venue in the emergency department, in order.

    Args:
        segments: of one venue, in order.
        ed_ufs: codes of the UF that are an emergency department.
    """
    found: list[EdRun] = []
    rows = tuple(segments)
    index = 0
    while index < len(rows):
        if unit_of(rows[index]) not in ed_ufs:
            index += 1
            continue
        first = index
        while index + 1 < len(rows) and rows[index + 1].begin == rows[index].end and unit_of(rows[index + 1]) in ed_ufs:
            index += 1
        last = rows[index]
        before = unit_of(rows[first - 1]) if first and rows[first - 1].end == rows[first].begin else None
        following = rows[index + 1] if index + 1 < len(rows) else None
        after = unit_of(following) if following is not None and following.begin == last.end else None
        ufs = tuple(dict.fromkeys(unit_of(row) for row in rows[first : index + 1]))
        found.append(EdRun(rows[first].begin, last.end, ufs, before, after))
        index += 1
    return tuple(found)


def share_out(facts: Iterable[PassageFact], stretches: Sequence[EdRun]) -> tuple[tuple[PassageFact, ...], ...]:
    """The facts of each passage: a fact belongs to the last one begun by its moment, the first when it is earlier."""
    found: list[list[PassageFact]] = [[] for _ in stretches]
    if stretches:
        for fact in facts:
            begun = [rank for rank, run in enumerate(stretches) if run.begin <= fact.effective_at]
            found[begun[-1] if begun else 0].append(fact)
    return tuple(tuple(rows) for rows in found)


def holding(facts: Iterable[PassageFact], known_at: datetime) -> dict[Item, Entered]:
    """What was entered and still holds: the last of each item that was not taken back. Order never matters."""
    found: dict[Item, Entered] = {}
    for fact in standing(facts, known_at):
        item = Item(fact.item)
        found[item] = Entered(fact.fact_id, fact.value, fact.actor, fact.recorded_at)
    return found


def moment_for(run: EdRun, now: datetime) -> datetime:
    """The moment that ties an entry to its passage, even when made after the exit."""
    end = run.end if run.end is not None and run.end < now else now
    return max(run.begin, end)


def told(
    run: EdRun,
    filieres: Mapping[str, str],
    attributes: Mapping[str, str],
    *,
    exit_mode: str,
    discharged_at: datetime | None,
) -> dict[Item, str]:
    """What the movements tell of a passage.

    Args:
        run: the passage.
        filieres: UF → filière.
        attributes: the other facts of the venue (ZFM: ``pmsi_…``; ``residence_cp``, ``residence_commune``).
        exit_mode: mode of exit of the venue, PMSI (ZFM-2, PV1-36).
        discharged_at: when the venue ended; the mode of exit is the passage's only if it ended then.
    """
    found: dict[Item, str] = {}
    first = attributes.get("pmsi_mode_entree", "")
    if run.before is not None:
        found[Item.MODE_ENTREE] = "6"
        found[Item.PROVENANCE] = DESTINATION_OF_FILIERE.get(filieres.get(run.before, ""), "")
    elif first in CODES[Item.MODE_ENTREE]:
        found[Item.MODE_ENTREE] = first
        found[Item.PROVENANCE] = attributes.get("pmsi_provenance", "")
    found[Item.CP] = attributes.get("residence_cp", "")
    found[Item.COMMUNE] = attributes.get("residence_commune", "")
    if run.after is not None:
        filiere = filieres.get(run.after, "")
        found[Item.MODE_SORTIE] = "6"
        found[Item.DESTINATION] = DESTINATION_OF_FILIERE.get(filiere, "")
        found[Item.ORIENTATION] = ORIENTATION_OF_FILIERE.get(filiere, "")
    elif run.end is not None and discharged_at == run.end and exit_mode in CODES[Item.MODE_SORTIE]:
        found[Item.MODE_SORTIE] = exit_mode
        found[Item.DESTINATION] = attributes.get("pmsi_destination", "")
    for item in (Item.PROVENANCE, Item.DESTINATION):
        if found.get(item, "") not in CODES[item]:
            found.pop(item, None)
    return {item: value for item, value in found.items() if value}


def build(
    run: EdRun,
    *,
    establishment: str,
    site: str,
    venue_id: int,
    venue: str,
    rank: int,
    movements: Mapping[Item, str],
    entered: Mapping[Item, Entered],
    birth: date | None,
    sex: str,
) -> Passage:
    """The passage with its items: told by movements and identity, then as entered.

    An item entered as empty has no value: somebody said that what the movements tell is wrong. A moment of exit still
    to come belongs to the caller's picture, who leaves it out.
    """
    values: dict[Item, tuple[str, ...]] = {item: (value,) for item, value in movements.items()}
    origins = dict.fromkeys(values, Origin.MOUVEMENTS)
    values[Item.SEXE] = (sex if sex in CODES[Item.SEXE] else "I",)
    origins[Item.SEXE] = Origin.IDENTITE
    for item in ENTERED:
        if item in entered:
            values[item] = entered[item].value
            origins[item] = Origin.SAISIE
    return Passage(
        establishment=establishment,
        site=site,
        venue_id=venue_id,
        venue=venue,
        rank=rank,
        uf=run.ufs[0],
        arrived_at=run.begin,
        left_at=run.end,
        values={item: value for item, value in values.items() if value},
        origins=origins,
        birth=birth,
        entered=entered,
        ward=run.after or "",
    )
