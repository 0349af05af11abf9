"""How the codec says that something is wrong: one French sentence, with segment, field, found and expected.

A sentence shows at most 40 characters of what was found, and never a name, an identifier or a birth date:
for those fields only the shape is told ("8 chiffres").
"""

from __future__ import annotations

import re

from archipel.kernel.errors import Invalid

MAX_SHOWN = 40
_CODED_PID = frozenset({"", "1", "8", "30"})
_LONGEST_CODE = 2
_MATRICULE = re.compile(r"(?<!\d)(?:\d{15,}|\d{13}|\d{5}2[AB]\d{6}(?:\d\d)?)(?!\d)")
_PERSONAL_SEGMENTS = frozenset({"MRG", "NK1", "GT1", "IN1", "PD1"})
_PERSONAL_FIELDS = frozenset({("PV1", "19"), ("PV1", "50")})


def shown(value: str) -> str:
    """The value on one line, printable, at most 40 characters, without anything that looks like a matricule."""
    clean = "".join(c if c.isprintable() else " " for c in value[: MAX_SHOWN * 4])
    clean = _MATRICULE.sub("…", " ".join(clean.split()))
    return clean if len(clean) <= MAX_SHOWN else clean[: MAX_SHOWN - 1] + "…"


def shape(value: str) -> str:
    """What a hidden value looks like, without telling it."""
    kind = "chiffres" if value.isdigit() else "caractères"
    return f"{len(value)} {kind}"


def safe(segment: str, field: str, value: str) -> str:
    """What may be told of a value found in that field."""
    number = field.split(".", 1)[0]
    personal = (
        segment in _PERSONAL_SEGMENTS
        or (segment == "PID" and (number not in _CODED_PID or len(value) > _LONGEST_CODE))
        or (segment, number) in _PERSONAL_FIELDS
    )
    return shape(value) if personal else shown(value)


def place_name(segment: str, field: str) -> str:
    """``PID-3``, or ``PID`` when the whole segment is meant."""
    return f"{segment}-{field}" if field else segment


def sentence(segment: str, field: str, found: str, expected: str) -> str:
    """« ZBE-2 : trouvé « 20241345 », attendu une date possible. »"""
    where = place_name(segment, field)
    if not found:
        return f"{where} : absent ; attendu {expected}."
    return f"{where} : trouvé « {safe(segment, field, found)} » ; attendu {expected}."


class CodecError(Invalid):
    """Base of what the codec raises: the message cannot be used, and why.

    Attributes:
        reason_fr: the whole sentence.
        segment, field: where ("" when the whole message is meant).
        found: what was there, already made safe to show.
        expected: what should have been there.
    """

    code = "hl7-invalide"

    def __init__(self, segment: str, field: str, found: str, expected: str, *, reason: str = "") -> None:
        self.reason_fr = reason or sentence(segment, field, found, expected)
        self.segment = segment
        self.field = field
        self.found = safe(segment, field, found) if found else ""
        self.expected = expected
        super().__init__(self.reason_fr, segment=segment, field=field)


class Er7Error(CodecError):
    """The text is not an HL7 v2 message in ER7 notation."""

    code = "hl7-illisible"


class Rejected(CodecError):
    """The message is readable but cannot be applied: it is parked."""

    code = "hl7-refuse"
