"""One document: what it says, where it goes, what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archipel.foundation.scope import Scope
from archipel.identity.public import PatientRow
from archipel.kernel.errors import NotFound
from archipel.passages.documents import registry
from archipel.passages.documents.models import Document, Payload
from archipel.passages.documents.queries import facts
from archipel.passages.documents.queries.listing import readable
from archipel.passages.documents.rules.lifecycle import DeliveryFacts, Outcome, ReceiptFacts, outcomes
from archipel.passages.documents.values import KINDS, SECTIONS, DeliveryState, DocumentState, Kind, ReceiptKind


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery."""

    number: int
    channel: str
    label: str
    control_id: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    accepted_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that happened."""

    at: datetime
    actor: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """A document as its page shows it. Personal and medical data."""

    number: int
    establishment: str
    kind: Kind
    label: str
    title: str
    version: int
    state: DocumentState
    venue_number: int
    patient: PatientRow | None
    left_at: datetime
    sections: Mapping[str, str]
    recipients: tuple[Mapping[str, str], ...]
    wishes: Mapping[str, Any]
    flags: Mapping[str, bool]
    reasons: tuple[str, ...]
    problem: str
    automatic: bool
    validated_by: str
    validated_at: datetime | None
    checked_at: datetime | None
    checked_with: tuple[str, ...]
    uid: str
    sha256: str
    replaces: str
    later: int
    """Number of the version that follows, 0 if none."""
    deliveries: tuple[DeliveryLine, ...]
    outcomes: Mapping[str, Outcome]
    events: tuple[EventLine, ...]

    @property
    def draft(self) -> bool:
        """Whether it may still be written."""
        return self.validated_at is None and self.state is not DocumentState.ABANDONNE


def document(*, scope: Scope, number: int) -> Detail:
    """One document.

    Raises:
        NotFound: there is none of that number that the account may read.
    """
    row = readable(scope).filter(pk=number).first()
    if row is None:
        raise NotFound("Ce document n'existe pas, ou n'est pas visible par votre compte.", code="document-inconnu")
    lines = _deliveries(row)
    told = outcomes(
        [DeliveryFacts(one.number, one.channel, one.state, _targets(row, one.number)) for one in lines],
        _receipts(row),
    )
    kind = Kind(row.kind)
    return Detail(
        number=int(row.pk),
        establishment=row.establishment,
        kind=kind,
        label=KINDS[kind].label,
        title=KINDS[kind].title,
        version=row.version,
        state=DocumentState(row.state),
        venue_number=row.venue_number,
        patient=facts.person(row.establishment, row.patient),
        left_at=row.left_at,
        sections={name: row.sections.get(name, "") for name in SECTIONS},
        recipients=tuple(row.recipients),
        wishes=row.wishes or {"dmp": True, "patient": True},
        flags=row.flags,
        reasons=tuple(row.reasons),
        problem=row.problem,
        automatic=row.automatic,
        validated_by=row.validated_by,
        validated_at=row.validated_at,
        checked_at=row.checked_at,
        checked_with=tuple(row.checked_with),
        uid=row.uid,
        sha256=row.sha256,
        replaces=row.replaces,
        later=int(Document.objects.filter(replaces=row.uid).values_list("pk", flat=True).first() or 0),
        deliveries=lines,
        outcomes=told,
        events=tuple(
            EventLine(one.at, one.actor, one.kind, one.text) for one in row.events.order_by("at", "id") if one.text
        ),
    )


def _deliveries(row: Document) -> tuple[DeliveryLine, ...]:
    found = []
    for one in row.deliveries.order_by("id").defer("message"):
        way = registry.channel(one.channel)
        found.append(
            DeliveryLine(
                int(one.pk), one.channel, way.label if way else one.channel, one.control_id, DeliveryState(one.state),
                one.attempts, one.next_at, one.accepted_at, one.error,
            )
        )  # fmt: skip
    return tuple(found)


def _targets(row: Document, number: int) -> tuple[str, ...]:
    return tuple(row.deliveries.values_list("targets", flat=True).get(pk=number))


def _receipts(row: Document) -> list[ReceiptFacts]:
    rows = row.deliveries.filter(receipts__isnull=False).values_list(
        "pk", "receipts__kind", "receipts__positive", "receipts__target", "receipts__sentence"
    )
    return [ReceiptFacts(number, ReceiptKind(kind), good, target, text) for number, kind, good, target, text in rows]


def page(*, scope: Scope, number: int) -> bytes:
    """The PDF of a validated document.

    Raises:
        NotFound: none, or not yet validated.
    """
    document(scope=scope, number=number)
    kept = Payload.objects.filter(pk=number).first()
    if kept is None:
        raise NotFound("Ce document n'est pas encore validé : il n'a pas de page à lire.", code="pas-valide")
    return bytes(kept.pdf)
