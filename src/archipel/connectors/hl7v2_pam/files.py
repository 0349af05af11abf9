"""The messages that files hold: which files, cut into messages, and what is not one. Pure but for listing folders."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from pathlib import Path

from archipel.kernel.errors import NotFound
from archipel.kernel.hl7v2.charset import utf16_codec
from archipel.kernel.hl7v2.framing import VT, FramingError, MllpDecoder

_START = re.compile(rb"(?:^|[\r\n])[ \t]*(?=MSH[^A-Za-z0-9\s])")
_ENVELOPE = re.compile(rb"[\r\n]+(?:BHS|FHS|BTS|FTS)[^\r\n]*(?=[\r\n]|$)")
_ONLY_ENVELOPE = re.compile(rb"(?:\s*(?:BHS|FHS|BTS|FTS)[^\r\n]*)+\s*")
_ACCOMPANYING = frozenset({".md", ".markdown", ".rst"})


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files to read, folders walked in name order; hidden files are left out.

    Raises:
        NotFound: a path that is not there.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file())
            found.extend(p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts))
        elif path.exists():
            found.append(path)
        else:
            raise NotFound(f"« {path} » n'existe pas : attendu un fichier ou un dossier de messages HL7.")
    return found


def split(content: bytes) -> list[bytes | FramingError]:
    """The messages of a file: MLLP frames, or segments one after the other, each message beginning with MSH.

    A file without any MSH is one unreadable message: nothing is dropped. Messages of a UTF-16 file stay in UTF-16.
    """
    if codec := utf16_codec(content):
        try:
            pieces = split(content.decode(codec).lstrip("\ufeff").encode())
        except UnicodeDecodeError:
            return [content]
        return [piece if isinstance(piece, FramingError) else piece.decode().encode("utf-16") for piece in pieces]
    content = content.removeprefix(codecs.BOM_UTF8)
    framed = content.startswith(VT) or VT + b"MSH" in content
    if framed and b"MSH" in content:
        decoder = MllpDecoder()
        return [*decoder.feed(content), *decoder.close()]
    starts = [match.end() for match in _START.finditer(content)]
    if not starts:
        return [content]
    found: list[bytes | FramingError] = []
    head = content[: starts[0]].strip(b"\r\n\t ")
    if head and not head.startswith((b"BHS", b"FHS")):
        found.append(FramingError("Contenu avant le premier segment MSH.", head))
    for begin, end in zip(starts, [*starts[1:], len(content)], strict=True):
        found.append(_ENVELOPE.sub(b"", content[begin:end]))
    return found


def nothing_in(path: Path, content: bytes) -> tuple[str, str] | None:
    """The outcome and reason of a file that holds no message and is not worth a place in the journal."""
    if not content.strip(b"\r\n\t \x00"):
        return "parked", "Fichier vide : il ne contient aucun message."
    if b"MSH" in content:
        return None
    if path.suffix.lower() in _ACCOMPANYING:
        return "ignored", f"Fichier {path.suffix} sans segment MSH : il accompagne des messages et n'en est pas un."
    if _ONLY_ENVELOPE.fullmatch(content):
        return "ignored", "Lot vide : des segments FHS, BHS, BTS ou FTS sans message entre eux."
    return None
