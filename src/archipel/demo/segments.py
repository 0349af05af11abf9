"""Simulated facts → the segments of HL7 v2.5 messages of IHE PAM France 2.11, as text. Pure.

Every text that comes from a name is escaped once, when a segment is prepared and kept.
"""

from __future__ import annotations

from archipel.demo.senders import Sender
from archipel.demo.simulator import calendar
from archipel.demo.simulator.core import Fact
from archipel.demo.simulator.people import Person
from archipel.demo.simulator.world import Stay
from archipel.demo.structure import DemoUf
from archipel.kernel.hl7v2.escapes import escape
from archipel.kernel.ins import OID_DEMO

STRUCTURES = {
    "A01": "ADT_A01", "A02": "ADT_A02", "A03": "ADT_A03", "A04": "ADT_A01", "A05": "ADT_A05", "A06": "ADT_A06",
    "A07": "ADT_A06", "A11": "ADT_A09", "A12": "ADT_A12", "A13": "ADT_A01", "A14": "ADT_A05", "A15": "ADT_A15",
    "A16": "ADT_A16", "A21": "ADT_A21", "A22": "ADT_A21", "A25": "ADT_A21", "A26": "ADT_A21", "A27": "ADT_A21",
    "A28": "ADT_A05", "A31": "ADT_A05", "A38": "ADT_A38", "A40": "ADT_A39", "A44": "ADT_A43", "A47": "ADT_A30",
    "A52": "ADT_A52", "A53": "ADT_A52", "A54": "ADT_A54", "A55": "ADT_A52", "Z99": "ADT_A01",
}  # fmt: skip
"""MSH-9.3 by event."""

CANCELS = {"A01": "A11", "A04": "A11", "A02": "A12", "A03": "A13"}
"""Trigger → the event that cancels it, among those that the faults use."""
_CANCEL_EVENTS = frozenset({"A11", "A12", "A13", "A25", "A26", "A27", "A38", "A52", "A53", "A55"})
_REASONS = tuple(
    escape(text)
    for text in ("Surveillance", "Douleur thoracique & dyspnée", "Chute au domicile", "Bilan | contrôle", "Fièvre",
                 "Altération de l'état général", "Intervention programmée", "Suite de soins")
)  # fmt: skip
_TO_PV2_47 = "|" * 44


class Writer:
    """Writes the messages of one sender."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self._patients = f"^^^{sender.authority('N')}^PI"
        self._dossiers = f"^^^{sender.authority('M')}^"
        self._movements = f"^{sender.namespace}^{sender.finess}"
        self._head = f"MSH|^~\\&|{sender.application}|{sender.namespace}^{sender.finess}^M|ARCHIPEL|GHT|"
        self._foot = f"|T|2.5^FRA^2.11|||||FRA|{sender.charset}|FR||2.11^IHE_FRANCE-2.11-PAM\r"
        self._units: dict[str, str] = {}
        self._doctors: dict[str, str] = {}

    # --- header and identity ----------------------------------------------------------------------------

    def header(self, event: str, at: int, occurred: int, control: str) -> str:
        """MSH and EVN."""
        stamp = calendar.hl7(at)
        return (
            f"{self._head}{stamp}||ADT^{event}^{STRUCTURES[event]}|{control}{self._foot}"
            f"EVN||{stamp}||||{calendar.hl7(occurred)}|{self.sender.namespace}^{self.sender.finess}^M\r"
        )

    def patient(self, person: Person, account: str, at: int) -> str:
        """PID."""
        if not person.head:
            self._prepare(person, at)
        dossier = f"{account}{self._dossiers}AN" if account else ""
        return f"{person.head}{dossier}{person.tail}"

    def _prepare(self, person: Person, at: int) -> None:
        ids = f"{person.ipp}{self._patients}"
        if person.matricule:
            ids += f"~{person.matricule}^^^ASIP-SANTE-INS-NIR&{OID_DEMO}&ISO^INS"
        given = escape(person.given)
        names = f"{escape(person.family)}^{given}^{given}^^^^L"
        if person.used != person.family:
            names += f"~{escape(person.used)}^{given}^^^^^D"
        postcode, town = person.town
        home = f"{escape(person.street)}^^{escape(town)}^^{postcode}^FRA^H"
        birth = f"^^^^^^BDL^^{person.commune}"
        person.head = f"PID|1||{ids}||{names}||{person.birth:%Y%m%d}|{person.sex}|||{home}~{birth}|||||||"
        mother = f"{person.mother}{self._patients}" if person.mother else ""
        dead = f"{calendar.hl7(person.dead_at)}|Y" if person.dead_at else "|N"
        person.tail = f"|||{mother}||||{'1' if person.mother else ''}||||{dead}||{person.status}|{calendar.hl7(at)}\r"

    # --- the visit --------------------------------------------------------------------------------------

    def place(self, fact: Fact, uf: str = "") -> str:
        """PV1-3 (PL): UF d'hébergement, room, bed, facility, status."""
        sender, bed = self.sender, fact.bed
        code = uf or (fact.uf.code if fact.uf is not None else "")
        if not sender.rooms:
            return f"{code}^^^{sender.authority('M')}"
        if bed is None:
            return f"{code}^{fact.room}^^{sender.authority('M')}"
        return f"{code}^{bed.chambre}^{bed.lit}^{sender.authority('M')}^O"

    def doctor(self, uf: DemoUf | None) -> str:
        """PV1-7: a doctor of the unit, known by a local number only."""
        if uf is None:
            return ""
        found = self._doctors.get(uf.code)
        if found is None:
            found = f"M{uf.code}^Praticien {uf.code}^Démo^^^Dr^^^{self.sender.authority('N')}^L^^^EI"
            self._doctors[uf.code] = found
        return found

    def venue(self, stay: Stay) -> str:
        """The number that names the venue for this sender."""
        return stay.vn if self.sender.venue_is_vn else stay.dossier

    def visit(self, fact: Fact, stay: Stay, uf: str = "") -> str:
        """PV1, and PV2 when there is something to say."""
        trigger = fact.trigger
        pending = self._wish(fact, stay) if trigger == "A15" else ""
        begun = calendar.hl7(stay.begun) if trigger != "A05" else ""
        ended = calendar.hl7(fact.at) if trigger == "A03" else ""
        kind = "E" if stay.ed is not None else "R"
        text = (
            f"PV1|1|{fact.klass}|{self.place(fact, uf)}|{kind}|||{self.doctor(fact.medical)}||||||||||||"
            f"{stay.vn}{self._dossiers}VN|||||||||||||||||{fact.mode}||||||{pending}||{begun}|{ended}||||||"
            f"{'V' if self.sender.venue_is_vn else ''}\r"
        )
        if trigger == "A05":
            return f"{text}PV2|||^{_REASONS[6]}|||||{calendar.hl7(fact.when)}\r"
        if trigger == "A21":
            return f"{text}PV2|||^{_REASONS[7]}{_TO_PV2_47}{calendar.hl7(fact.when)}\r"
        if fact.when:
            return f"{text}PV2|||^{_REASONS[fact.movement % len(_REASONS)]}||||||{calendar.hl7(fact.when)}\r"
        return text

    def _wish(self, fact: Fact, stay: Stay) -> str:
        """PV1-42: where the patient should go."""
        wards = stay.site.wards.get(fact.wish)
        if self.sender.wish_as_uf and wards:
            return f"{wards[fact.movement % len(wards)].uf.code}^^^{self.sender.authority('M')}"
        return f"^^^^^^^^{fact.wish}"

    # --- the movement -----------------------------------------------------------------------------------

    def unit(self, uf: DemoUf, code: str = "") -> str:
        """A XON: name, authority and code of a UF (component 10)."""
        key = code or uf.code
        found = self._units.get(key)
        if found is None:
            name = escape(uf.name.replace("–", "-")[:50]) if not code else "UF inconnue"
            found = f"{name}^^^^^{self.sender.authority('N')}^UF^^^{key}"
            self._units[key] = found
        return found

    def movement(self, fact: Fact, stay: Stay, *, action: str = "", number: int = 0, effective: str = "",
                 uf: str = "", historic: str = "N") -> str:  # fmt: skip
        """ZBE."""
        trigger = fact.trigger
        if not action:
            action = "UPDATE" if trigger == "Z99" else "CANCEL" if trigger in _CANCEL_EVENTS else "INSERT"
        original = (fact.original or fact.trigger) if action != "INSERT" else ""
        when = effective or calendar.hl7(fact.at)
        third = when if self.sender.fills_zbe3 else ""
        hosting = fact.uf or stay.uf
        nursing = self.unit(hosting, uf)
        medical = nursing if uf or fact.medical is None or fact.medical is hosting else self.unit(fact.medical)
        return (
            f"ZBE|{number or fact.movement}{self._movements}|{when}|{third}|{action}|{historic}|{original}|"
            f"{medical}|{nursing}|{fact.nature}\r"
        )

    def extras(self, fact: Fact, stay: Stay, at: int) -> str:
        """ZFA, ZFM and ZFD of admissions and discharges."""
        trigger = fact.trigger
        if trigger == "A03":
            return f"ZFM|{stay.entry}|{fact.mode}||\r"
        if trigger not in ("A01", "A04", "A06"):
            return ""
        text = ""
        if self.sender.consents:
            stamp = calendar.hl7(at)
            digit = int(stay.person.ipp) % 20
            feeding = "IO" if digit == 0 else "NA" if digit < 3 else "INO"
            reading = "INC" if digit == 1 else "NA" if digit < 6 else "IC"
            text = f"ZFA|ACTIF|{stamp}|||||||{feeding}|{stamp if feeding != 'NA' else ''}|{reading}|{stamp}\r"
        text += f"ZFM|{stay.entry}|||\r"
        if self.sender.consents and stay.person.matricule:
            text += f"ZFD|||Y|N|INSI|{calendar.hl7(stay.begun)[:8]}\r"
        return text

    # --- whole messages ---------------------------------------------------------------------------------

    def identity(self, fact: Fact, at: int, control: str) -> str:
        """A28, A31, A40, A44, A47."""
        text = self.header(fact.trigger, at, fact.at, control)
        stay, other = fact.stay, fact.other
        account = stay.dossier if stay is not None else ""
        text += self.patient(fact.person, account, at)
        if other is not None:
            moved = f"{account}{self._dossiers}AN" if fact.trigger == "A44" else ""
            text += f"MRG|{other.ipp}{self._patients}||{moved}\r"
            if stay is not None:
                text += f"PV1|1|{fact.klass}|{self.place(fact)}||||||||||||||||{stay.vn}{self._dossiers}VN"
                text += "|" * 32 + "V\r" if self.sender.venue_is_vn else "\r"
            return text
        return text + "PV1|1|N\r"

    def stay(self, fact: Fact, at: int, control: str, *, event: str = "", action: str = "", number: int = 0,
             effective: str = "", uf: str = "", historic: str = "N") -> str:  # fmt: skip
        """Any message about a movement.

        Args:
            fact: what happened.
            at: when it is sent.
            control: MSH-10.
            event: another event for the same movement (A11, A12, A13 or Z99).
            action: ZBE-4 when it is not the usual one.
            number: ZBE-1 when it is not the fact's.
            effective: ZBE-2 as text when it is not the fact's.
            uf: a UF code put in the place of the right one.
            historic: ZBE-5.
        """
        stay = fact.stay
        if stay is None:
            raise ValueError("this fact is about no stay")
        occurred = fact.at if fact.at <= at else at
        return (
            self.header(event or fact.trigger, at, occurred, control)
            + self.patient(fact.person, stay.dossier, at)
            + self.visit(fact, stay, uf)
            + self.movement(fact, stay, action=action, number=number, effective=effective, uf=uf, historic=historic)
            + ("" if event else self.extras(fact, stay, at))
        )
