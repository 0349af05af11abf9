"""Small pieces of a CDA: elements, moments, identifiers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from lxml.builder import ElementMaker

HL7 = "urn:hl7-org:v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSI_TYPE = f"{{{XSI}}}type"
LOINC = "2.16.840.1.113883.6.1"
OID_PERSONS = "1.2.250.1.71.4.2.1"
OID_STRUCTURES = "1.2.250.1.71.4.2.2"
OID_SPECIALTY = "1.2.250.1.213.1.1.4.5"
PARIS = ZoneInfo("Europe/Paris")

E = ElementMaker(namespace=HL7, nsmap={None: HL7, "xsi": XSI})
Element: TypeAlias = Any
"""An element of lxml, which has no types."""


def node(name: str, *children: Element | str | None, **attributes: str) -> Element:
    """An element; children that are None are left out, attributes ending in ``_`` lose it."""
    made = E(name, *[child for child in children if child is not None])
    for key, value in attributes.items():
        made.set(key.rstrip("_"), value)
    return made


def loinc(name: str, code: str, display: str) -> Element:
    """An element coded in LOINC."""
    return node(name, code=code, displayName=display, codeSystem=LOINC, codeSystemName="LOINC")


def stamp(moment: datetime) -> str:
    """``20260401134745+0200``: full, with the offset of Paris at that moment (CI-SIS, structuration minimale)."""
    return moment.astimezone(PARIS).strftime("%Y%m%d%H%M%S%z")


def day(moment: date) -> str:
    """``20260401``."""
    return moment.strftime("%Y%m%d")


def national_person(rpps: str) -> str:
    """IdNat_PS: ``8`` and the RPPS."""
    return f"8{rpps}"


def national_structure(finess: str) -> str:
    """IdNat_Struct: ``1`` and the FINESS, of a site or of a legal entity."""
    return f"1{finess}"


def clean(text: str) -> str:
    """What XML 1.0 can carry."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not _forbidden(c)))


def _forbidden(c: str) -> bool:
    return 0xD800 <= ord(c) <= 0xDFFF or c in "\ufffe\uffff"
