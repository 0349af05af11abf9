"""The state of one translation: message, profile, warnings; and how identifiers and authorities are read."""

from __future__ import annotations

from datetime import datetime

from archipel.connectors.hl7v2_pam.codec.model import Profile
from archipel.connectors.hl7v2_pam.codec.times import EXPECTED, parse_time
from archipel.kernel.hl7v2.er7 import NULL, Er7Message
from archipel.kernel.hl7v2.escapes import unescape
from archipel.kernel.hl7v2.problems import Rejected, place_name, sentence

MAX_IDENTIFIER = 80
"""Longest identifier or authority that is taken."""
MAX_TEXT = 200
"""Longest free text that is taken; the rest is cut with a warning."""
MAX_CODE = 40


class Reading:
    """One message being translated; not shared, not kept."""

    __slots__ = (
        "_default_authority",
        "component",
        "event",
        "message",
        "msh",
        "profile",
        "repetition",
        "stamp",
        "strict",
        "subcomponent",
        "warnings",
        "zone",
    )

    def __init__(self, message: Er7Message, profile: Profile, event: str, msh: list[str]) -> None:
        self.message = message
        self.profile = profile
        self.event = event
        self.msh = msh
        self.strict = profile.strict
        self.zone = profile.timezone
        self.stamp = ""
        marks = message.separators
        self.component = marks.component
        self.repetition = marks.repetition
        self.subcomponent = marks.subcomponent
        self.warnings: list[str] = list(message.warnings)
        self._default_authority: str | None = None

    def warn(self, segment: str, field: str, found: str, expected: str) -> None:
        """Remember a departure that does not prevent the translation."""
        self.warnings.append(sentence(segment, field, found, expected))

    def note(self, segment: str, field: str, text: str) -> None:
        """Remember a departure told in other words (never with personal data)."""
        self.warnings.append(f"{place_name(segment, field)} : {text}")

    def tolerate(self, segment: str, field: str, found: str, expected: str, then: str = "") -> None:
        """A departure from the profile: warning when tolerant, refusal when strict.

        Args:
            segment: where.
            field: where in it.
            found: what was there.
            expected: what should have been.
            then: what is done about it when it is tolerated.

        Raises:
            Rejected: the sender's profile is strict.
        """
        if self.strict:
            raise Rejected(segment, field, found, expected)
        self.warn(segment, field, found, f"{expected} ; {then}" if then else expected)

    def components(self, value: str, size: int) -> list[str]:
        """The raw components of a value, at least ``size`` of them."""
        parts = value.split(self.component)
        missing = size - len(parts)
        if missing > 0:
            parts.extend([""] * missing)
        return parts

    def first(self, value: str) -> str:
        """First component of the first repetition, unescaped and trimmed; "" for an explicit null."""
        if self.repetition in value:
            value = value.split(self.repetition, 1)[0]
        if self.component in value:
            value = value.split(self.component, 1)[0]
        return self.text(value)

    def text(self, value: str) -> str:
        """A raw component as one clean line: first subcomponent, unescaped, trimmed, "" for an explicit null."""
        if not value or value.isalnum():
            return value
        if self.subcomponent in value:
            value = value.split(self.subcomponent, 1)[0]
        if value == NULL:
            return ""
        value = unescape(value, self.message.separators).strip()
        if value.isprintable():
            return value
        return " ".join("".join(c if c.isprintable() else " " for c in value).split())

    def code(self, value: str, segment: str, field: str) -> str:
        """As :meth:`first`, for a code: at most 40 characters, else it is dropped with a warning."""
        if not value:
            return ""
        value = self.first(value)
        if len(value) > MAX_CODE:
            self.warn(segment, field, value, f"un code de {MAX_CODE} caractères au plus")
            return ""
        return value

    def moment(self, value: str, segment: str, field: str) -> datetime | None:
        """A time that places something; None when absent.

        Raises:
            Rejected: it is there and impossible.
        """
        if not value or value == NULL:
            return None
        text = value.split(self.component, 1)[0] if self.component in value else value
        moment = parse_time(text, self.zone)
        if moment is None:
            raise Rejected(segment, field, text or value, EXPECTED)
        return moment

    def soft_moment(self, value: str, segment: str, field: str) -> datetime | None:
        """A descriptive time: impossible ones are dropped with a warning (refused when strict)."""
        try:
            return self.moment(value, segment, field)
        except Rejected as error:
            if self.strict:
                raise
            self.note(segment, field, f"date impossible « {error.found} » ; elle n'est pas prise, attendu {EXPECTED}.")
            return None

    def default_authority(self) -> str:
        """The authority of identifiers that carry none: the profile's, else MSH-4."""
        if self._default_authority is None:
            found = self.profile.authority
            if not found:
                parts = self.components(self.msh[4], 2)
                found = self.alias(self.text(parts[1]), self.text(parts[0]))
            self._default_authority = found
        return self._default_authority

    def alias(self, universal: str, namespace: str) -> str:
        """The establishment's own name of an authority; else its universal id, else its namespace."""
        aliases = self.profile.authorities
        if aliases:
            for name in (universal, namespace):
                if name and name in aliases:
                    return aliases[name]
        return universal or namespace

    def authority(self, hd: str) -> str:
        """The authority of a CX-4 (HD in subcomponents)."""
        if not hd or hd == NULL:
            return self.default_authority()
        parts = hd.split(self.subcomponent, 2)
        namespace = self.text(parts[0])
        universal = self.text(parts[1]) if len(parts) > 1 else ""
        return self.alias(universal, namespace) or self.default_authority()

    def key(self, authority: str, number: str, segment: str, field: str) -> str:
        """``authority|number``, with no other bar in it and no tilde before it (that marks invented movements).

        Raises:
            Rejected: one of them is too long, or no authority is known at all.
        """
        if not authority:
            raise Rejected(segment, f"{field}.4", "", "une autorité (dans le champ, en MSH-4 ou dans le profil)")
        if len(number) > MAX_IDENTIFIER or len(authority) > MAX_IDENTIFIER:
            longest = max(number, authority, key=len)
            raise Rejected(segment, field, longest, f"un identifiant de {MAX_IDENTIFIER} caractères au plus")
        if "|" in number or "|" in authority:
            number, authority = number.replace("|", "¦"), authority.replace("|", "¦")
        if authority[0] == "~":
            authority = "¬" + authority[1:]
        return f"{authority}|{number}"

    def cx_key(self, value: str, segment: str, field: str) -> str:
        """The key of a CX identifier (first repetition), "" when it has no number."""
        if not value or value == NULL:
            return ""
        if self.repetition in value:
            value = value.split(self.repetition, 1)[0]
        parts = value.split(self.component, 4)
        number = self.text(parts[0])
        if not number:
            return ""
        authority = self.authority(parts[3]) if len(parts) > 3 else self.default_authority()
        return self.key(authority, number, segment, field)
