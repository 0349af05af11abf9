"""MDM^T02 and MDM^T10 in HL7 v2.6: one CDA in base 64, who sends it, to whom, and the ten metadata of routing.

Source: ANS, CI-SIS, « Volet de transmission d'un document CDA-R2 en HL7v2 » 2.1 (profil CISIS_CDA_HL7_V2); PID and PV1
as IHE PAM France 2.11.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from archipel.kernel.hl7v2 import escape
from archipel.passages.documents.values.content import KINDS, Content, PatientIdentity, Recipient
from archipel.passages.documents.values.ports import Order
from archipel.passages.documents.values.routing import FLAGS

PARIS = ZoneInfo("Europe/Paris")
PROFILE = "2.1^CISIS_CDA_HL7_V2"
_AUTHORITY_PERSONS = "ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO"
_AUTHORITY_STRUCTURES = "ASIP-SANTE-ST&1.2.250.1.71.4.2.2&ISO"
_INS_NAMES = {
    "1.2.250.1.213.1.4.8": "ASIP-SANTE-INS-NIR",
    "1.2.250.1.213.1.4.9": "ASIP-SANTE-INS-NIA",
    "1.2.250.1.213.1.4.10": "ASIP-SANTE-INS-NIR",
    "1.2.250.1.213.1.4.11": "ASIP-SANTE-INS-NIR",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """The names in MSH-3 to MSH-6, and the processing id (P, T or D)."""

    application: str
    facility: str
    receiving_application: str
    receiving_facility: str
    processing: str = "P"


def compose(order: Order, sender: Sender, at: datetime) -> bytes:
    """The message, in UTF-8, segments ended by CR."""
    content = order.content
    event = "T10" if content.replaces else "T02"
    segments = [
        _line(
            "MSH|^~\\&", sender.application, sender.facility, sender.receiving_application, sender.receiving_facility,
            _moment(at), "", f"MDM^{event}^MDM_T02", order.control_id, sender.processing, "2.6", "", "", "", "", "FRA",
            "UNICODE UTF-8", "", "", PROFILE,
        ),
        _line("EVN", "", _moment(at)),
        _pid(content),
        _pv1(content),
        _line("ORC", "RO" if content.replaces else "NW"),
        _line("OBR", "1", "", "", _type(content)),
        _txa(content),
        *_document(order),
        *_metadata(order),
    ]  # fmt: skip
    return ("\r".join(segments) + "\r").encode("utf-8")


def _line(*fields: str) -> str:
    return "|".join(fields).rstrip("|")


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(PARIS).strftime("%Y%m%d%H%M%S%z") if moment else ""


def _at(fields: dict[int, str]) -> list[str]:
    return [fields.get(number, "") for number in range(1, max(fields) + 1)]


def _pid(content: Content) -> str:
    patient = content.patient
    birth_name = f"{_text(patient.nom_naissance)}^{_text(patient.prenom)}^{_text(_others(patient))}^^^^L"
    used = f"{_text(patient.nom_utilise)}^{_text(patient.prenom)}^^^^^D" if patient.nom_utilise else ""
    fields = {
        3: "~".join(_identifiers(patient)),
        5: "~".join(filter(None, (birth_name, used))),
        7: patient.naissance.strftime("%Y%m%d") if patient.naissance else "",
        8: patient.sexe,
        11: f"^^^^^^BDL^^{_text(patient.lieu_naissance)}" if patient.lieu_naissance else "",
        18: f"{_text(content.passage.number)}^^^^AN",
        32: "VALI" if patient.ins_matricule else "PROV",
    }
    return _line("PID", *_at(fields))


def _others(patient: PatientIdentity) -> str:
    """All the first names, separated by blanks (PID-5.3, PAM France)."""
    return patient.prenoms or patient.prenom


def _identifiers(patient: PatientIdentity) -> list[str]:
    """The same identifiers as in the document (recordTarget/patientRole/id)."""
    found = []
    if patient.ins_matricule:
        name = _INS_NAMES.get(patient.ins_oid, "ASIP-SANTE-INS-NIR")
        found.append(f"{patient.ins_matricule}{patient.ins_cle}^^^{name}&{patient.ins_oid}&ISO^INS")
    if patient.ipp and patient.ipp_oid:
        found.append(f"{_text(patient.ipp)}^^^&{patient.ipp_oid}&ISO^PI")
    return found


def _pv1(content: Content) -> str:
    passage = content.passage
    fields = {
        2: "E",
        19: f"{_text(passage.number)}^^^^VN",
        44: _moment(passage.arrived_at),
        45: _moment(passage.left_at),
    }
    return _line("PV1", *_at(fields))


def _type(content: Content) -> str:
    info = KINDS[content.kind]
    return f"{info.loinc}^{_text(info.display)}^LN"


def _txa(content: Content) -> str:
    fields = {
        1: "1", 2: KINDS[content.kind].loinc, 3: "TEXT", 12: content.uid, 13: content.replaces, 17: "AU",
    }  # fmt: skip
    return _line("TXA", *_at(fields))


def _document(order: Order) -> list[str]:
    content = order.content
    status = "C" if content.replaces else "F"
    data = base64.b64encode(order.cda).decode("ascii")
    lines = [
        _line("OBX", "1", "ED", _type(content), "", f"^text^XML^Base64^{data}", "", "", "", "", "", status),
        _send_by(content),
    ]
    if order.flags.dest_mss_ps:
        lines += [_copy_to(one) for one in content.recipients]
    if order.flags.dest_mss_patient:
        lines.append(_prt("RCT^Results Copies To^participation", {15: f"^^X.400^{content.patient.mss_address}"}))
    return lines


def _send_by(content: Content) -> str:
    author, hospital = content.author, content.organisation
    person = f"8{author.rpps}^{_text(author.nom)}^{_text(author.prenom)}^^^^^^{_AUTHORITY_PERSONS}^D^^^RPPS"
    kind = "FINEG" if hospital.geographic else "FINEJ"
    place = f"{_text(hospital.name)}^^^^^{_AUTHORITY_STRUCTURES}^{kind}^^^{hospital.finess}"
    return _prt("SB^Send by^participation", {5: person, 8: place})


def _copy_to(one: Recipient) -> str:
    told = {15: f"^^X.400^{_text(one.address)}"}
    if one.kind == "ps" and one.identifier:
        told[5] = f"8{one.identifier}^{_text(one.name)}^^^^^^^{_AUTHORITY_PERSONS}^D^^^RPPS"
    elif one.kind == "application":
        told[10] = _text(one.identifier or one.name)
    elif one.kind in ("organisation", "ehpad"):
        told[8] = f"{_text(one.name)}^^^^^{_AUTHORITY_STRUCTURES}^FINEG^^^{_text(one.identifier)}"
    return _prt("RCT^Results Copies To^participation", told)


def _prt(participation: str, told: dict[int, str]) -> str:
    return _line("PRT", *_at({2: "UC", 4: participation} | told))


def _metadata(order: Order) -> list[str]:
    """The ten metadata, in the order that the volet imposes."""
    return [
        _line(
            "OBX", str(number), "CWE", f"{code}^{_text(label)}^MetaDMPMSS", "",
            f"{'Y' if getattr(order.flags, name) else 'N'}^^expandedYes-NoIndicator", "", "", "", "", "", "F",
        )
        for number, (code, name, label) in enumerate(FLAGS, 2)
    ]  # fmt: skip


def _text(value: str) -> str:
    return escape(value)
