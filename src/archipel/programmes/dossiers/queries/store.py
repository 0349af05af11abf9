"""Reading a dossier from its tables: its life, its parties, its contents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers.models import Attachment, Dossier, Event, Fork, Participation, Revision
from archipel.programmes.dossiers.rules.lifecycle import Fact, Life, fold
from archipel.programmes.dossiers.values.content import Content
from archipel.programmes.dossiers.values.situation import Party
from archipel.programmes.dossiers.values.states import EventKind


def unknown() -> NotFound:
    """What is said of a dossier that does not exist, or that the account does not see: the same."""
    return NotFound("Ce dossier n'existe pas, ou n'est pas visible par votre compte.", code="dossier-inconnu")


def row(number: int) -> Dossier:
    """The row of a dossier in the scope.

    Raises:
        NotFound: none of that number.
    """
    found = Dossier.objects.filter(pk=number).first()
    if found is None:
        raise unknown()
    return found


def facts(number: int) -> list[Fact]:
    """The ledger of a dossier, oldest first; facts are named by their rank."""
    return [fact_of(event) for event in Event.objects.filter(dossier_id=number).order_by("rank")]


def fact_of(event: Event) -> Fact:
    """One line of the ledger."""
    return Fact(
        id=event.rank,
        kind=EventKind(event.kind),
        code=event.code,
        actor=event.actor,
        effective_at=event.effective_at,
        recorded_at=event.recorded_at,
        reason=event.reason,
        data=event.data,
        undoes=event.undoes,
    )


def life(number: int) -> Life:
    """Where the dossier stands, folded from its ledger."""
    return fold(facts(number))


def parties(number: int) -> tuple[Party, ...]:
    """The perimeter, the lead first."""
    rows = Participation.objects.filter(dossier_id=number).order_by("role", "name", "finess")
    found = [party_of(one) for one in rows]
    return tuple(sorted(found, key=lambda party: not party.bearer))


def party_of(one: Participation) -> Party:
    """One establishment of a perimeter."""
    return Party(
        finess=one.finess,
        ej=one.ej,
        name=one.name,
        role=one.role,
        sites=tuple(one.sites),
        agreed=one.agreed_at is not None,
        public_member=one.public_member,
        status=one.legal_status,
    )


def contents(number: int) -> dict[str, Content]:
    """Rubric → the content in force."""
    return {one.rubric: one.content for one in current_revisions(number)}


def current_revisions(number: int) -> list[Revision]:
    """The version in force of each rubric."""
    rows = Revision.objects.filter(dossier_id=number).order_by("rubric", "-number").distinct("rubric")
    return list(rows)


def open_forks(number: int) -> dict[str, int]:
    """Rubric → how many texts wait for a choice."""
    rows = Fork.objects.filter(dossier_id=number, resolution=None).values_list("rubric", flat=True)
    return dict(Counter(rows))


def withdrawn(ledger: Iterable[Fact]) -> frozenset[int]:
    """The attachments taken away, and not put back."""
    gone: set[int] = set()
    for fact in ledger:
        number = int(fact.data.get("piece", 0) or 0)
        if fact.kind is EventKind.PIECE_RETIREE:
            gone.add(number)
        elif fact.kind is EventKind.PIECE_REMISE:
            gone.discard(number)
    return frozenset(gone)


def piece_counts(number: int, ledger: Iterable[Fact]) -> Mapping[str, int]:
    """How many attachments of each nature are there."""
    gone = withdrawn(ledger)
    rows = Attachment.objects.filter(dossier_id=number).values_list("pk", "nature")
    return Counter(nature for number, nature in rows if number not in gone)


def elsewhere(number: int, programme: str, finess: Iterable[str]) -> dict[str, int]:
    """FINESS → how many other projects of the programme it takes a place in, as far as the scope sees."""
    rows: Any = Participation.objects.filter(programme=programme, finess__in=list(finess), slot__isnull=False)
    return dict(Counter(rows.exclude(dossier_id=number).values_list("finess", flat=True)))
