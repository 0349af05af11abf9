"""MFN^M05 (HL7 v2.5, chapter 8, location master file) → statements about the structure. Pure.

MFI says which master file, MFE what happens to one location, LOC what it is, LCH its characteristics, LRL its
relationships, LDP its department, service and dates. Local codes differ between sites: they are the profile's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from archipel.kernel.finess import is_finess
from archipel.kernel.hl7v2.er7 import NULL, Er7Message, parse
from archipel.kernel.hl7v2.problems import CodecError, shown
from archipel.territory.ficom.reader import parse_date, parse_value
from archipel.territory.rules.attributes import ATTRIBUTES
from archipel.territory.values import Key, Kind, Place, Problem, Severity, Statement, join_code

TYPES: Mapping[str, Kind] = MappingProxyType(
    {"N": Kind.UF, "C": Kind.UF, "D": Kind.SERVICE, "R": Kind.CHAMBRE, "B": Kind.LIT}
)
"""Table 0260, location type: nursing unit, clinic, department, room, bed."""
SERVICES: Mapping[str, str] = MappingProxyType({"MED": "MED", "SUR": "CHI"})
"""Table 0069, hospital service → filière; local services are added by the profile."""
_PRIVATE = frozenset("PJQ")
_UPSERT = frozenset({"MAD", "MUP", "MAC"})
_CLOSE = frozenset({"MDL", "MDC"})
_DETAILS = frozenset({"LCH", "LRL", "LDP"})
_IGNORED = frozenset({"MSH", "SFT", "MFI"})


@dataclass(frozen=True, slots=True)
class MfnProfile:
    """How one structure master writes."""

    establishment: str
    """FINESS EJ of what it describes."""
    types: Mapping[str, Kind] = field(default_factory=lambda: TYPES)
    """LOC-3 → kind."""
    services: Mapping[str, str] = field(default_factory=lambda: SERVICES)
    """LDP-3 → filière."""
    characteristics: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """LCH-4 → column of the fichier commun de structure; those columns' own names are always known."""
    automatic: bool = False
    """Publish at once when nothing forbids it; else it waits for approval."""


@dataclass(slots=True)
class _Location:
    """One MFE group being read."""

    action: str
    place: Place
    pl: str = ""
    name: str | None = None
    kind: Kind | None = None
    start: date | None = None
    end: date | None = None
    closes: bool = False
    parent: Key | None = None
    site: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    seen: bool = False


class _Reader:
    """Reads the segments in order, one location at a time."""

    def __init__(self, message: Er7Message, profile: MfnProfile) -> None:
        self.message, self.profile = message, profile
        self.control = message.get("MSH", 10) or "MFN^M05"
        self.statements: list[Statement] = []
        self.problems: list[Problem] = []
        self.current: _Location | None = None

    def report(
        self, code: str, segment: str, number: int, name: str, found: str, expected: str, *, blocking: bool = True
    ) -> None:
        severity = Severity.BLOQUANT if blocking else Severity.AVERTISSEMENT
        text = f"trouvé « {shown(found)} »" if found else "absent"
        self.problems.append(
            Problem(code, f"{name} (segment n° {number}) : {text} ; attendu {expected}.", severity,
                    Place(self.control, segment, number), name, shown(found), expected)
        )  # fmt: skip

    def value(self, row: list[str], number: int, component: int = 1, sub: int = 1) -> str:
        """A component of the first repetition, "" when absent or explicitly null."""
        if number >= len(row):
            return ""
        first = row[number].split(self.message.separators.repetition, 1)[0]
        found = self.message.part(first, component, sub).strip()
        return "" if found == NULL else found

    def day(self, row: list[str], number: int, at: int, name: str) -> date | None:
        text = self.value(row, number)
        if not text:
            return None
        found = parse_date(text[:8])
        if found is None:
            self.report("date-impossible", row[0], at, name, text, "une date AAAAMMJJ")
        return found

    def read(self) -> None:
        """Read every segment; whatever is wrong is a problem and the rest goes on."""
        default = None
        for at, (name, row) in enumerate(self.message.rows(), 1):
            if name == "MFI":
                if self.value(row, 1) not in ("LOC", ""):
                    self.report("mfn-fichier", name, at, "MFI-1", self.value(row, 1), "LOC (fichier des lieux)")
                default = self.day(row, 5, at, "MFI-5")
            elif name == "MFE":
                self.close()
                self._mfe(row, at, default)
            elif name == "LOC":
                self._loc(row, at)
            elif name in _DETAILS:
                self._detail(name, row, at)
            elif name not in _IGNORED:
                self.report("segment-inconnu", name, at, name, "", "MFI, MFE, LOC, LCH, LRL ou LDP", blocking=False)
        self.close()
        if not self.statements and not self.problems:
            self.report("mfn-vide", "MFE", 0, "MFE", "", "au moins un lieu")

    def _mfe(self, row: list[str], at: int, default: date | None) -> None:
        action = self.value(row, 1)
        if action not in _UPSERT | _CLOSE:
            self.report("mfe-action", "MFE", at, "MFE-1", action, "MAD, MUP, MAC, MDL ou MDC")
            return
        start = self.day(row, 3, at, "MFE-3") or default
        key = row[4].split(self.message.separators.repetition, 1)[0] if len(row) > 4 else ""
        place = Place(self.control, "MFE", at)
        self.current = _Location(action, place, key, start=start, closes=action in _CLOSE)

    def _loc(self, row: list[str], at: int) -> None:
        here = self.current
        if here is None:
            self.report("loc-sans-mfe", "LOC", at, "LOC", "", "un segment MFE valable avant lui", blocking=False)
            return
        if here.seen:
            self.report("loc-double", "LOC", at, "LOC", "", "un seul LOC par MFE", blocking=False)
            return
        here.seen, here.place = True, Place(self.control, "LOC", at)
        here.pl = (row[1] if len(row) > 1 else "") or here.pl
        here.name = self.value(row, 2) or None
        code = self.value(row, 3)
        if code and code not in self.profile.types:
            expected = "un type du profil : " + ", ".join(self.profile.types)
            self.report("loc-type", "LOC", at, "LOC-3", code, expected, blocking=False)
        here.kind = self.profile.types.get(code)
        organisation = self._organisation(row, 4)
        if is_finess(organisation) and organisation != self.profile.establishment:
            here.site = organisation

    def _organisation(self, row: list[str], number: int) -> str:
        """The identifier of an XON: component 10, else 3."""
        return self.value(row, number, 10) or self.value(row, number, 3)

    def _detail(self, name: str, row: list[str], at: int) -> None:
        here = self.current
        if here is None or not here.seen:
            self.report("segment-egare", name, at, name, "", "un segment LOC avant lui", blocking=False)
        elif name == "LCH":
            self._lch(here, row, at)
        elif name == "LRL":
            self._lrl(here, row, at)
        else:
            self._ldp(here, row, at)

    def _lch(self, here: _Location, row: list[str], at: int) -> None:
        code, value = self.value(row, 4), self.value(row, 5)
        if code == "PRL":
            if value[:1] in _PRIVATE:
                here.attributes["single"] = True
            elif value == "F":
                here.attributes["isolation"] = True
            return
        column = self.profile.characteristics.get(code, code.casefold())
        kind = self._kind(here)
        attribute = next((a for a in ATTRIBUTES[kind] if a.column == column), None) if kind else None
        if attribute is None:
            self.report("lch-inconnu", "LCH", at, "LCH-4", code, "une caractéristique du profil", blocking=False)
            return
        folded = {"Y": "oui", "N": "non"}.get(value, value)
        try:
            here.attributes[attribute.name] = parse_value(attribute, folded)
        except ValueError:
            self.report("lch-valeur", "LCH", at, "LCH-5", value, attribute.expected)

    def _lrl(self, here: _Location, row: list[str], at: int) -> None:
        relation = self.value(row, 4)
        if relation != "PAR":
            self.report("lrl-relation", "LRL", at, "LRL-4", relation, "PAR (lieu parent)", blocking=False)
            return
        establishment = self.profile.establishment
        organisation = self._organisation(row, 5)
        if organisation == establishment:
            return
        if is_finess(organisation):
            here.site = organisation
        elif organisation:
            here.parent = Key(Kind.POLE, establishment, organisation)
        elif (kind := self._kind(here)) in (Kind.UF, Kind.SERVICE) and (poc := self.value(row, 6)):
            here.parent = Key(Kind.SERVICE if kind is Kind.UF else Kind.POLE, establishment, poc)
        elif not self.value(row, 6):
            self.report("lrl-vide", "LRL", at, "LRL-6", "", "le lieu parent (LRL-6), ou son organisation (LRL-5)")

    def _ldp(self, here: _Location, row: list[str], at: int) -> None:
        service = self.value(row, 3)
        if service:
            filiere = self.profile.services.get(service)
            if filiere is None:
                expected = "un service du profil : " + ", ".join(self.profile.services)
                self.report("ldp-service", "LDP", at, "LDP-3", service, expected, blocking=False)
            elif self._kind(here) is Kind.UF:
                here.attributes["filiere"] = filiere
        here.start = self.day(row, 7, at, "LDP-7") or here.start
        here.end = self.day(row, 8, at, "LDP-8") or here.end
        state = self.value(row, 6)
        if state == "I":
            here.closes = True
        elif state not in ("", "A"):
            self.report("ldp-etat", "LDP", at, "LDP-6", state, "A (actif) ou I (inactif)")

    def _parts(self, here: _Location) -> tuple[str, str, str, str]:
        """Point of care, room, bed and facility of a PL."""
        first = here.pl.split(self.message.separators.repetition, 1)[0]
        found = [self.message.part(first, number).strip() for number in (1, 2, 3, 4)]
        uf, chambre, lit, site = ("" if text == NULL else text for text in found)
        return uf, chambre, lit, site

    def _kind(self, here: _Location) -> Kind | None:
        """What the location is: by its type where the profile knows it, else by which parts of the PL are there."""
        if here.kind is not None:
            return here.kind
        uf, chambre, lit, site = self._parts(here)
        if lit:
            return Kind.LIT
        if chambre:
            return Kind.CHAMBRE
        if uf:
            return Kind.UF
        return Kind.EG if site else None

    def _key(self, here: _Location) -> tuple[Key, Key | None] | None:
        """The entity and the parent that its own PL gives."""
        establishment = self.profile.establishment
        uf, chambre, lit, site = self._parts(here)
        kind = self._kind(here)
        if kind is Kind.LIT and uf and lit:
            parent = (
                Key(Kind.CHAMBRE, establishment, join_code(uf, chambre)) if chambre else Key(Kind.UF, establishment, uf)
            )
            return Key(kind, establishment, join_code(uf, chambre, lit)), parent
        if kind is Kind.CHAMBRE and uf and chambre:
            return Key(kind, establishment, join_code(uf, chambre)), Key(Kind.UF, establishment, uf)
        if kind is Kind.EG and site:
            return Key(kind, establishment, site), Key(Kind.EJ, establishment, establishment)
        if kind is Kind.POLE and uf:
            return Key(kind, establishment, uf), Key(Kind.EJ, establishment, establishment)
        if kind in (Kind.UF, Kind.SERVICE) and uf:
            return Key(kind, establishment, uf), None
        return None

    def close(self) -> None:
        """The location is complete: keep what it says."""
        here, self.current = self.current, None
        if here is None:
            return
        made = self._key(here)
        if made is None:
            expected = "un lieu : unité, puis chambre et lit selon son type"
            self.report("loc-cle", here.place.sheet, here.place.line, "LOC-1", here.pl, expected)
            return
        key, parent = made
        site: str | None = None
        if key.kind in (Kind.UF, Kind.SERVICE, Kind.POLE):
            facility = here.site or self._parts(here)[3]
            facility = facility if is_finess(facility) and facility != key.establishment else ""
            parent = here.parent or parent
            if parent is None and facility:
                parent = Key(Kind.EG, key.establishment, facility)
            elif facility:
                site = facility
        day = here.end or here.start if here.closes else here.end
        known = {attribute.name for attribute in ATTRIBUTES[key.kind]}
        attributes = {name: value for name, value in here.attributes.items() if name in known}
        self.statements.append(
            Statement(
                key=key,
                name=here.name,
                attributes=attributes,
                parent=parent,
                site=site,
                valid_from=None if here.closes else here.start,
                valid_to=day,
                provisional=None if here.closes else False,
                closes=here.closes,
                place=here.place,
            )
        )


def mfn_changes(er7_text: str, profile: MfnProfile) -> tuple[list[Statement], list[Problem]]:
    """Read an MFN^M05 message. Never raises: what is wrong is told with segment, field, found and expected.

    Args:
        er7_text: the message, decoded.
        profile: how this structure master writes.
    """
    try:
        message = parse(er7_text)
    except CodecError as error:
        place = Place("MFN^M05", error.segment or "MSH", 1)
        return [], [Problem("hl7-illisible", error.reason_fr, place=place, column=error.segment, found=error.found,
                            expected=error.expected)]  # fmt: skip
    reader = _Reader(message, profile)
    if (message.get("MSH", 9), message.get("MSH", 9, component=2)) != ("MFN", "M05"):
        reader.report("mfn-type", "MSH", 1, "MSH-9", message.raw("MSH", 9), "MFN^M05")
        return [], reader.problems
    reader.read()
    return reader.statements, reader.problems
