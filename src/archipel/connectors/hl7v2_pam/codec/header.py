"""The few fields the listener needs before anything else, read from the bytes without a full parse."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.kernel.hl7v2.charset import utf16_codec

_SEARCHED = 512


@dataclass(frozen=True, slots=True)
class Header:
    """What MSH says, as received; everything is a text and may be empty."""

    application: str = ""
    """MSH-3.1."""
    facility: str = ""
    """MSH-4.1."""
    facility_oid: str = ""
    """MSH-4.2."""
    control_id: str = ""
    event: str = ""
    """MSH-9.2."""
    message_type: str = ""
    """MSH-9.1."""
    emitted_at_text: str = ""
    """MSH-7.1."""
    charset: str = ""
    """MSH-18, first repetition."""
    processing_id: str = ""
    version: str = ""
    """MSH-12 whole, for example 2.5^FRA^2.11."""
    receiving_application: str = ""
    """MSH-5 whole."""
    receiving_facility: str = ""
    """MSH-6 whole."""
    sending_application: str = ""
    """MSH-3 whole."""
    sending_facility: str = ""
    """MSH-4 whole."""
    separators: str = "|^~\\&"
    """MSH-1 and MSH-2."""


_NOTHING = Header()


def read_header(data: bytes) -> Header:
    """Read MSH from the content of a frame. Never fails: what cannot be found is empty."""
    start = data.find(b"MSH", 0, _SEARCHED)
    if start < 0:
        utf16 = utf16_codec(data)
        return read_header(data[:16_384].decode(utf16, "replace").encode()) if utf16 else _NOTHING
    end = data.find(b"\r", start)
    newline = data.find(b"\n", start, end if end >= 0 else len(data))
    if newline >= 0:
        end = newline
    raw = data[start:end] if end >= 0 else data[start:]
    try:
        line = raw[:8192].decode("utf-8")
    except UnicodeDecodeError:
        line = raw[:8192].decode("latin-1")
    if "\x00" in line:
        line = line.replace("\x00", "")
    mark = line[3:4]
    if not mark or mark.isalnum():
        return _NOTHING
    f = line.split(mark, 19)
    if len(f) < 19:
        f.extend([""] * (19 - len(f)))
    marks = f[1]
    if len(marks) < 4 or marks[:1].isalnum():
        marks = "^~\\&"
    component = marks[0]
    facility, _, rest = f[3].partition(component)
    kind, _, event = f[8].partition(component)
    return Header(
        f[2].partition(component)[0],
        facility,
        rest.partition(component)[0],
        f[9],
        event.partition(component)[0],
        kind,
        f[6].partition(component)[0],
        f[17].partition(marks[1])[0],
        f[10],
        f[11],
        f[4],
        f[5],
        f[2],
        f[3],
        mark + marks,
    )
