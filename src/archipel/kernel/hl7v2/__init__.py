"""What every HL7 v2 connector stands on: frames, bytes, segments, escapes, and how a fault is told. No I/O."""

from archipel.kernel.hl7v2.charset import Decoded, decode
from archipel.kernel.hl7v2.er7 import Er7Message, parse, parse_bytes
from archipel.kernel.hl7v2.escapes import escape, unescape
from archipel.kernel.hl7v2.framing import Frame, FramingError, MllpDecoder, encode
from archipel.kernel.hl7v2.problems import CodecError, Er7Error, Rejected

__all__ = [
    "CodecError",
    "Decoded",
    "Er7Error",
    "Er7Message",
    "Frame",
    "FramingError",
    "MllpDecoder",
    "Rejected",
    "decode",
    "encode",
    "escape",
    "parse",
    "parse_bytes",
    "unescape",
]
