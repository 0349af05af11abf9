"""Acknowledgements (HL7 v2.5 chapter 2, PAM France): MSH turned round, MSA, and ERR when something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archipel.connectors.hl7v2_pam.codec.header import Header
from archipel.kernel.hl7v2.charset import codec_for
from archipel.kernel.hl7v2.escapes import STANDARD, Separators, escape

AckCode = Literal["AA", "AE", "AR"]

SEGMENT_SEQUENCE = "100"
REQUIRED_FIELD = "101"
DATA_TYPE = "102"
TABLE_VALUE = "103"
UNSUPPORTED_TYPE = "200"
UNSUPPORTED_EVENT = "201"
UNKNOWN_KEY = "204"
INTERNAL_ERROR = "207"

_LABELS = {
    SEGMENT_SEQUENCE: "Segment sequence error",
    REQUIRED_FIELD: "Required field missing",
    DATA_TYPE: "Data type error",
    TABLE_VALUE: "Table value not found",
    UNSUPPORTED_TYPE: "Unsupported message type",
    UNSUPPORTED_EVENT: "Unsupported event code",
    UNKNOWN_KEY: "Unknown key identifier",
    INTERNAL_ERROR: "Application internal error",
}
DEFAULT_VERSION = "2.5^FRA^2.11"
_MAX_ID = 199
_MAX_TEXT = 250


@dataclass(frozen=True, slots=True)
class AckError:
    """What ERR says: where, which code of table 0357, and a French sentence for the sender's operator."""

    text: str
    segment: str = ""
    field: str = ""
    code: str = INTERNAL_ERROR
    severity: Literal["E", "W", "I"] = "E"


def _marks(header: Header) -> Separators:
    text = header.separators[:5]
    usable = len(set(text)) == 5 and all(" " < c <= "~" and c != '"' and not c.isalnum() for c in text)
    return Separators(*text) if usable else STANDARD


def _echo(value: str, field_mark: str) -> str:
    """A raw field of the message, safe to send back: no control character, nothing that opens a field."""
    value = value[:_MAX_TEXT]
    if value.isprintable() and field_mark not in value:
        return value
    return "".join(c for c in value if c.isprintable() and c != field_mark)


def _err(error: AckError, marks: Separators) -> str:
    number = error.field.split(".", 1)[0]
    location = ""
    if error.segment:
        parts = [escape(error.segment, marks), "1"]
        if number.isdigit():
            parts.append(number)
        location = marks.component.join(parts)
    label = _LABELS.get(error.code, "")
    kind = marks.component.join((error.code, label, "HL70357")) if label else error.code
    fields = ["ERR", "", location, kind, error.severity, "", "", "", escape(error.text[:_MAX_TEXT], marks)]
    return marks.field.join(fields)


def build_ack(header: Header, code: AckCode, *, control_id: str, at: datetime, error: AckError | None = None) -> bytes:
    """The acknowledgement of the message whose header is given, as segments ended by CR, without the frame.

    Works from an empty header too: the answer then only has our own identifier.

    Args:
        header: what could be read of the message (see :func:`~.header.read_header`).
        code: AA applied or stored, AE in error, AR refused.
        control_id: MSH-10 of the acknowledgement itself.
        at: its MSH-7, in the clock the sender expects (local time).
        error: the ERR segment of an AE or AR; also a warning beside an AA.
    """
    marks = _marks(header)
    kind = "ACK"
    if header.event:
        kind = marks.component.join(("ACK", _echo(header.event[:8], marks.field), "ACK"))
    msh = [
        "MSH",
        marks.component + marks.repetition + marks.escape + marks.subcomponent,
        _echo(header.receiving_application, marks.field),
        _echo(header.receiving_facility, marks.field),
        _echo(header.sending_application, marks.field),
        _echo(header.sending_facility, marks.field),
        at.strftime("%Y%m%d%H%M%S"),
        "",
        kind,
        escape(control_id, marks),
        _echo(header.processing_id, marks.field) or "P",
        _echo(header.version, marks.field) or DEFAULT_VERSION.replace("^", marks.component),
        "",
        "",
        "",
        "",
        "FRA",
        _echo(header.charset, marks.field),
    ]
    lines = [marks.field.join(msh), marks.field.join(("MSA", code, _echo(header.control_id[:_MAX_ID], marks.field)))]
    if error is not None:
        lines.append(_err(error, marks))
    text = "\r".join(lines) + "\r"
    return text.encode(codec_for(header.charset) or "latin-1", "replace")
