"""Parked messages: shown segment by segment with what is wrong, corrected in their own charset."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.connectors.hl7v2_pam.codec import Profile, decode, read_header
from archipel.connectors.hl7v2_pam.field_names import PERSONAL, field_name, segment_name
from archipel.connectors.hl7v2_pam.interpret import FRAMING
from archipel.connectors.hl7v2_pam.senders import profile_from
from archipel.foundation.journal import queries, services
from archipel.foundation.journal.models import Sender
from archipel.foundation.journal.store import Incoming, content_digest
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Invalid

MAX_SIZE = 4_194_304
"""Bytes of a corrected message."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as received: ``PID-5``, its French name, its raw text."""

    number: int
    name: str
    text: str
    faulty: bool
    personal: bool


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One line of the message."""

    line: int
    name: str
    title: str
    text: str
    fields: tuple[FieldView, ...]
    faulty: bool
    """The reason names this segment."""
    whole: bool
    """The reason names it without a field: it is all of it that is wrong."""
    personal: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message to be read by a person."""

    segments: tuple[SegmentView, ...]
    charset: str
    """The codec that reads the bytes."""
    charset_warning: str
    missing: str
    """The segment named by the reason, when the message has none."""


def profile_of(sender_id: int) -> Profile:
    """The reading profile of a sender; the default one when it has none that can be read."""
    row = Sender.objects.filter(pk=sender_id).first()
    try:
        return profile_from(row.profile, facility=row.facility) if row else Profile()
    except (Invalid, TypeError):
        return Profile()


def text_of(raw: bytes, profile: Profile) -> str:
    """The message as text, one segment per line."""
    text = decode(raw, profile.charset).text
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n\x00\x0b\x1c")


def view(raw: bytes, profile: Profile, *, segment: str = "", field: str = "") -> MessageView:
    """Cut the message for display, however broken it is.

    Args:
        raw: its bytes.
        profile: how its sender writes.
        segment: the segment that the reason names, "" when none.
        field: the field, for example ``3.4``; "" when the whole segment is meant.
    """
    decoded = decode(raw, profile.charset)
    lines = text_of(raw, profile).split("\n")
    mark = next((line[3] for line in lines if line.startswith("MSH") and len(line) > 3), "|")
    number = int(field.partition(".")[0]) if field.partition(".")[0].isdigit() else None
    segments = [
        _segment(rank, line, mark, segment, number) for rank, line in enumerate(lines, 1) if line.strip("\r\n\x00 ")
    ]
    missing = segment if segment and all(one.name != segment for one in segments) else ""
    return MessageView(tuple(segments), decoded.codec, decoded.warning, missing)


def _segment(rank: int, line: str, mark: str, segment: str, number: int | None) -> SegmentView:
    name = line[:3]
    values = line.split(mark)
    if name == "MSH":
        values.insert(1, mark)
    faulty = bool(segment) and name == segment
    fields = [
        FieldView(index, field_name(name, index), value, faulty and index == number, name in PERSONAL)
        for index, value in enumerate(values[1:], 1)
        if value or (faulty and index == number)
    ]
    if faulty and number is not None and number >= len(values):
        fields.append(FieldView(number, field_name(name, number), "", True, False))
    return SegmentView(
        rank, name, segment_name(name), line, tuple(fields), faulty, faulty and number is None, name in PERSONAL
    )


def correct(*, scope: Scope, number: int, text: str, reason: str = "") -> int:
    """Replace a parked message by a corrected copy, in the same charset and from the same sender.

    The original stays as it came, ignored from now on; the copy goes through the queue like any other message.

    Args:
        scope: the account; it needs ``messages.gerer`` for the establishment.
        number: the parked message.
        text: the corrected message, one segment per line.
        reason: a comment, optional.

    Returns:
        The number of the copy.

    Raises:
        Denied, NotFound, Conflict: see :func:`archipel.foundation.journal.services.correct`.
        Invalid: no MSH segment, nothing changed, too big, or a character that the charset does not have.
    """
    found = queries.message(scope=scope, number=number)
    profile = profile_of(found.row.sender_id)
    clean = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n ")
    if not clean.startswith("MSH"):
        raise Invalid("Le message corrigé doit commencer par le segment MSH.", code="correction-msh")
    if clean == text_of(found.raw, profile).strip("\n "):
        raise Invalid(
            "Le texte n'a pas été modifié. Pour appliquer le message tel quel, choisissez « Rejouer ».",
            code="correction-inchangee",
        )
    raw = _encoded(clean, decode(found.raw, profile.charset).codec)
    header = read_header(raw)
    digest = content_digest(raw)
    incoming = Incoming(
        sender_id=found.row.sender_id,
        establishment=_establishment(found.row),
        control_id=header.control_id[:199] or digest.hex(),
        event=(header.event or header.message_type or "?")[:20],
        raw=raw,
        digest=digest,
        source="",
    )
    return services.correct(scope=scope, number=number, incoming=incoming, reason=reason)


def _establishment(row: queries.MessageRow) -> str:
    """Where the copy goes: a sender attached since takes it along."""
    sender = Sender.objects.filter(pk=row.sender_id).first()
    moved = sender is not None and row.establishment.startswith(queries.PROVISIONAL)
    return sender.establishment if sender is not None and moved else row.establishment


def _encoded(text: str, codec: str) -> bytes:
    if "\x00" in text or "\x0b" in text or "\x1c" in text:
        raise Invalid("Le message contient un caractère de cadrage interdit.", code="correction-cadrage")
    try:
        raw = (text.replace("\n", "\r") + "\r").encode(codec if codec != "ascii" else "utf-8")
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise Invalid(
            f"Ligne {line} : le caractère « {text[error.start]} » n'existe pas dans le jeu {codec} de l'émetteur.",
            code="correction-jeu",
        ) from error
    if codec == "ascii" and not raw.isascii():
        raise Invalid(
            "Le message d'origine est en ASCII : sans accents, ou avec un jeu déclaré en MSH-18.",
            code="correction-jeu",
        )
    if len(raw) > MAX_SIZE:
        raise Invalid("Le message corrigé dépasse 4 Mio.", code="correction-taille")
    return raw


def is_frame(row: queries.MessageRow) -> bool:
    """Whether it is a frame that could not be read at all."""
    return row.event == FRAMING
