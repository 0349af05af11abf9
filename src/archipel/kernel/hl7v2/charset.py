"""MSH-18 → the codec that really reads the bytes. Never fails: a wrong announcement costs a warning."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from archipel.kernel.hl7v2.problems import shown

_CODECS = {
    "ASCII": "ascii",
    "8859/1": "latin-1",
    "8859/2": "iso8859-2",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UNICODE UTF-16": "utf-16",
}
_SPELLINGS = {
    "ISO-8859-1": "8859/1",
    "ISO8859-1": "8859/1",
    "ISO 8859-1": "8859/1",
    "8859-1": "8859/1",
    "LATIN1": "8859/1",
    "ISO-8859-15": "8859/15",
    "ISO8859-15": "8859/15",
    "8859-15": "8859/15",
    "UTF-8": "UNICODE UTF-8",
    "UTF8": "UNICODE UTF-8",
    "UNICODE UTF8": "UNICODE UTF-8",
    "UTF-16": "UNICODE UTF-16",
    "US-ASCII": "ASCII",
}
_NAMES = {
    "ascii": "ASCII",
    "latin-1": "ISO 8859-1",
    "iso8859-15": "ISO 8859-15",
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
}
_C1 = bytes(range(0x80, 0xA0))


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a message, the codec that read it, and what was wrong ("" when nothing was)."""

    text: str
    codec: str
    warning: str = ""


def codec_for(declared: str) -> str | None:
    """The Python codec of an HL7 charset name (table 0211), or None when the name is empty or unknown."""
    name = declared.strip().upper()
    return _CODECS.get(_SPELLINGS.get(name, name))


def utf16_codec(data: bytes) -> str:
    """The codec of bytes that are in UTF-16, "" for others. It cannot travel in MLLP, but files hold it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data[:8].count(0) < 3:
        return ""
    return "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"


def declared_charset(data: bytes) -> str:
    """MSH-18, first repetition, or "" when it cannot be found."""
    start = data.find(b"MSH", 0, 512)
    if start < 0 or len(data) < start + 8:
        return ""
    end = len(data)
    for mark in (b"\r", b"\n"):
        found = data.find(mark, start, end)
        if found >= 0:
            end = found
    fields = data[start:end].split(data[start + 3 : start + 4], 18)
    if len(fields) < 18:
        return ""
    return fields[17].split(b"~", 1)[0].decode("latin-1").strip()


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _single_byte(data: bytes, preferred: str) -> tuple[str, str]:
    """Read with a one-byte codec; control bytes 80-9F betray Windows-1252."""
    if len(data.translate(None, _C1)) != len(data):
        return data.decode("cp1252", "replace"), "cp1252"
    codec = preferred if preferred.startswith(("latin", "iso8859")) else "latin-1"
    return data.decode(codec, "replace"), codec


def _warning(declared: str, codec: str) -> str:
    return f"MSH-18 annonce « {shown(declared)} », les octets n'en sont pas ; message lu en {_NAMES.get(codec, codec)}."


def decode(data: bytes, default: str = "8859/1", declared: str | None = None) -> Decoded:
    """Read the bytes of one message.

    Args:
        data: the content of one frame.
        default: HL7 name of the sender's charset, used when MSH-18 is empty.
        declared: MSH-18 when the caller already has it, else it is looked up.
    """
    if utf16 := utf16_codec(data):
        return Decoded(data.decode(utf16, "replace"), "utf-16", "Message reçu en UTF-16 ; attendu UTF-8 ou ISO 8859.")
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    if declared is None:
        declared = declared_charset(data)
    known = codec_for(declared)
    if data.isascii():
        warning = "" if known or not declared else _unknown(declared, "ascii")
        return Decoded(data.decode("ascii"), known or "ascii", warning)
    wanted = known or codec_for(default) or "latin-1"
    return _read(data, declared, known, wanted)


def _read(data: bytes, declared: str, known: str | None, wanted: str) -> Decoded:
    as_utf8 = _utf8(data)
    if as_utf8 is not None:
        text, codec = as_utf8, "utf-8"
    else:
        text, codec = _single_byte(data, wanted)
    if declared and not known:
        return Decoded(text, codec, _unknown(declared, codec))
    if codec == wanted:
        return Decoded(text, codec)
    if declared:
        return Decoded(text, codec, _warning(declared, codec))
    return Decoded(
        text,
        codec,
        f"MSH-18 est vide et les octets ne sont pas en {_NAMES.get(wanted, wanted)} (jeu de l'émetteur) ; "
        f"message lu en {_NAMES.get(codec, codec)}.",
    )


def _unknown(declared: str, codec: str) -> str:
    return (
        f"MSH-18 : jeu de caractères « {shown(declared)} » inconnu, attendu 8859/1, 8859/15 ou UNICODE UTF-8 ; "
        f"message lu en {_NAMES.get(codec, codec)}."
    )
