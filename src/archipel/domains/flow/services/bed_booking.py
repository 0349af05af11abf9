"""Keeping a bed for somebody, and asking for a move."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from archipel.domains.flow.models import Request, Venue
from archipel.domains.flow.services import bed_acting, bed_ledger
from archipel.domains.flow.services.bed_acting import BedAct
from archipel.domains.flow.services.bed_ledger import MOVE, VENUE_PREFIX, BedKey, Situation
from archipel.domains.flow.services.ingest import venue_id
from archipel.domains.flow.values.beds import BedFactKind
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Conflict, Invalid, NotFound

RESERVATION_HOURS = 24
"""A reservation without an end lapses after these hours past the expected arrival."""


def reserve_bed(
    *,
    scope: Scope,
    bed: BedKey,
    venue: int | None = None,
    text: str = "",
    expected_at: datetime | None = None,
    until: datetime | None = None,
    reason: str = "",
    force: bool = False,
) -> BedAct:
    """Keep a bed for a known venue (its number), or for somebody named in ``text``.

    The reservation counts from now on, for the patient expected at ``expected_at`` (now by default); it lapses at
    ``until``, 24 hours after the expected arrival by default.

    Raises:
        Invalid: nobody named; an end before the arrival.
        Conflict: closed, un-staffed, occupied or already reserved; another sex or an isolation in the room without
            ``force``.
    """
    with bed_acting.acting(scope, bed) as at:
        subject, shown = _subject(venue, text)
        if venue is not None and not _known(bed.establishment, venue):
            raise NotFound("Cette venue n'existe pas, ou n'est pas visible par votre compte.", code="venue-inconnue")
        read = bed_ledger.read(bed, at)
        _refuse_unavailable(read)
        if venue is not None and bed_ledger.sexe_of(venue):
            _refuse_room(read, bed_ledger.sexe_of(venue), at, force)
        fact = _book(scope, read, subject, shown, expected_at or at, until, reason, at)
        return bed_acting.done(scope, "reserver", read, [fact], f"Lit {bed.label} réservé.", at, reason.strip())


def _known(establishment: str, venue: int) -> bool:
    """Whether the scope sees the venue, or a request for a bed of the establishment that is about it."""
    if Venue.objects.filter(id=venue).exists():
        return True
    asked = Request.objects.filter(receiving_establishment=establishment).values_list("establishment", "venue")
    return any(venue_id(*key) == venue for key in asked)


def _subject(venue: int | None, text: str) -> tuple[str, str]:
    """(subject of the fact, text shown)."""
    if venue is not None:
        return f"{VENUE_PREFIX}{venue}", ""
    shown = " ".join(text.split())[:120]
    if not shown:
        raise Invalid("Indiquez pour qui le lit est réservé.", code="sujet-manquant", field="text")
    return f"texte:{shown}", shown


def _refuse_unavailable(read: Situation) -> None:
    label = read.key.label
    if read.state.closed:
        raise Conflict(f"Le lit {label} est fermé : il ne peut pas être réservé.", code="lit-ferme")
    if not read.state.armed:
        raise Conflict(f"Le lit {label} n'est pas armé : il ne peut pas être réservé.", code="lit-non-arme")
    if read.occupants:
        raise Conflict(f"Le lit {label} est occupé : il ne peut pas être réservé.", code="lit-occupe")
    if read.reservation() is not None:
        raise Conflict(f"Le lit {label} est déjà réservé.", code="deja-reserve")


def _refuse_room(read: Situation, sexe: str, at: datetime, force: bool) -> None:
    """Another sex, or an isolation, in a shared room."""
    room = bed_ledger.room(read.key, at)
    if force:
        return
    if room.sexe and sexe in ("F", "M") and room.sexe != sexe:
        word = {"F": "de femmes", "M": "d'hommes"}[room.sexe]
        raise Conflict(
            f"La chambre {read.key.chambre} est une chambre {word} : cochez « forcer ».", code="sexe-chambre"
        )
    if read.key.lit in room.blocked:
        raise Conflict(
            f"Un isolement ({room.isolation}) est en cours dans la chambre {read.key.chambre} : cochez « forcer ».",
            code="isolement-chambre",
        )


def _book(
    scope: Scope,
    read: Situation,
    subject: str,
    shown: str,
    expected_at: datetime,
    until: datetime | None,
    reason: str,
    at: datetime,
    value: str = "",
) -> int:
    end = until or max(expected_at, at) + timedelta(hours=RESERVATION_HOURS)
    if end <= max(expected_at, at):
        raise Invalid("La réservation finit avant l'arrivée attendue.", code="fin-passee", field="until")
    return bed_ledger.append(
        read.key,
        BedFactKind.RESERVATION,
        actor=scope.actor,
        at=at,
        effective_at=expected_at,
        reason=reason.strip() or shown,
        until=end,
        subject=subject,
        value=value,
    )


def cancel_reservation(*, scope: Scope, bed: BedKey, reason: str = "") -> BedAct:
    """Give the bed back, be it a reservation or a move asked for. Raises Conflict when it is not reserved."""
    with bed_acting.acting(scope, bed) as at:
        read = bed_ledger.read(bed, at)
        if read.reservation() is None:
            raise Conflict(f"Le lit {bed.label} n'est pas réservé.", code="pas-reserve")
        fact = bed_ledger.append(
            bed, BedFactKind.ANNULATION_RESERVATION, actor=scope.actor, at=at, reason=reason.strip()
        )
        return bed_acting.done(
            scope, "liberer", read, [fact], f"Réservation du lit {bed.label} annulée.", at, reason.strip()
        )


def plan_move(
    *,
    scope: Scope,
    bed: BedKey,
    venue: int,
    expected_at: datetime | None = None,
    reason: str = "",
    force: bool = False,
) -> BedAct:
    """Ask for a patient who is present to be moved to ``bed``: it is kept until the A02 comes, or it is cancelled.

    A move asked for earlier for the same patient is given up in the same act.

    Raises:
        NotFound: no such venue in the scope.
        Conflict: the patient has left or is already there; the bed cannot be reserved (see :func:`reserve_bed`).
    """
    establishment = Venue.objects.filter(id=venue).values_list("establishment", flat=True)
    with bed_acting.acting(scope, bed):
        owner = establishment.first()
        if owner is None:
            raise NotFound("Cette venue n'existe pas, ou n'est pas visible par votre compte.", code="venue-inconnue")
        previous = bed_ledger.moves_of(bed.establishment, venue)
    with bed_acting.acting(scope, bed, *previous) as at:
        origin = bed_ledger.place_of(venue, at)
        if origin is None:
            raise Conflict("Ce patient n'est plus présent.", code="patient-sorti")
        if owner == bed.establishment and (origin.uf, origin.chambre, origin.lit) == (bed.uf, bed.chambre, bed.lit):
            raise Conflict(f"Ce patient est déjà dans le lit {bed.label}.", code="deja-la")
        read = bed_ledger.read(bed, at)
        _refuse_unavailable(read)
        _refuse_room(read, bed_ledger.sexe_of(venue), at, force)
        facts = _give_up(scope, previous, venue, at)
        when = expected_at or at
        subject = f"{VENUE_PREFIX}{venue}"
        facts.insert(0, _book(scope, read, subject, "", when, None, reason or "Déplacement demandé", at, MOVE))
        _tell_origin(str(owner), origin.uf)
        return bed_acting.done(
            scope, "deplacer", read, facts, f"Déplacement vers le lit {bed.label} demandé.", at, reason.strip()
        )


def _give_up(scope: Scope, previous: Iterable[BedKey], venue: int, at: datetime) -> list[int]:
    facts = []
    for key in previous:
        subject = f"{VENUE_PREFIX}{venue}"
        kind = BedFactKind.ANNULATION_RESERVATION
        facts.append(bed_ledger.append(key, kind, actor=scope.actor, at=at, subject=subject))
        bed_ledger.refresh(key, at)
        _tell_origin(key.establishment, key.uf)
    return facts


def _tell_origin(establishment: str, uf: str) -> None:
    publish("flow.changed", {"uf": [f"{establishment}:{uf}"], "sites": []})
