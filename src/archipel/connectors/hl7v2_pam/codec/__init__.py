"""The pure codec of HL7 v2 IHE PAM France: frames, bytes, segments, and what they mean. No Django, no I/O.

message = parse_bytes(content, profile.charset)        # Er7Error
translation = translate(message, profile, sha256_hex)  # Rejected
"""

from archipel.connectors.hl7v2_pam.codec.ack import AckError, build_ack
from archipel.connectors.hl7v2_pam.codec.header import Header, read_header
from archipel.connectors.hl7v2_pam.codec.model import Profile, Translation
from archipel.connectors.hl7v2_pam.codec.translate import is_structure, translate
from archipel.kernel.hl7v2.charset import Decoded, decode
from archipel.kernel.hl7v2.er7 import Er7Message, parse, parse_bytes
from archipel.kernel.hl7v2.escapes import escape, unescape
from archipel.kernel.hl7v2.framing import Frame, FramingError, MllpDecoder, encode
from archipel.kernel.hl7v2.problems import CodecError, Er7Error, Rejected

__all__ = [
    "AckError",
    "CodecError",
    "Decoded",
    "Er7Error",
    "Er7Message",
    "Frame",
    "FramingError",
    "Header",
    "MllpDecoder",
    "Profile",
    "Rejected",
    "Translation",
    "build_ack",
    "decode",
    "encode",
    "escape",
    "is_structure",
    "parse",
    "parse_bytes",
    "read_header",
    "translate",
    "unescape",
]
