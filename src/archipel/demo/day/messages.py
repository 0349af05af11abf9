"""The few HL7 messages of the scripted day, as the hospital's system would write them. Pure; nobody is real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from archipel.kernel.ins import compute_key

PARIS = ZoneInfo("Europe/Paris")
_STRUCTURES = {"A03": "ADT_A03", "A06": "ADT_A06"}
_APPLICATION = "JOURNEE"
SEXE = "F"
"""Of all who come that day: a bed is looked for in rooms that may receive them."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody invented who comes to the emergency department.

    ``run`` tells one day from another, so that a day may be played again.
    """

    run: str
    rank: int

    @property
    def ipp(self) -> str:
        """The local identifier."""
        return f"9{self.run}{self.rank:03d}"

    @property
    def venue(self) -> str:
        """The number of the visit."""
        return f"J{self.run}{self.rank:03d}"

    @property
    def matricule(self) -> str:
        """An INS without its key: a department of birth (99) and a commune that nobody has."""
        return f"2{60 + self.rank % 30:02d}{1 + self.rank % 12:02d}99{int(self.run) % 1000:03d}{self.rank % 1000:03d}"


@dataclass(frozen=True, slots=True)
class Sender:
    """The hospital whose system speaks.

    Attributes:
        finess: FINESS of the legal entity.
        ed_uf: code of the UF of its emergency department.
        ins_oid: OID of the INS in the environment of the platform.
    """

    finess: str
    ed_uf: str
    ins_oid: str

    def arrives(self, who: Visitor, at: datetime) -> bytes:
        """A04: in emergency."""
        return self._message("A04", who, at, place=(self.ed_uf, "", ""), klass="E")

    def leaves(self, who: Visitor, at: datetime) -> bytes:
        """A03: home."""
        return self._message("A03", who, at, place=(self.ed_uf, "", ""), klass="E", mode="8")

    def hospitalised(self, who: Visitor, at: datetime, bed: tuple[str, str, str]) -> bytes:
        """A06: from the emergency department into a bed of a ward."""
        return self._message("A06", who, at, place=bed, klass="I")

    def _message(
        self, event: str, who: Visitor, at: datetime, *, place: tuple[str, str, str], klass: str, mode: str = ""
    ) -> bytes:
        when = f"{at.astimezone(PARIS):%Y%m%d%H%M%S}"
        sent = f"{(at + timedelta(seconds=1)).astimezone(PARIS):%Y%m%d%H%M%S}"
        control = f"{who.venue}{event}{when[-6:]}"
        local = f"^^^{self.finess}&1.2.250.1.71.4.2.{self.finess}&ISO^"
        ins = f"{who.matricule}{compute_key(who.matricule)}^^^ASIP-SANTE-INS-NIR&{self.ins_oid}&ISO^INS"
        uf, chambre, lit = place
        unit = f"UF {uf}^^^^^{self.finess}^UF^^^{uf}"
        structure = _STRUCTURES.get(event, "ADT_A01")
        segments = [
            f"MSH|^~\\&|{_APPLICATION}|{self.finess}|ARCHIPEL|GHT|{sent}||ADT^{event}^{structure}"
            f"|{control}|T|2.5^FRA^2.11|||||FRA|UNICODE UTF-8|FR||2.11^IHE_FRANCE-2.11-PAM",
            f"EVN||{sent}||||{when}",
            f"PID|1||{who.ipp}{local}PI~{ins}||JOURNEE{who.rank:03d}^Invente^Invente^^^^L||19600101|{SEXE}|||"
            f"1 rue des Essais^^Dijon^^21000^FRA^H~^^^^^^BDL^^99{int(who.run) % 1000:03d}|||||||{who.venue}{local}AN"
            "||||||||||||||VALI",
            f"PV1|1|{klass}|{uf}^{chambre}^{lit}^{self.finess}" + "|" * 16 + f"{who.venue}{local}VN" + "|" * 17
            + mode + "|" * 15 + "V",
            f"ZBE|{who.venue}{event}^{self.finess}|{when}||INSERT|N||{unit}|{unit}|HMS",
        ]  # fmt: skip
        if event == "A04":
            segments += [f"ZFA|ACTIF|{when}|||||||INO|{when}|IC|{when}", "ZFM|8|||", f"ZFD|||Y|N|INSI|{when[:8]}"]
        if mode:
            segments.append(f"ZFM|8|{mode}||")
        return ("\r".join(segments) + "\r").encode()
