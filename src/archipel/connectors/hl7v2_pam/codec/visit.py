"""PV1, PV2 and ZFM → the venue, where the patient is, and what is expected of the stay."""

from __future__ import annotations

from datetime import datetime

from archipel.connectors.hl7v2_pam.codec.events import PENDING
from archipel.connectors.hl7v2_pam.codec.reading import Reading
from archipel.domains.flow.values import Place
from archipel.kernel.hl7v2.er7 import NULL
from archipel.kernel.hl7v2.problems import Rejected

PV1_WIDTH = 52
PV2_WIDTH = 10
_EMPTY_PV1 = [""] * (PV1_WIDTH + 1)
_EMPTY_PV2 = [""] * (PV2_WIDTH + 1)
_CLASSES = frozenset("IEOPRBNC")


class Visit:
    """What was read of the visit segments; shared by all the movements of a message."""

    __slots__ = ("exit_mode", "expected_admission", "expected_exit", "patient_class", "place", "pv1", "venue", "wish")

    def __init__(self, venue: str, pv1: list[str]) -> None:
        self.venue = venue
        self.pv1 = pv1
        self.patient_class = ""
        self.place: Place | None = None
        self.wish = ""
        self.expected_admission: datetime | None = None
        self.expected_exit: datetime | None = None
        self.exit_mode = ""


def venue_key(reading: Reading, pid: list[str], pv1: list[str]) -> str:
    """PV1-19 when PV1-51 is V, else PID-18; each stands for the other when it is missing. "" when none is there."""
    if pv1[51] == "V" or (pv1[51] and reading.first(pv1[51]).upper() == "V"):
        key = reading.cx_key(pv1[19], "PV1", "19")
        if key:
            return key
        key = reading.cx_key(pid[18], "PID", "18")
        if key:
            reading.note("PV1", "19", "absent alors que PV1-51 dit V ; le numéro de PID-18 est pris comme venue.")
        return key
    key = reading.cx_key(pid[18], "PID", "18")
    if key:
        return key
    key = reading.cx_key(pv1[19], "PV1", "19")
    if key:
        reading.note("PID", "18", "absent ; le numéro de PV1-19 est pris comme venue.")
    return key


def read_place(reading: Reading, value: str, segment: str, field: str) -> tuple[Place | None, str]:
    """A PL field: the place (None when it names none) and its unit as received, before the sender's mapping."""
    if not value or value == NULL:
        return None, ""
    if reading.repetition in value:
        value = value.split(reading.repetition, 1)[0]
    parts = value.split(reading.component)
    size = len(parts)
    code = reading.code
    uf = code(parts[0], segment, f"{field}.1")
    chambre = code(parts[1], segment, f"{field}.2") if size > 1 else ""
    lit = code(parts[2], segment, f"{field}.3") if size > 2 else ""
    if not (uf or chambre or lit):
        return None, reading.text(parts[8])[:200] if size > 8 else ""
    return Place(reading.profile.uf_map.get(uf, uf), chambre, lit), uf


def read_visit(reading: Reading, pid: list[str]) -> Visit:
    """Read the visit of a movement.

    Raises:
        Rejected: no venue number; or, when strict, no PV1 or an impossible expected date.
    """
    message = reading.message
    pv1 = message.padded("PV1", PV1_WIDTH)
    if pv1 is None:
        reading.tolerate("PV1", "", "", "le segment de la venue", "le mouvement est pris, sans lieu")
        pv1 = _EMPTY_PV1
    venue = venue_key(reading, pid, pv1)
    if not venue:
        raise Rejected("PID", "18", "", "un numéro de dossier en PID-18 ou de venue en PV1-19")
    visit = Visit(venue, pv1)
    kind = pv1[2]
    if kind and kind not in _CLASSES:
        kind = reading.code(kind, "PV1", "2").upper()
        if kind and kind not in _CLASSES:
            reading.warn("PV1", "2", kind, "I, E, O, P, R, B ou N")
    visit.patient_class = kind
    if pv1[3]:
        visit.place, _ = read_place(reading, pv1[3], "PV1", "3")
    pv2 = message.padded("PV2", PV2_WIDTH)
    if pv2 is not None:
        if pv2[8]:
            visit.expected_admission = reading.soft_moment(pv2[8], "PV2", "8")
        if pv2[9]:
            visit.expected_exit = reading.soft_moment(pv2[9], "PV2", "9")
    zfm = message.fields("ZFM")
    if len(zfm) > 2 and zfm[2]:
        visit.exit_mode = reading.code(zfm[2], "ZFM", "2")
    if reading.event in PENDING:
        _wish(reading, visit, pv2 or _EMPTY_PV2)
    return visit


def _wish(reading: Reading, visit: Visit, pv2: list[str]) -> None:
    """A14 and A15: the place asked for is PV1-42, else PV2-1, else PV1-3."""
    pv1 = visit.pv1
    for value, segment, field in ((pv1[42], "PV1", "42"), (pv2[1], "PV2", "1"), (pv1[3], "PV1", "3")):
        place, wish = read_place(reading, value, segment, field)
        if place is not None or wish:
            visit.place, visit.wish = place, wish or (place.uf if place else "")
            return
