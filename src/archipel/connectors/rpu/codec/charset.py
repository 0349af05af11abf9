"""The bytes of a received file as text, whatever it says of itself. Pure."""

from __future__ import annotations

import codecs
import re

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_KNOWN = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1", "iso-8859-15": "iso-8859-15", "latin9": "iso-8859-15", "windows-1252": "cp1252",
    "cp1252": "cp1252", "utf-16": "utf-16",
}  # fmt: skip


def decode(raw: bytes) -> tuple[str, str, tuple[str, ...]]:
    """(text without its XML declaration, encoding used, remarks).

    A byte order mark prevails, then what the file declares, then UTF-8, then ISO-8859-15, which reads anything.
    """
    remarks: list[str] = []
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if raw.startswith(mark):
            try:
                text = raw[len(mark) :].decode("utf-8") if name == "utf-8" else raw.decode(name)
            except UnicodeDecodeError:
                break
            if (said := _declared(raw[len(mark) :])) and _KNOWN.get(said, said) != name:
                remarks.append(f"Le fichier se dit en {said} et commence par la marque de {name} : lu en {name}.")
            return _DECLARATION.sub("", text, count=1), name, tuple(remarks)
    said = _declared(raw)
    tried = [_KNOWN[said]] if said in _KNOWN else []
    if said and said not in _KNOWN:
        remarks.append(f"Encodage « {said} » inconnu : UTF-8 puis ISO-8859-15 sont essayés.")
    for name in [*tried, "utf-8", "iso-8859-15"]:
        try:
            text = raw.decode(name)
        except (UnicodeDecodeError, UnicodeError):
            remarks.append(f"Le fichier n'est pas en {name}" + (", qu'il déclare." if name in tried else "."))
            continue
        if name == "utf-8" and not tried and not said:
            remarks = []
        return _DECLARATION.sub("", text, count=1), name, tuple(remarks)
    raise AssertionError("ISO-8859-15 reads any bytes")


def _declared(raw: bytes) -> str:
    found = _DECLARED.match(raw[:400])
    return found[1].decode("ascii").lower() if found else ""
