"""What the ROR answers to a reading: a searchset of places and of the offers that refer to them.

Source: documentation of the ROR's FHIR interface (ANS), « Consultation des données capacitaires »: 200 results at the
most in a page, ``total`` says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archipel.connectors.ror.codec import capacity, names
from archipel.connectors.ror.codec.capacity import Figure, Json, Unreadable

EXTERNAL, FUNCTIONAL = "26", "25"
"""JDV_J236: external code of synchronisation, functional identifier."""


@dataclass(frozen=True, slots=True)
class Service:
    """An offer (HealthcareService) and the places that it uses."""

    name: str
    provider: str
    """The reference to the organisation, or its display."""
    specialties: tuple[str, ...]
    locations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place (Location) with its figures."""

    location: str
    name: str
    external: str
    """``IdNatStruct/code``, empty when it has none."""
    functional: str
    updated_at: datetime
    figures: tuple[Figure, ...]
    organisation: str = ""
    commune: str = ""
    region: str = ""
    latitude: float | None = None
    longitude: float | None = None
    resource: Json | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of answers."""

    total: int
    places: tuple[Place, ...]
    services: tuple[Service, ...]
    next_url: str
    problems: tuple[str, ...]
    """What could not be read (French); the rest is there."""


def read(body: object) -> Page:
    """A page.

    Raises:
        Unreadable: it is not a searchset, or ``total`` is missing.
    """
    if not isinstance(body, Mapping) or body.get("resourceType") != "Bundle" or body.get("type") != "searchset":
        raise Unreadable("Bundle : attendu un Bundle de type searchset.")
    total = body.get("total")
    if isinstance(total, bool) or not isinstance(total, int):
        raise Unreadable(f"Bundle.total : trouvé « {str(total)[:20]} », attendu un entier.")
    places, services, problems = [], [], []
    for rank, resource in enumerate(_resources(body)):
        try:
            if resource.get("resourceType") == "Location":
                place, wrong = read_place(resource)
                places.append(place)
                problems += wrong
            elif resource.get("resourceType") == "HealthcareService":
                services.append(_service(resource))
        except Unreadable as error:
            problems.append(f"entry[{rank}], {resource.get('resourceType')} {str(resource.get('id'))[:40]} : {error}")
    return Page(total, tuple(places), tuple(services), _next(body), tuple(problems))


def _resources(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in names.objects(body.get("entry")):
        resource = entry.get("resource")
        if isinstance(resource, Mapping):
            yield resource


def _next(body: Mapping[str, Any]) -> str:
    for link in names.objects(body.get("link")):
        if link.get("relation") == "next":
            return str(link.get("url", ""))
    return ""


def read_place(resource: Mapping[str, Any]) -> tuple[Place, list[str]]:
    """A place, and what could not be read in its figures.

    Raises:
        Unreadable: it has no id or no date of update.
    """
    identifier = resource.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise Unreadable("Location.id : absent.")
    meta = resource.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    updated = capacity.moment(meta.get("lastUpdated"), "Location.meta.lastUpdated")
    found, problems = capacity.figures(resource)
    known = dict(_identifiers(resource))
    position, organisation, address = (
        one if isinstance(one := resource.get(name), Mapping) else {}
        for name in ("position", "managingOrganization", "address")
    )
    tags = [tag.get("code") for tag in names.objects(meta.get("tag"))]
    place = Place(
        location=identifier,
        name=str(resource.get("name") or resource.get("description") or identifier),
        external=known.get(EXTERNAL, ""),
        functional=known.get(FUNCTIONAL, ""),
        updated_at=updated,
        figures=tuple(found),
        organisation=str(organisation.get("display") or organisation.get("reference") or ""),
        commune=str(address.get("city") or ""),
        region=next((t for t in tags if isinstance(t, str)), ""),
        latitude=_number(position.get("latitude")),
        longitude=_number(position.get("longitude")),
        resource=dict(resource),
    )
    return place, [f"{identifier} : {text}" for text in problems]


def _identifiers(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in names.objects(resource.get("identifier")):
        for coding in _codings(one.get("type")):
            if isinstance(one.get("value"), str):
                yield str(coding.get("code")), one["value"]


def _codings(concept: object) -> list[Mapping[str, Any]]:
    return names.objects(concept.get("coding")) if isinstance(concept, Mapping) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _service(resource: Mapping[str, Any]) -> Service:
    provider = resource.get("providedBy")
    provider = provider if isinstance(provider, Mapping) else {}
    codes = [
        str(coding.get("display") or coding.get("code") or "")
        for concept in names.objects(resource.get("specialty"))
        for coding in _codings(concept)
    ]
    references = [str(one.get("reference", "")) for one in names.objects(resource.get("location"))]
    return Service(
        name=str(resource.get("name") or ""),
        provider=str(provider.get("display") or provider.get("reference") or ""),
        specialties=tuple(dict.fromkeys(code for code in codes if code)),
        locations=tuple(reference.rsplit("/", 1)[-1] for reference in references if reference),
    )


def location(
    identifier: str,
    *,
    name: str,
    external: str,
    created: datetime,
    updated: datetime,
    commune: str,
    figures: tuple[Figure, ...] = (),
    organisation: str = "",
    region: str = "",
    position: tuple[float, float] | None = None,
) -> Json:
    """A Location, as the ROR gives it; used by the test server.

    Args:
        identifier: technical id.
        external: ``IdNatStruct/code``.
        commune: INSEE code of the commune.
        position: (latitude, longitude) in degrees.
    """
    cog = {"coding": [{"code": commune, "system": names.code_system(13, "CommuneOM")}]}
    resource: Json = {
        "resourceType": "Location",
        "id": identifier,
        "meta": {"lastUpdated": names.instant(updated), "profile": [names.LOCATION]},
        "extension": [
            {"url": names.COMMUNE, "valueCodeableConcept": cog},
            {"url": names.CREATED, "valueDateTime": names.instant(created)},
            *(capacity.build(figure) for figure in figures),
        ],
        "identifier": [{"type": {"coding": [{"code": EXTERNAL}]}, "value": external}],
        "status": "active",
        "name": name,
    }
    if region:
        resource["meta"]["tag"] = [{"code": region}]
    if organisation:
        resource["managingOrganization"] = {"display": organisation}
    if position is not None:
        resource["position"] = {"latitude": position[0], "longitude": position[1]}
    return resource
