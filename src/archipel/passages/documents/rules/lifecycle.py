"""How far a document went: a fold of its deliveries and of what was received, whatever the order of arrival.

A positive answer about a target is kept whatever comes after it: acknowledgements arrive late, twice, and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archipel.passages.documents.values.life import DeliveryState, DocumentState, ReceiptKind


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One delivery: its way, its state, the targets that it serves (``dmp``, ``patient``, or an address)."""

    number: int
    channel: str
    state: DeliveryState
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """One receipt about a delivery."""

    delivery: int
    kind: ReceiptKind
    positive: bool
    target: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of one target: True taken, False refused, None not yet told; and whether it was read."""

    taken: bool | None
    read: bool | None
    sentence: str = ""


def outcomes(deliveries: Iterable[DeliveryFacts], receipts: Iterable[ReceiptFacts]) -> dict[str, Outcome]:
    """Target → what is known of it, over all the deliveries of the document.

    A reading that succeeded proves the reception. A refusal of a delivery made again since says nothing any more. The
    words of a refusal are the first in the alphabet among those received: arrival does not choose.
    """
    served = {one.number: one for one in deliveries}
    current = {one.number for one in _latest(list(served.values()))}
    told: dict[str, list[ReceiptFacts]] = {target: [] for one in served.values() for target in one.targets}
    for receipt in receipts:
        delivery = served.get(receipt.delivery)
        if delivery is None or receipt.kind is ReceiptKind.ACK:
            continue
        if not receipt.positive and delivery.number not in current:
            continue
        for target in _concerned(receipt, delivery):
            told.setdefault(target, []).append(receipt)
    return {target: _outcome(found) for target, found in sorted(told.items())}


def _concerned(receipt: ReceiptFacts, delivery: DeliveryFacts) -> tuple[str, ...]:
    if receipt.kind is ReceiptKind.DMP:
        return ("dmp",)
    if receipt.target in delivery.targets:
        return (receipt.target,)
    mail = tuple(target for target in delivery.targets if target != "dmp")
    return mail if not receipt.target and len(mail) == 1 else ((receipt.target,) if receipt.target else mail)


def _outcome(receipts: list[ReceiptFacts]) -> Outcome:
    reading = [r for r in receipts if r.kind is ReceiptKind.MSS_LECTURE]
    arrival = [r for r in receipts if r.kind is not ReceiptKind.MSS_LECTURE]
    read = _any(reading)
    taken = True if read else _any(arrival)
    if taken is None and read is False:
        taken = False
    refusals = sorted(r.sentence for r in receipts if not r.positive and r.sentence)
    return Outcome(taken, read, "" if taken and read is not False else next(iter(refusals), ""))


def _any(receipts: list[ReceiptFacts]) -> bool | None:
    return None if not receipts else any(receipt.positive for receipt in receipts)


def document_state(
    *,
    validated: bool,
    refused: bool,
    checked: bool,
    abandoned: bool,
    anywhere: bool,
    deliveries: Iterable[DeliveryFacts],
    receipts: Iterable[ReceiptFacts],
) -> DocumentState:
    """Where the document stands."""
    if abandoned:
        return DocumentState.ABANDONNE
    if not validated:
        return DocumentState.BROUILLON
    if refused:
        return DocumentState.REFUSE
    if not anywhere:
        return DocumentState.SANS_DESTINATION
    sent = [one for one in deliveries if one.state is not DeliveryState.ANNULE]
    if not checked or not sent:
        return DocumentState.CONTROLE
    known = outcomes(sent, receipts)
    if known and all(one.taken for one in known.values()):
        return DocumentState.TRANSMIS
    last = _latest(sent)
    states = {one.state for one in last}
    if states & {DeliveryState.A_ENVOYER, DeliveryState.EN_COURS}:
        return DocumentState.A_ENVOYER
    if DeliveryState.INCERTAIN in states:
        return DocumentState.A_VERIFIER
    if DeliveryState.REJETE in states or any(one.taken is False for one in known.values()):
        return DocumentState.ECHEC
    return DocumentState.ENVOYE


def _latest(deliveries: list[DeliveryFacts]) -> list[DeliveryFacts]:
    """The last delivery of each way."""
    found: dict[str, DeliveryFacts] = {}
    for one in sorted(deliveries, key=lambda d: d.number):
        found[one.channel] = one
    return list(found.values())


RETRY_SECONDS = (15, 30, 60, 120, 300, 600, 1_200, 1_800)


def retry_after(attempts: int) -> int:
    """Seconds before the next attempt: growing, half an hour at the most, for ever."""
    return RETRY_SECONDS[min(max(attempts, 1), len(RETRY_SECONDS)) - 1]
