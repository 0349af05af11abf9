"""MLLP (HL7 transport, appendix C): ``<VT> message <FS> <CR>`` over a byte stream.

The decoder never raises and never grows without bound. What comes out does not depend on how the bytes were
cut into chunks. A VT starts a frame outside one; inside one, only ``<VT>MSH`` does: the previous frame lost its
end. An FS always ends a frame, with or without its CR.
"""

from __future__ import annotations

from dataclasses import dataclass

VT = b"\x0b"
FS = b"\x1c"
CR = b"\r"
_START = VT + b"MSH"
_BLANK = b"\r\n \t\x00"
KEPT_OF_BAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class FramingError:
    """Bytes that are not a usable frame: why, and the bytes themselves (their beginning when they are many)."""

    reason_fr: str
    raw: bytes


Frame = bytes | FramingError


def encode(message: bytes) -> bytes:
    """Put a message in a frame."""
    return VT + message + FS + CR


class MllpDecoder:
    """Cuts a byte stream into messages.

    Args:
        max_size: largest accepted message, in bytes.
        keep: how many bytes of a refused one are kept.
    """

    def __init__(self, max_size: int = 4 * 1024 * 1024, keep: int = KEPT_OF_BAD) -> None:
        if max_size < 4:
            raise ValueError("max_size must hold at least four bytes")
        self._max = max_size
        self._keep = max(1, min(keep, max_size))
        self._buffer = bytearray()
        self._scanned = 0
        self._state = self._outside
        self._junk = bytearray()
        self._junk_size = 0

    @property
    def pending(self) -> int:
        """Bytes held while waiting for the rest; 0 when the stream is between two frames."""
        inside = self._state != self._outside
        return len(self._buffer) + self._junk_size + inside

    def feed(self, data: bytes) -> list[Frame]:
        """Add received bytes; give back what is complete, in order."""
        self._buffer += data
        out: list[Frame] = []
        while self._state(out):
            pass
        return out

    def close(self) -> list[Frame]:
        """The connection ended: what was not finished becomes an error. The decoder is then as new."""
        out: list[Frame] = []
        if self._state == self._inside:
            raw = bytes(self._buffer[: self._keep])
            out.append(FramingError("Connexion fermée avant la fin de trame <FS> : message incomplet.", raw))
        else:
            if self._state == self._outside:
                self._add_junk(bytes(self._buffer))
            self._flush_junk(out, "Octets reçus hors trame avant la fermeture ; attendu <VT> au début.")
        self._buffer.clear()
        self._scanned = 0
        self._state = self._outside
        return out

    def _add_junk(self, data: bytes) -> None:
        self._junk_size += len(data)
        room = self._keep - len(self._junk)
        if room > 0:
            self._junk += data[:room]

    def _flush_junk(self, out: list[Frame], reason: str) -> None:
        raw = bytes(self._junk)
        if raw.strip(_BLANK):
            out.append(FramingError(reason, raw))
        self._junk.clear()
        self._junk_size = 0

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._scanned = 0

    def _outside(self, out: list[Frame]) -> bool:
        """Between frames: look for VT; an FS here means that a VT was lost."""
        buffer = self._buffer
        if not buffer:
            return False
        start, end = buffer.find(VT), buffer.find(FS)
        if start < 0 and end < 0:
            if not self._junk_size:
                stripped = len(buffer) - len(buffer.lstrip(_BLANK))
                self._drop(stripped)
            self._add_junk(bytes(buffer))
            self._drop(len(buffer))
            return False
        if start < 0 or 0 <= end < start:
            self._junk_leading(end)
            self._flush_junk(out, "Message sans début de trame : <FS> reçu sans <VT> avant lui.")
            self._drop(end + 1)
            return True
        self._junk_leading(start)
        self._flush_junk(out, "Octets reçus avant le début de trame <VT> ; ils ne sont pas un message.")
        self._drop(start + 1)
        self._state = self._inside
        return True

    def _junk_leading(self, end: int) -> None:
        data = bytes(self._buffer[:end])
        self._add_junk(data if self._junk_size else data.lstrip(_BLANK))

    def _boundary(self) -> tuple[int, int]:
        """Where the frame ends: (position, bytes to drop with it), or (-1, 0); moves the scanned mark."""
        buffer = self._buffer
        end = buffer.find(FS, self._scanned)
        again = buffer.find(_START, self._scanned, end + 4 if end >= 0 else len(buffer))
        if again >= 0 and (end < 0 or again < end):
            return again, 0
        if end >= 0:
            return end, 1
        self._scanned = max(0, len(buffer) - 3)
        return -1, 0

    def _inside(self, out: list[Frame]) -> bool:
        position, marker = self._boundary()
        size = position if position >= 0 else len(self._buffer) - 3
        if size > self._max:
            out.append(
                FramingError(
                    f"Message de plus de {self._max} octets : refusé ; le début est conservé.",
                    bytes(self._buffer[: self._keep]),
                )
            )
            self._state = self._skipping
            return True
        if position < 0:
            return False
        content = bytes(self._buffer[:position])
        self._drop(position + (marker or 1))
        if not marker:
            out.append(
                FramingError("Fin de trame <FS> absente : un nouveau <VT> est arrivé avant.", content[: self._keep])
            )
            return True
        out.append(content if content.strip(_BLANK) else FramingError("Trame vide entre <VT> et <FS>.", content))
        self._state = self._outside
        return True

    def _skipping(self, out: list[Frame]) -> bool:
        """Drop the rest of a message that is too big, up to its end or to the next beginning."""
        position, marker = self._boundary()
        if position < 0:
            self._drop(max(0, len(self._buffer) - 3))
            return False
        self._drop(position + (marker or 1))
        self._state = self._outside if marker else self._inside
        return True
