"""One figure of a place: the extension ``ror-location-supported-capacity``, written and read.

Source: StructureDefinition ror-location-supported-capacity (ANS, 2023-05); ``temporaryAssignement`` is spelt so there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archipel.connectors.ror.codec import names
from archipel.domains.flow.values.offers import LABELS, Indicator, Source

Json = dict[str, Any]

CODED: tuple[tuple[str, str, str], ...] = (
    ("capacityStatus", names.R330, "R330"),
    ("capacityType", names.R329, "R329"),
    ("temporalityCapacity", names.R331, "R331"),
    ("capacitySourceType", names.R335, "R335"),
    ("genderCapacityAvailable", names.R332, "R332"),
    ("capacityClosingType", names.R333, "R333"),
    ("additionalBedType", names.R334, "R334"),
    ("crisisType", names.R336, "R336"),
    ("temporaryAssignement", names.R337, "R337"),
)
"""(url of the inner extension, system, nomenclature), in the order in which they are written."""

KEY: tuple[tuple[str, str], ...] = (
    ("capacityStatus", "status"),
    ("temporalityCapacity", "temporality"),
    ("genderCapacityAvailable", "gender"),
    ("capacityClosingType", "closing"),
    ("additionalBedType", "additional"),
    ("crisisType", "crisis"),
    ("temporaryAssignement", "assignment"),
)
"""(url of the inner extension, attribute of :class:`Indicator`): what tells one indicator from another."""


class Unreadable(ValueError):
    """What was received cannot be read; the sentence says where (French)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How many beds or places, for an indicator, since when and from what."""

    indicator: Indicator
    count: int
    updated_at: datetime
    nature: str = "01"
    """R329."""
    source: str = Source.BED_MANAGEMENT.value
    """R335."""
    comment: str = ""


def coded(url: str, system: str, table: str, code: str) -> Json:
    """An inner extension that carries one code with its label."""
    coding = {"code": code, "display": LABELS[table].get(code, code), "system": system}
    return {"url": url, "valueCodeableConcept": {"coding": [coding]}}


def build(figure: Figure) -> Json:
    """The extension, as it is sent."""
    codes = {url: getattr(figure.indicator, attribute) for url, attribute in KEY}
    codes |= {"capacityType": figure.nature, "capacitySourceType": figure.source}
    inner: list[Json] = [
        {"url": "nbCapacity", "valueInteger": figure.count},
        {"url": "capacityUpdateDate", "valueDateTime": names.instant(figure.updated_at)},
    ]
    inner += [coded(url, system, table, codes[url]) for url, system, table in CODED if codes[url]]
    if figure.comment:
        inner.append({"url": "comment", "valueString": figure.comment})
    return {"extension": inner, "url": names.CAPACITY}


def read(extension: Mapping[str, Any]) -> Figure:
    """The figure of an extension.

    Raises:
        Unreadable: an inner extension is missing, or is not of its type.
    """
    inner: dict[str, Mapping[str, Any]] = {}
    for one in names.objects(extension.get("extension")):
        if isinstance(one.get("url"), str):
            inner[one["url"]] = one
    status = code_of(inner, "capacityStatus")
    if not status:
        raise Unreadable("capacityStatus : absent, attendu un code de R330.")
    count = inner.get("nbCapacity", {}).get("valueInteger")
    if isinstance(count, bool) or not isinstance(count, int):
        raise Unreadable(f"nbCapacity : trouvé « {str(count)[:20]} », attendu un entier.")
    attributes = {attribute: code_of(inner, url) for url, attribute in KEY}
    return Figure(
        indicator=Indicator(**attributes),
        count=count,
        updated_at=moment(inner.get("capacityUpdateDate", {}).get("valueDateTime"), "capacityUpdateDate"),
        nature=code_of(inner, "capacityType"),
        source=code_of(inner, "capacitySourceType"),
        comment=str(inner.get("comment", {}).get("valueString", "")),
    )


def code_of(inner: Mapping[str, Mapping[str, Any]], url: str) -> str:
    """The code of an inner extension, empty when it is not there."""
    concept = inner.get(url, {}).get("valueCodeableConcept")
    found = [one.get("code") for one in names.objects(concept.get("coding"))] if isinstance(concept, Mapping) else []
    return next((code for code in found if isinstance(code, str) and code), "")


def moment(text: object, where: str) -> datetime:
    """A FHIR dateTime or instant; a date alone is its first instant, without a zone it is UTC.

    Raises:
        Unreadable: it is neither.
    """
    if isinstance(text, str) and len(text) >= 10:
        try:
            found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            found = None
        if found is not None:
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise Unreadable(f"{where} : trouvé « {str(text)[:40]} », attendu une date et une heure FHIR.")


def figures(resource: Mapping[str, Any]) -> tuple[list[Figure], list[str]]:
    """The figures of a Location, and what could not be read in it (French); the rest goes on."""
    found, problems = [], []
    for rank, one in enumerate(names.objects(resource.get("extension"))):
        if one.get("url") == names.CAPACITY:
            try:
                found.append(read(one))
            except Unreadable as error:
                problems.append(f"Location.extension[{rank}] : {error}")
    return found, problems
