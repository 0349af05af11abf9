"""A40 (merge), A47 (change of identifier) and A44 (a venue moves to another patient): PID and MRG in groups."""

from __future__ import annotations

from archipel.connectors.hl7v2_pam.codec.patient import PID_WIDTH, Patient, local_identifiers, read_patient
from archipel.connectors.hl7v2_pam.codec.reading import Reading
from archipel.connectors.hl7v2_pam.codec.visit import PV1_WIDTH, venue_key
from archipel.domains.flow.values import VenueOwnerFact
from archipel.identity.values import MergeAssertion
from archipel.kernel.hl7v2.problems import Rejected

_MRG_WIDTH = 7


class Group:
    """One PID, its MRG segments and its PV1 if any."""

    __slots__ = ("merged", "patient", "pid", "pv1")

    def __init__(self, pid: list[str], patient: Patient) -> None:
        self.pid = pid
        self.patient = patient
        self.merged: list[list[str]] = []
        self.pv1: list[str] = [""] * (PV1_WIDTH + 1)


def _padded(row: list[str], width: int) -> list[str]:
    return row + [""] * (width + 1 - len(row))


def read_groups(reading: Reading) -> list[Group]:
    """Cut the message into groups, each beginning at a PID.

    Raises:
        Rejected: a group without MRG, an MRG before any PID, or an unusable PID.
    """
    groups: list[Group] = []
    for name, row in reading.message.rows():
        if name == "PID":
            pid = _padded(row, PID_WIDTH)
            groups.append(Group(pid, read_patient(reading, pid)))
        elif name == "MRG":
            if not groups:
                raise Rejected("PID", "", "", "le segment du patient conservé, avant MRG")
            groups[-1].merged.append(_padded(row, _MRG_WIDTH))
        elif name == "PV1" and groups:
            groups[-1].pv1 = _padded(row, PV1_WIDTH)
    for group in groups:
        if not group.merged:
            raise Rejected("MRG", "", "", f"le segment de l'ancien identifiant ({reading.event})")
    return groups


def read_merges(reading: Reading, groups: list[Group]) -> tuple[MergeAssertion, ...]:
    """A40 and A47: every former identifier of MRG-1 with the identifier of PID-3 of the same authority.

    Raises:
        Rejected: MRG-1 holds nothing that can be paired.
    """
    merges: dict[tuple[str, str], MergeAssertion] = {}
    for group in groups:
        kept: dict[str, str] = {}
        for _, authority, key in sorted(local_identifiers(reading, group.pid[3], "PID", "3"), key=lambda one: one[0]):
            kept.setdefault(authority, key)
        for mrg in group.merged:
            former = local_identifiers(reading, mrg[1], "MRG", "1")
            if not former:
                raise Rejected("MRG", "1", mrg[1], "l'ancien IPP avec son autorité")
            for _, authority, loser in former:
                survivor = kept.get(authority) or _other_authority(reading, group, len(former))
                if not survivor:
                    continue
                if survivor == loser:
                    reading.note("MRG", "1", "même identifiant qu'en PID-3 ; rien à fusionner.")
                    continue
                merge = MergeAssertion(loser, survivor, reading.stamp, reading.event)
                merges[loser, survivor] = merge
    return tuple(merges.values())


def _other_authority(reading: Reading, group: Group, former: int) -> str:
    if former == 1:
        reading.note("MRG", "1.4", "autorité absente de PID-3 ; l'IPP principal de PID-3 est pris comme survivant.")
        return group.patient.key
    reading.note("MRG", "1.4", "autorité absente de PID-3 ; cet ancien identifiant n'est pas fusionné.")
    return ""


def read_owners(reading: Reading, groups: list[Group]) -> tuple[VenueOwnerFact, ...]:
    """A44: the venue of MRG-3 (and that of PID-18 or PV1-19) now belongs to the patient of PID-3.

    Raises:
        Rejected: no venue is named.
    """
    owners: dict[str, VenueOwnerFact] = {}
    for group in groups:
        found = [reading.cx_key(mrg[3], "MRG", "3") for mrg in group.merged]
        venue = venue_key(reading, group.pid, group.pv1)
        for key in (*found, venue):
            if key:
                owners[key] = VenueOwnerFact(key, group.patient.key, reading.stamp)
        if not (venue or any(found)):
            raise Rejected("MRG", "3", "", "le numéro de la venue déplacée (MRG-3, sinon PID-18)")
    return tuple(owners.values())
