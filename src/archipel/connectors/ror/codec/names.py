"""Addresses, headers and systems of the ROR's interface.

Sources: documentation of the ROR's FHIR interface (ANS), pages « Patch capacitaire », « Consommation des API FHIR » and
« Consultation des données capacitaires »; Nomenclature des objets de santé (NOS).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

PROFILES = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/"
CAPACITY = PROFILES + "ror-location-supported-capacity"
LOCATION = PROFILES + "ror-location"
SERVICE = PROFILES + "ror-healthcareservice"
CAPACITY_PATH = f"Location.extension.where(url='{CAPACITY}')"
"""The FHIRPath by which the ROR names the indicators of a place."""

FHIR_JSON = "application/fhir+json"
WRITE_PATH = "/ws-synchro-dispo-lits-fhir/Location"
PAGE = 200
"""Results in one page of the ROR, at the most."""

ROR_HEADERS = (
    "Ror-Profil-Utilisateur-Code",
    "Ror-Profil-Utilisateur-System",
    "Ror-Role-Metier-Code",
    "Ror-Role-Metier-System",
)
"""Required to read, forbidden to write."""


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a JSON list; anything else holds none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def code_system(number: int, name: str) -> str:
    """The address of a nomenclature of the NOS: ``code_system(330, "TypeStatutCapacite")``."""
    return f"https://mos.esante.gouv.fr/NOS/TRE_R{number}-{name}/FHIR/TRE-R{number}-{name}"


R329 = code_system(329, "NatureCapacite")
R330 = code_system(330, "TypeStatutCapacite")
R331 = code_system(331, "TemporaliteCapacite")
R332 = code_system(332, "GenreCapacite")
R333 = code_system(333, "TypeFermetureCapacite")
R334 = code_system(334, "TypeLitSupplementaire")
R335 = code_system(335, "TypeSourceCapacite")
R336 = code_system(336, "TypeCrise")
R337 = code_system(337, "AffectationTemporaire")

COMMUNE = PROFILES + "ror-commune-cog"
CREATED = PROFILES + "ror-meta-creation-date"
GEOLOCATION = PROFILES + "ror-location-geolocation"


def write_url(base: str, key: str) -> str:
    """Where the capacities of a place are written.

    Args:
        base: the address given by the ANS, without a final slash.
        key: ``IdNatStruct/code externe``; the slash stays as it is, as documented.
    """
    return f"{base.rstrip('/')}{WRITE_PATH}?identifier={quote(key, safe='/')}"


def write_headers(token: str) -> dict[str, str]:
    """The only two headers of a writing; the four ``Ror-*`` must be absent."""
    return {"Authorization": f"Bearer {token}", "Content-Type": FHIR_JSON}


def read_headers(token: str, profile: tuple[str, str], role: tuple[str, str]) -> dict[str, str]:
    """The headers of a reading: (code, system) of the user's profile and of the trade, given at integration."""
    values = (*profile, *role)
    return {"Authorization": f"Bearer {token}", "Accept": FHIR_JSON} | dict(zip(ROR_HEADERS, values, strict=True))


def instant(moment: datetime) -> str:
    """A moment as the ROR's examples write it: UTC, to the second."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def search_url(
    base: str,
    *,
    since: datetime | None = None,
    region: str = "",
    identifier: str = "",
    count: int = PAGE,
    offset: int = 0,
) -> str:
    """Where places are read with the offers that refer to them.

    Args:
        base: the address given by the ANS.
        since: only what changed from this moment on.
        region: code of the region the data come from.
        identifier: one place only, by ``IdNatStruct/code externe`` or by its functional identifier.
        count: results in a page.
        offset: rank of the first result; used when the ROR gives no link to the next page.
    """
    asked: list[tuple[str, str]] = []
    if since is not None:
        asked.append(("_lastUpdated", f"ge{instant(since)}"))
    if region:
        asked.append(("_tag", region))
    if identifier:
        asked.append(("identifier", identifier))
    asked += [("_revinclude", "HealthcareService:location"), ("_count", str(count))]
    if offset:
        asked.append(("_offset", str(offset)))
    return f"{base.rstrip('/')}/Location?{urlencode(asked, safe=':/')}"
