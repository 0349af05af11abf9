"""The pure codec of HL7 v2 IHE PAM France: frames, bytes, segments, and what they mean. No Django, no I/O.

message = parse_bytes(content, profile.charset)        # Er7Error
translation = translate(message, profile, sha256_hex)  # Rejected
"""

from archipel.connectors.hl7v2_pam.codec.ack import AckError, build_ack
from archipel.connectors.hl7v2_pam.codec.charset import Decoded, decode
from archipel.connectors.hl7v2_pam.codec.er7 import Er7Message, parse, parse_bytes
from archipel.connectors.hl7v2_pam.codec.escapes import escape, unescape
from archipel.connectors.hl7v2_pam.codec.framing import Frame, FramingError, MllpDecoder, encode
from archipel.connectors.hl7v2_pam.codec.header import Header, read_header
from archipel.connectors.hl7v2_pam.codec.model import Profile, Translation
from archipel.connectors.hl7v2_pam.codec.problems import CodecError, Er7Error, Rejected
from archipel.connectors.hl7v2_pam.codec.translate import is_structure, translate

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
