"""The FHIR R4 datatypes that the ROR's resources use: their children, and the form of the primitive ones.

Source: HL7 FHIR R4 (4.0.1), « Data Types ». Only what the checker needs.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Child(NamedTuple):
    """A child of a complex type."""

    type: str
    many: bool = False


COMPLEX: dict[str, dict[str, Child]] = {
    "Coding": {
        "system": Child("uri"), "version": Child("string"), "code": Child("code"), "display": Child("string"),
        "userSelected": Child("boolean"),
    },
    "CodeableConcept": {"coding": Child("Coding", True), "text": Child("string")},
    "Identifier": {
        "use": Child("code"), "type": Child("CodeableConcept"), "system": Child("uri"), "value": Child("string"),
        "period": Child("Period"), "assigner": Child("Reference"),
    },
    "Reference": {
        "reference": Child("string"), "type": Child("uri"), "identifier": Child("Identifier"),
        "display": Child("string"),
    },
    "Period": {"start": Child("dateTime"), "end": Child("dateTime")},
    "Quantity": {
        "value": Child("decimal"), "comparator": Child("code"), "unit": Child("string"), "system": Child("uri"),
        "code": Child("code"),
    },
    "ContactPoint": {
        "system": Child("code"), "value": Child("string"), "use": Child("code"), "rank": Child("positiveInt"),
        "period": Child("Period"),
    },
    "Address": {
        "use": Child("code"), "type": Child("code"), "text": Child("string"), "line": Child("string", True),
        "city": Child("string"), "district": Child("string"), "state": Child("string"), "postalCode": Child("string"),
        "country": Child("string"), "period": Child("Period"),
    },
    "Meta": {
        "versionId": Child("id"), "lastUpdated": Child("instant"), "source": Child("uri"),
        "profile": Child("canonical", True), "security": Child("Coding", True), "tag": Child("Coding", True),
    },
    "Narrative": {"status": Child("code"), "div": Child("xhtml")},
    "Attachment": {
        "contentType": Child("code"), "language": Child("code"), "data": Child("base64Binary"), "url": Child("url"),
        "size": Child("unsignedInt"), "hash": Child("base64Binary"), "title": Child("string"),
        "creation": Child("dateTime"),
    },
}  # fmt: skip

_YEAR = r"([1-9]\d{3}|0\d{3})"
_DAY = rf"{_YEAR}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"

TEXTS: dict[str, re.Pattern[str]] = {
    "date": re.compile(_DAY),
    "dateTime": re.compile(rf"{_YEAR}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T{_TIME}{_ZONE})?)?)?"),
    "instant": re.compile(rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T{_TIME}{_ZONE}"),
    "time": re.compile(_TIME),
    "code": re.compile(r"\S+( \S+)*"),
    "id": re.compile(r"[A-Za-z0-9.-]{1,64}"),
    "uri": re.compile(r"\S*"),
    "url": re.compile(r"\S*"),
    "canonical": re.compile(r"\S*"),
    "oid": re.compile(r"urn:oid:[0-2](\.(0|[1-9]\d*))+"),
    "uuid": re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "string": re.compile(r"[\s\S]+"),
    "markdown": re.compile(r"[\s\S]+"),
    "xhtml": re.compile(r"[\s\S]+"),
    "base64Binary": re.compile(r"[0-9A-Za-z+/=\s]*"),
    "http://hl7.org/fhirpath/System.String": re.compile(r"[\s\S]+"),
}
"""Primitive type → its form, when it is a JSON string."""

LOWEST: dict[str, int | None] = {"integer": None, "unsignedInt": 0, "positiveInt": 1}
"""Whole numbers → the lowest; None: any 32 bits."""


def primitive_problem(kind: str, value: object) -> str:
    """Why the value is not of the primitive type (French), empty when it is, or when the type is not known here."""
    if kind == "boolean":
        return "" if isinstance(value, bool) else f"trouvé « {_shown(value)} », attendu true ou false"
    if kind in LOWEST:
        lowest = LOWEST[kind] if LOWEST[kind] is not None else -(2**31)
        good = isinstance(value, int) and not isinstance(value, bool) and lowest <= value < 2**31  # type: ignore[operator]
        return "" if good else f"trouvé « {_shown(value)} », attendu un entier ({kind})"
    if kind == "decimal":
        good = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if good else f"trouvé « {_shown(value)} », attendu un nombre"
    form = TEXTS.get(kind)
    if form is None:
        return ""
    good = isinstance(value, str) and form.fullmatch(value) is not None
    return "" if good else f"trouvé « {_shown(value)} », attendu {kind.rsplit('/', 1)[-1]}"


def _shown(value: object) -> str:
    return str(value)[:60]
