"""The ROR's profiles and nomenclatures, read from the reference data, and the checker made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from archipel.connectors.ror.codec.checker import Checker, Profile
from archipel.foundation.files import reference_dir

_JDV = "https://mos.esante.gouv.fr/NOS/JDV_"
ROR_VALUE_SETS = {
    "J187-NatureCapacite": "R329-NatureCapacite",
    "J188-TypeStatutCapacite": "R330-TypeStatutCapacite",
    "J189-TemporaliteCapacite": "R331-TemporaliteCapacite",
    "J190-GenreCapacite": "R332-GenreCapacite",
    "J191-TypeFermetureCapacite": "R333-TypeFermetureCapacite",
    "J192-TypeLitSupplementaire": "R334-TypeLitSupplementaire",
    "J193-TypeSourceCapacite": "R335-TypeSourceCapacite",
    "J194-TypeCrise": "R336-TypeCrise",
    "J195-AffectationTemporaire": "R337-AffectationTemporaire",
}
"""The ROR's value set → the nomenclature that it draws from. The value sets themselves are not at hand: a code of the
nomenclature is taken as good."""

FHIR_VALUE_SETS = {
    "http://hl7.org/fhir/ValueSet/location-status": ("active", "suspended", "inactive"),
    "http://hl7.org/fhir/ValueSet/location-mode": ("instance", "kind"),
    "http://hl7.org/fhir/ValueSet/identifier-use": ("usual", "official", "temp", "secondary", "old"),
    "http://hl7.org/fhir/ValueSet/address-use": ("home", "work", "temp", "old", "billing"),
    "http://hl7.org/fhir/ValueSet/address-type": ("postal", "physical", "both"),
    "http://hl7.org/fhir/ValueSet/contact-point-system": ("phone", "fax", "email", "pager", "url", "sms", "other"),
    "http://hl7.org/fhir/ValueSet/contact-point-use": ("home", "work", "temp", "old", "mobile"),
    "http://hl7.org/fhir/ValueSet/days-of-week": ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
}
"""Small value sets of HL7 FHIR R4 to which a code (without a system) is bound."""


def folder() -> Path:
    """Where the reference data of the ROR are."""
    return reference_dir() / "flow" / "ror"


def load(name: str) -> dict[str, Any]:
    """One of the JSON files."""
    found: dict[str, Any] = json.loads((folder() / name).read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def checker() -> Checker:
    """The checker of the ROR's resources; read once."""
    profiles = {}
    for path in sorted(folder().glob("StructureDefinition-*.json")):
        profile = Profile(json.loads(path.read_text(encoding="utf-8")))
        profiles[profile.url] = profile
    return Checker(profiles, value_sets())


def value_sets() -> Mapping[str, tuple[str, frozenset[str]]]:
    """Address of a value set → its system and codes."""
    found = {address: ("", frozenset(codes)) for address, codes in FHIR_VALUE_SETS.items()}
    for name, table in ROR_VALUE_SETS.items():
        system = load(f"CodeSystem-TRE-{table}.json")
        short = name.partition("-")[2]
        number = name.partition("-")[0]
        address = f"{_JDV}{number}-{short}-ROR/FHIR/JDV-{number}-{short}-ROR"
        found[address] = (system["url"], frozenset(concept["code"] for concept in system["concept"]))
    return found
