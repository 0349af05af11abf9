"""Requests for a downstream bed: ask, accept, refuse, cancel, take back; each change is in a ledger.

Asking needs ``DEMANDER_LIT`` where the patient is, answering ``RECEVOIR_DEMANDE`` where the bed is; accepting reserves
the bed through the bed service, which asks for ``GERER_LITS``. The receiving team is given a name and a birth date for
as long as :func:`archipel.domains.flow.rules.requests.identity_visible` says, and each reading is traced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from archipel.domains.flow.models import Request, RequestEvent, Venue
from archipel.domains.flow.queries import ed_rows
from archipel.domains.flow.queries.ed import age_in_years
from archipel.domains.flow.rules.requests import identity_visible, may_follow, undoable
from archipel.domains.flow.services import bed_ledger, beds
from archipel.domains.flow.services.bed_ledger import VENUE_PREFIX, BedKey
from archipel.domains.flow.services.ed import orientation_details
from archipel.domains.flow.services.ingest import venue_id
from archipel.domains.flow.values.requests import OPEN, STATUS_LABELS, RequestStatus
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.territory import public as territory

S = RequestStatus
TOPIC = "flow.request"


@dataclass(frozen=True, slots=True)
class RequestAct:
    """What was done to a request, and a French sentence."""

    number: int
    status: RequestStatus
    message: str
    undoable: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What the receiving team needs to prepare the stay, and nothing else."""

    nom: str
    naissance: date | None


def create_request(
    *,
    scope: Scope,
    venue: int,
    bed: BedKey,
    filiere: str,
    sexe: str = "",
    isolation: str = "",
    needs: str = "",
    force: bool = False,
) -> RequestAct:
    """Ask for a bed, or for a bed of a unit (``bed`` without room nor bed).

    In the patient's own establishment, whoever manages its beds reserves at once. Otherwise the request waits for those
    who hold the bed; to another establishment it carries the filière, needs, sex, age, isolation, name and birth date.

    Args:
        scope: who asks; ``DEMANDER_LIT`` where the patient is.
        venue: number of the venue.
        bed: the bed asked for.
        filiere: code of the filière needed.
        sexe: F or M; empty: what the identity says.
        isolation: contact, gouttelettes, air, protecteur, or empty.
        needs: what the bed must offer.
        force: reserve in spite of the sex or isolation of the room (own establishment only).

    Raises:
        Denied, NotFound: no right; a venue out of the scope; an unknown unit or bed.
        Invalid: filière, sex, isolation or needs.
        Conflict: the patient has left; a request is already open; the bed cannot be asked for.
    """
    details = orientation_details(filiere, sexe, isolation, needs)
    with in_scope(scope):
        owner, now = _asking(scope, venue)
        _refuse_bed(bed, now)
        row = _insert(owner, bed, details, now)
        _told(scope, row, S.ENVOYEE, "", now)
        inside = bed.establishment == owner.establishment
        if inside and bed.lit and scope.may(Capability.GERER_LITS, bed.establishment):
            _reserve(scope, row, bed, force)
            return _become(scope, row, S.ACCEPTEE, f"Lit {bed.label} réservé.", clock.now())
        return RequestAct(row.pk, S.ENVOYEE, f"Demande n° {row.pk} envoyée.")


def _asking(scope: Scope, venue: int) -> tuple[Venue, datetime]:
    """The venue that a bed may be asked for, locked, and since when."""
    owner = Venue.objects.filter(id=venue, cancelled=False).first()
    if owner is None:
        raise NotFound("Cette venue n'existe pas, ou n'est pas visible par votre compte.", code="venue-inconnue")
    scope.require(Capability.DEMANDER_LIT, owner.establishment)
    _lock(venue)
    now = clock.now()
    if bed_ledger.place_of(venue, now) is None:
        raise Conflict("Ce patient n'est plus présent.", code="patient-sorti")
    opened = Request.objects.filter(establishment=owner.establishment, venue=owner.key, status__in=OPEN).first()
    if opened is not None:
        label = STATUS_LABELS[S(opened.status)].lower()
        raise Conflict(
            f"Une demande est déjà en cours pour ce patient (n° {opened.pk}, {label}) : annulez-la d'abord.",
            code="demande-en-cours",
        )
    return owner, now


def _insert(owner: Venue, bed: BedKey, details: Mapping[str, str], now: datetime) -> Request:
    """The row; it carries a name and a birth date only when it leaves the establishment."""
    person = ed_rows.venues([owner.pk])[owner.pk]
    away = bed.establishment != owner.establishment
    return Request.objects.create(
        establishment=owner.establishment,
        receiving_establishment=bed.establishment,
        venue=owner.key,
        status=S.ENVOYEE.value,
        filiere=details["filiere"],
        sexe=details["sexe"] or (person.sexe if person.sexe in ("F", "M") else ""),
        age=age_in_years(person.naissance, now),
        isolation=details["isolement"],
        needs=details["besoins"],
        uf=bed.uf,
        chambre=bed.chambre,
        lit=bed.lit,
        patient_name=f"{person.nom} {person.prenom}".strip() if away else "",
        patient_birth=person.naissance if away else None,
        created_at=now,
        updated_at=now,
    )


def accept_request(*, scope: Scope, request: int, bed: BedKey | None = None, force: bool = False) -> RequestAct:
    """Say yes: the bed asked for, or another of the establishment, is reserved for the patient.

    Raises:
        Denied, NotFound: no right to answer there, or no such request in the scope.
        Invalid: no bed chosen, or a bed of another establishment.
        Conflict: already answered; the bed was taken, closed or occupied meanwhile; sex or isolation without ``force``.
    """
    with in_scope(scope):
        row = _answering(scope, request)
        _require(row, S.ACCEPTEE)
        chosen = bed or BedKey(row.receiving_establishment, row.uf, row.chambre, row.lit)
        if not chosen.lit:
            raise Invalid("Choisissez le lit à réserver pour ce patient.", code="lit-manquant", field="lit")
        if chosen.establishment != row.receiving_establishment:
            raise Invalid("Ce lit n'est pas dans l'établissement sollicité.", code="lit-ailleurs", field="lit")
        _reserve(scope, row, chosen, force)
        row.uf, row.chambre, row.lit = chosen.uf, chosen.chambre, chosen.lit
        message = f"Demande n° {row.pk} acceptée : lit {chosen.label} réservé."
        return _become(scope, row, S.ACCEPTEE, message, clock.now())


def refuse_request(*, scope: Scope, request: int, reason: str) -> RequestAct:
    """Say no, with the reason, that the asking team reads. Raises as :func:`accept_request`, Invalid without reason."""
    with in_scope(scope):
        row = _answering(scope, request)
        _require(row, S.REFUSEE)
        why = _reasoned(reason, "pourquoi la demande est refusée")
        return _become(scope, row, S.REFUSEE, f"Demande n° {row.pk} refusée.", clock.now(), why)


def cancel_request(*, scope: Scope, request: int, reason: str) -> RequestAct:
    """The asking team gives up; a reserved bed is given back.

    Raises:
        Denied, NotFound: not the asking establishment, or no such request in the scope.
        Invalid: no reason.
        Conflict: nothing is expected of it any more.
    """
    with in_scope(scope):
        row = _locked(request)
        scope.require(Capability.DEMANDER_LIT, row.establishment)
        _require(row, S.ANNULEE)
        why = _reasoned(reason, "pourquoi la demande est annulée")
        if row.status == S.ACCEPTEE:
            release(row, f"Demande n° {row.pk} annulée")
        return _become(scope, row, S.ANNULEE, f"Demande n° {row.pk} annulée.", clock.now(), why)


def undo_answer(*, scope: Scope, request: int) -> RequestAct:
    """Take back one's own acceptance or refusal, within seconds: the request waits again.

    Raises:
        Denied, NotFound: no right to answer there, somebody else answered, or no such request.
        Conflict: too late, or nothing to take back.
    """
    with in_scope(scope):
        row = _answering(scope, request)
        now = clock.now()
        if not undoable(S(row.status), row.updated_at, now):
            raise Conflict("Cette réponse ne peut plus être reprise : le délai est passé.", code="trop-tard")
        last = RequestEvent.objects.filter(request=row).order_by("-id").first()
        if last is not None and last.actor != scope.actor:
            raise Denied("Seul l'auteur de la réponse peut la reprendre.", code="pas-auteur")
        if row.status == S.ACCEPTEE:
            release(row, f"Réponse à la demande n° {row.pk} reprise")
        return _become(scope, row, S.ENVOYEE, f"Réponse reprise : la demande n° {row.pk} attend.", now, "reprise")


def read_identity(*, scope: Scope, request: int) -> Identity | None:
    """Who the patient of a request is, for the team that receives it; each reading is traced.

    None once it may not be read any more, or was never given (a request inside one establishment).

    Raises:
        Denied, NotFound: no right to answer there, or no such request in the scope.
    """
    with in_scope(scope):
        row = Request.objects.filter(id=request).first()
        if row is None:
            raise _unknown()
        scope.require(Capability.RECEVOIR_DEMANDE, row.receiving_establishment)
        if not row.patient_name or not identity_visible(S(row.status), accepted_at(row), clock.now()):
            return None
        record(
            scope=scope,
            action="demandes.identite",
            establishment=row.establishment,
            object_type="demande",
            object_key=str(row.pk),
            details={"lue_par": row.receiving_establishment},
        )
        return Identity(row.patient_name, row.patient_birth)


def accepted_at(row: Request) -> datetime | None:
    """When the acceptance in force was given; None without one (an answer taken back counts for nothing)."""
    found = None
    for status, at in RequestEvent.objects.filter(request=row).order_by("id").values_list("status", "recorded_at"):
        if status == S.ACCEPTEE:
            found = at
        elif status == S.ENVOYEE:
            found = None
    return found


# --- shared with the settling -------------------------------------------------------------------------


def release(row: Request, reason: str) -> None:
    """Give the reserved bed back, if it is still kept for this patient; done for whoever ends the request."""
    bed = BedKey(row.receiving_establishment, row.uf, row.chambre, row.lit)
    subject = f"{VENUE_PREFIX}{venue_id(row.establishment, row.venue)}"
    scope = system_scope("demandes", [row.establishment, row.receiving_establishment])
    with in_scope(scope):
        bed_ledger.lock([bed])
        try:
            kept = bed_ledger.read(bed, clock.now()).ledger.reservations
        except NotFound:
            return
        if any(reservation.subject == subject for reservation in kept):
            beds.cancel_reservation(scope=scope, bed=bed, reason=reason)
        else:
            bed_ledger.refresh(bed, clock.now())


def become(scope: Scope, row: Request, status: RequestStatus, at: datetime, reason: str) -> None:
    """Change the status: row, ledger, trace and event; no permission is asked here."""
    _become(scope, row, status, "", at, reason)


def _become(
    scope: Scope, row: Request, status: RequestStatus, message: str, at: datetime, reason: str = ""
) -> RequestAct:
    row.status, row.updated_at = status.value, at
    row.save(update_fields=["status", "updated_at", "uf", "chambre", "lit"])
    _told(scope, row, status, reason, at)
    return RequestAct(row.pk, status, message, undoable(status, at, at))


def _told(scope: Scope, row: Request, status: RequestStatus, reason: str, at: datetime) -> None:
    RequestEvent.objects.create(
        request=row,
        establishment=row.establishment,
        receiving_establishment=row.receiving_establishment,
        status=status.value,
        actor=scope.actor,
        reason=reason,
        recorded_at=at,
    )
    record(
        scope=scope,
        action=f"demandes.{status.value}",
        establishment=row.establishment,
        object_type="demande",
        object_key=str(row.pk),
        reason=reason,
        details={"vers": row.receiving_establishment},
    )
    place = bed_ledger.place_of(venue_id(row.establishment, row.venue), at)
    units = [f"{row.establishment}:{place.uf}"] if place else []
    sites = sorted(uf.site for uf in territory.ufs([row.establishment]) if place and uf.code == place.uf and uf.site)
    publish(TOPIC, {"uf": [*units, f"{row.receiving_establishment}:{row.uf}"], "sites": sites})


def _reserve(scope: Scope, row: Request, bed: BedKey, force: bool) -> None:
    number = venue_id(row.establishment, row.venue)
    beds.reserve_bed(scope=scope, bed=bed, venue=number, reason=f"Demande n° {row.pk}", force=force)


def _refuse_bed(bed: BedKey, at: datetime) -> None:
    """Refuse a unit or a bed that nobody can give; read for any establishment, nothing of a person leaves."""
    if not bed.lit:
        units = territory.uf_index(bed.establishment)
        if bed.uf not in units or units[bed.uf].closed:
            raise NotFound(f"L'unité « {bed.uf} » n'existe pas.", code="uf-inconnue")
        return
    with in_scope(system_scope("demandes", [bed.establishment])):
        read = bed_ledger.read(bed, at)
    if read.state.closed or not read.state.armed:
        raise Conflict(f"Le lit {bed.label} est fermé ou non armé.", code="lit-ferme")
    if read.reservation() is not None:
        raise Conflict(f"Le lit {bed.label} est déjà réservé.", code="deja-reserve")


def _answering(scope: Scope, number: int) -> Request:
    row = _locked(number)
    scope.require(Capability.RECEVOIR_DEMANDE, row.receiving_establishment)
    return row


def _locked(number: int) -> Request:
    row = Request.objects.select_for_update().filter(id=number).first()
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("Cette demande n'existe pas, ou n'est pas visible par votre compte.", code="demande-inconnue")


def _require(row: Request, after: RequestStatus) -> None:
    if not may_follow(S(row.status), after):
        label = STATUS_LABELS[S(row.status)].lower()
        raise Conflict(f"La demande n° {row.pk} est déjà {label}.", code="demande-deja-traitee")


def _reasoned(reason: str, why: str) -> str:
    text = " ".join(reason.split())[:300]
    if not text:
        raise Invalid(f"Indiquez le motif : {why}.", code="motif-manquant", field="motif")
    return text


def _lock(venue: int) -> None:
    """One request at a time for a venue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7208, hashtext(%s))", [str(venue)])
