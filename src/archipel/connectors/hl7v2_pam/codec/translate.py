"""HL7 v2 ADT (IHE PAM France 2.11) → the vocabulary of flow and identity. Pure and deterministic."""

from __future__ import annotations

from typing import Literal

from archipel.connectors.hl7v2_pam.codec.events import (
    ACCOUNT_MOVE,
    IDENTITY_ONLY,
    KNOWN,
    MERGES,
    VENUE_UPDATE,
)
from archipel.connectors.hl7v2_pam.codec.merging import read_groups, read_merges, read_owners
from archipel.connectors.hl7v2_pam.codec.model import Profile, Translation
from archipel.connectors.hl7v2_pam.codec.movement import read_movements
from archipel.connectors.hl7v2_pam.codec.patient import PID_WIDTH, Patient, read_patient
from archipel.connectors.hl7v2_pam.codec.reading import Reading
from archipel.connectors.hl7v2_pam.codec.times import EXPECTED, parse_time, time_stamp
from archipel.connectors.hl7v2_pam.codec.visit import PV1_WIDTH, Visit, read_visit, venue_key
from archipel.domains.flow.values import VenueOwnerFact
from archipel.kernel.hl7v2.er7 import NULL, Er7Message
from archipel.kernel.hl7v2.problems import Rejected, shown

__all__ = ["Profile", "Rejected", "Translation", "is_structure", "translate"]

_MSH_WIDTH = 21
_FEEDING = frozenset({"IO", "INO", "NA"})
_CONSULTATION = frozenset({"IC", "INC", "NA"})
_PMSI = ((1, "pmsi_mode_entree"), (2, "pmsi_mode_sortie"), (3, "pmsi_provenance"), (4, "pmsi_destination"))


def is_structure(message: Er7Message) -> bool:
    """Whether the message is an MFN^M05 (structure), which another reader takes."""
    return message.get("MSH", 9, 0, 1) == "MFN" and message.get("MSH", 9, 0, 2) == "M05"


def translate(message: Er7Message, profile: Profile, digest: str) -> Translation:
    """Say what a message says.

    Args:
        message: the message, parsed.
        profile: how its sender writes.
        digest: SHA-256 of the content, hexadecimal; its first eight digits end the stamp.

    Raises:
        Rejected: the message cannot be applied; it must be parked with ``reason_fr``.
    """
    msh = message.padded("MSH", _MSH_WIDTH)
    if msh is None:
        raise Rejected("MSH", "", "", "un message HL7 v2")
    marks = message.separators
    kind, _, event = msh[9].partition(marks.component)
    event = event.partition(marks.component)[0]
    reading = Reading(message, profile, event, msh)
    if kind != "ADT" or event not in KNOWN:
        ignored = _ignored(reading, kind, event)
        if ignored is not None:
            return ignored
        event = reading.event
    reading.stamp = _stamp(reading, digest)
    if event in MERGES or event == ACCOUNT_MOVE:
        return _merge(reading)
    pid = message.padded("PID", PID_WIDTH)
    if pid is None:
        raise Rejected("PID", "", "", f"le segment du patient, obligatoire avec {event}")
    if message.count("PID") > 1:
        reading.note("PID", "", f"plusieurs segments PID avec {event} ; seul le premier est lu.")
    patient = read_patient(reading, pid)
    if event in IDENTITY_ONLY:
        return _result(reading, (patient,))
    if event == VENUE_UPDATE and not message.count("ZBE"):
        return _venue_update(reading, pid, patient)
    visit = read_visit(reading, pid)
    movements = read_movements(reading, visit, patient.key)
    attributes = _attributes(reading, patient, visit)
    return Translation(
        event, "translated", "", movements, (), (patient.assertion,), (), attributes, tuple(reading.warnings)
    )


def _ignored(reading: Reading, kind: str, event: str) -> Translation | None:
    """The answer for what Archipel does not use; None when the event was found in EVN-1 after all."""
    kind, event = reading.text(kind), reading.text(event)
    reason: str
    if not kind:
        raise Rejected("MSH", "9", "", "un type de message, par exemple ADT^A01")
    if kind == "MFN" and event == "M05":
        reason = "MFN^M05 : message de structure, lu par l'import de structure et non comme un mouvement."
    elif kind == "ACK":
        reason = "ACK : accusé de réception, rien à appliquer."
    elif kind != "ADT":
        reason = f"{shown(kind)} : type de message non utilisé par Archipel, attendu ADT."
    else:
        if not event:
            event = reading.code(reading.message.raw("EVN", 1), "EVN", "1")
            if not event:
                raise Rejected("MSH", "9.2", "", "un événement, par exemple A01")
            reading.note("MSH", "9.2", f"absent ; l'événement {shown(event)} est pris dans EVN-1.")
        if event in KNOWN:
            reading.event = event
            return None
        reason = f"{shown(event)} : événement non utilisé par Archipel."
    outcome: Literal["ignored"] = "ignored"
    return Translation(shown(event), outcome, reason, warnings=tuple(reading.warnings))


def _stamp(reading: Reading, digest: str) -> str:
    """Where the message stands in its sender's order (see identity values)."""
    msh = reading.msh
    value = msh[7]
    field, segment = "7", "MSH"
    if not value or value == NULL:
        value = reading.message.raw("EVN", 2)
        field, segment = "2", "EVN"
        if not value or value == NULL:
            raise Rejected("MSH", "7", "", "la date d'émission du message")
        reading.tolerate("MSH", "7", "", "la date d'émission", "EVN-2 est prise à la place")
    text = value.partition(reading.component)[0]
    moment = parse_time(text, reading.zone)
    if moment is None:
        raise Rejected(segment, field, text or value, EXPECTED)
    control = reading.first(msh[10]) if msh[10] else ""
    # In the same second, ids that are numbers order as numbers.
    control = control.zfill(20) if control.isdigit() else control[:199]
    return f"{time_stamp(moment)}|{control}|{digest[:8]}"


def _result(reading: Reading, patients: tuple[Patient, ...]) -> Translation:
    return Translation(
        event=reading.event,
        outcome="translated",
        identities=tuple(one.assertion for one in patients),
        attributes=_attributes(reading, patients[0], None),
        warnings=tuple(reading.warnings),
    )


def _venue_update(reading: Reading, pid: list[str], patient: Patient) -> Translation:
    """A08 without ZBE: identity, and the venue's owner when a venue is named."""
    message = reading.message
    owners: tuple[VenueOwnerFact, ...] = ()
    visit: Visit | None = None
    pv1 = message.padded("PV1", PV1_WIDTH)
    if pv1 is not None and venue_key(reading, pid, pv1):
        visit = read_visit(reading, pid)
        owners = (VenueOwnerFact(visit.venue, patient.key, reading.stamp),)
    return Translation(
        event=reading.event,
        outcome="translated",
        owners=owners,
        identities=(patient.assertion,),
        attributes=_attributes(reading, patient, visit),
        warnings=tuple(dict.fromkeys(reading.warnings)),
    )


def _merge(reading: Reading) -> Translation:
    groups = read_groups(reading)
    if not groups:
        raise Rejected("PID", "", "", f"le segment du patient, obligatoire avec {reading.event}")
    moves = reading.event == ACCOUNT_MOVE
    owners = read_owners(reading, groups) if moves else ()
    merges = () if moves else read_merges(reading, groups)
    return Translation(
        event=reading.event,
        outcome="translated",
        owners=owners,
        identities=tuple(group.patient.assertion for group in groups),
        merges=merges,
        attributes=_attributes(reading, groups[0].patient, None),
        warnings=tuple(reading.warnings),
    )


def _attributes(reading: Reading, patient: Patient, visit: Visit | None) -> dict[str, object]:
    """The other facts: DMP consents (ZFA-9, ZFA-11), PMSI modes (ZFM), death flag, residence, expected admission."""
    found: dict[str, object] = {}
    if patient.comments:
        found["identite_commentaires"] = patient.comments
    if patient.dead:
        found["deces"] = patient.dead == "Y"
    for name, value in zip(("residence_cp", "residence_commune"), patient.residence, strict=True):
        if value:
            found[name] = value
    message = reading.message
    zfa = message.fields("ZFA")
    if zfa:
        _consent(reading, zfa, 9, "dmp_alimentation", _FEEDING, found)
        _consent(reading, zfa, 11, "dmp_consultation", _CONSULTATION, found)
        if len(zfa) > 1 and zfa[1]:
            found["dmp_statut"] = reading.code(zfa[1], "ZFA", "1")
    zfm = message.fields("ZFM")
    if zfm:
        for index, name in _PMSI:
            if index < len(zfm) and zfm[index] and zfm[index] != NULL:
                found[name] = reading.code(zfm[index], "ZFM", str(index))
    if visit is not None and visit.expected_admission is not None:
        found["admission_prevue"] = visit.expected_admission.isoformat()
    return found


def _consent(
    reading: Reading, zfa: list[str], index: int, name: str, values: frozenset[str], found: dict[str, object]
) -> None:
    if index >= len(zfa) or not zfa[index]:
        return
    value = reading.code(zfa[index], "ZFA", str(index)).upper()
    if value in values:
        found[name] = value
    elif value:
        reading.warn("ZFA", str(index), value, " ou ".join(sorted(values)))
