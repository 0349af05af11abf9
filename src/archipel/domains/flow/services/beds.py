"""What people do with beds: close, staff, reserve, move, clean, isolate; each act can be undone.

Every service asks for ``GERER_LITS`` on the establishment, works in one transaction under a lock of the bed, appends
facts, refreshes the projection, leaves a trace and tells the boards. The member's own system stays the master of its
patients: moving one records a *move asked for*, that its A02 confirms.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from archipel.domains.flow.models import BedFact as FactRow
from archipel.domains.flow.services import bed_acting, bed_ledger
from archipel.domains.flow.services.bed_acting import BedAct
from archipel.domains.flow.services.bed_booking import cancel_reservation, plan_move, reserve_bed
from archipel.domains.flow.services.bed_ledger import BedKey, Situation
from archipel.domains.flow.values.beds import BedFactKind
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Conflict, Invalid, NotFound

__all__ = [
    "CLOSURE_KINDS",
    "ISOLATIONS",
    "BedAct",
    "BedKey",
    "cancel_reservation",
    "close_bed",
    "mark_cleaned",
    "mark_to_clean",
    "plan_move",
    "reopen_bed",
    "reserve_bed",
    "set_isolation",
    "set_room_sex",
    "set_staffed",
    "undo",
]

CLOSURE_KINDS = {"01": "réactivable", "02": "non réactivable", "03": "indéterminé"}
"""R333 of the ROR: how a closed bed could reopen."""
ISOLATIONS = ("contact", "gouttelettes", "air", "protecteur")


def close_bed(
    *, scope: Scope, bed: BedKey, reason: str, kind: str = "01", until: datetime | None = None, force: bool = False
) -> BedAct:
    """Take a bed out of use until told otherwise, or until ``until``.

    Args:
        scope: who acts; ``GERER_LITS`` on the establishment.
        bed: the bed.
        reason: why; required.
        kind: R333 code (01 réactivable, 02 non réactivable, 03 indéterminé).
        until: when the bed is back by itself.
        force: close although it is occupied or reserved.

    Raises:
        Denied, NotFound: see :class:`Scope` and :func:`bed_ledger.read`.
        Invalid: no reason, unknown kind, end in the past.
        Conflict: already closed; occupied or reserved without ``force``.
    """
    with bed_acting.acting(scope, bed) as at:
        why = bed_acting.reasoned(reason, "pourquoi le lit est fermé")
        if kind not in CLOSURE_KINDS:
            raise Invalid(f"Type de fermeture « {kind} » inconnu : 01, 02 ou 03 sont attendus.", code="fermeture")
        bed_acting.future(until, at)
        read = bed_ledger.read(bed, at)
        if read.ledger.closure is not None:
            raise Conflict(f"Le lit {bed.label} est déjà fermé.", code="deja-ferme")
        bed_acting.refuse_occupied(read, "le fermer", force)
        if read.reservation() is not None and not force:
            raise Conflict(
                f"Le lit {bed.label} est réservé : annulez la réservation, ou cochez « forcer ».", code="lit-reserve"
            )
        fact = bed_ledger.append(
            bed, BedFactKind.FERMETURE, actor=scope.actor, at=at, reason=why, until=until, value=kind
        )
        return bed_acting.done(scope, "fermer", read, [fact], f"Lit {bed.label} fermé.", at, why)


def reopen_bed(*, scope: Scope, bed: BedKey, reason: str = "") -> BedAct:
    """Put a closed bed back into use. Raises Conflict when it is not closed."""
    with bed_acting.acting(scope, bed) as at:
        read = bed_ledger.read(bed, at)
        if read.ledger.closure is None:
            raise Conflict(f"Le lit {bed.label} n'est pas fermé.", code="pas-ferme")
        fact = bed_ledger.append(bed, BedFactKind.REOUVERTURE, actor=scope.actor, at=at, reason=reason.strip())
        return bed_acting.done(scope, "rouvrir", read, [fact], f"Lit {bed.label} rouvert.", at, reason.strip())


def set_staffed(
    *,
    scope: Scope,
    bed: BedKey,
    staffed: bool,
    reason: str = "",
    until: datetime | None = None,
    force: bool = False,
) -> BedAct:
    """Say whether there is staff for the bed (armé, non armé); un-staffing needs a reason, ``force`` if occupied."""
    with bed_acting.acting(scope, bed) as at:
        read = bed_ledger.read(bed, at)
        if staffed == (read.ledger.unstaffed is None):
            raise Conflict(f"Le lit {bed.label} est déjà {'armé' if staffed else 'non armé'}.", code="deja-dit")
        why = reason.strip()
        if not staffed:
            why = bed_acting.reasoned(reason, "pourquoi le lit n'est pas armé")
            bed_acting.future(until, at)
            bed_acting.refuse_occupied(read, "le désarmer", force)
        kind = BedFactKind.ARME if staffed else BedFactKind.DESARME
        fact = bed_ledger.append(bed, kind, actor=scope.actor, at=at, reason=why, until=None if staffed else until)
        word = "armé" if staffed else "non armé"
        return bed_acting.done(
            scope, "armer" if staffed else "desarmer", read, [fact], f"Lit {bed.label} {word}.", at, why
        )


# --- cleaning


def mark_cleaned(*, scope: Scope, bed: BedKey) -> BedAct:
    """The bed is clean (bionettoyage done). Raises Conflict when it is occupied, or was not to be cleaned."""
    with bed_acting.acting(scope, bed) as at:
        read = bed_ledger.read(bed, at)
        if read.occupants:
            raise Conflict(f"Le lit {bed.label} est occupé.", code="lit-occupe")
        if read.state.clean:
            raise Conflict(f"Le lit {bed.label} n'est pas à nettoyer.", code="deja-propre")
        fact = bed_ledger.append(bed, BedFactKind.NETTOYE, actor=scope.actor, at=at)
        return bed_acting.done(scope, "nettoyer", read, [fact], f"Lit {bed.label} nettoyé.", at)


def mark_to_clean(*, scope: Scope, bed: BedKey, reason: str = "") -> BedAct:
    """The bed must be cleaned. Raises Conflict when it is occupied, or already to be cleaned."""
    with bed_acting.acting(scope, bed) as at:
        read = bed_ledger.read(bed, at)
        if read.occupants:
            raise Conflict(f"Le lit {bed.label} est occupé : il sera à nettoyer au départ.", code="lit-occupe")
        if not read.state.clean:
            raise Conflict(f"Le lit {bed.label} est déjà à nettoyer.", code="deja-sale")
        fact = bed_ledger.append(bed, BedFactKind.A_NETTOYER, actor=scope.actor, at=at, reason=reason.strip())
        return bed_acting.done(scope, "salir", read, [fact], f"Lit {bed.label} à nettoyer.", at, reason.strip())


# --- rooms


def set_isolation(*, scope: Scope, bed: BedKey, isolation: str) -> BedAct:
    """Begin an isolation at the bed (contact, gouttelettes, air, protecteur), or end it with an empty text."""
    with bed_acting.acting(scope, bed) as at:
        if isolation and isolation not in ISOLATIONS:
            known = ", ".join(ISOLATIONS)
            raise Invalid(f"Isolement « {isolation} » inconnu : {known} sont attendus.", code="isolement")
        read = bed_ledger.read(bed, at)
        if read.ledger.isolation == isolation:
            word = f"déjà en isolement {isolation}" if isolation else "sans isolement"
            raise Conflict(f"Le lit {bed.label} est {word}.", code="deja-dit")
        kind = BedFactKind.ISOLEMENT if isolation else BedFactKind.FIN_ISOLEMENT
        fact = bed_ledger.append(bed, kind, actor=scope.actor, at=at, value=isolation)
        word = f"isolement {isolation}" if isolation else "fin de l'isolement"
        return bed_acting.done(scope, "isoler", read, [fact], f"Lit {bed.label} : {word}.", at)


def set_room_sex(*, scope: Scope, bed: BedKey, sexe: str, reason: str = "", force: bool = False) -> BedAct:
    """Say for whom the room of ``bed`` is: ``F``, ``M``, or an empty text for both; holds for each of its beds.

    Raises Conflict when an occupant is of the other sex, without ``force`` and a reason.
    """
    with bed_acting.acting(scope, bed):
        beds = bed_ledger.room_keys(bed)
    with bed_acting.acting(scope, bed, *beds) as at:
        if sexe not in ("F", "M", ""):
            raise Invalid(f"Sexe « {sexe} » inconnu : F, M ou rien sont attendus.", code="sexe")
        read = bed_ledger.read(bed, at)
        inside = {occupant.sexe for key in beds for occupant in bed_ledger.occupants(key, at)} & {"F", "M"}
        why = reason.strip()
        if sexe and inside - {sexe}:
            if not force:
                raise Conflict("Un patient de l'autre sexe occupe la chambre : cochez « forcer ».", code="sexe-chambre")
            why = bed_acting.reasoned(reason, "pourquoi la chambre accueille les deux sexes")
        facts = []
        for key in beds:
            kind = BedFactKind.SEXE_CHAMBRE
            facts.append(bed_ledger.append(key, kind, actor=scope.actor, at=at, value=sexe, reason=why))
            bed_ledger.refresh(key, at)
        word = {"F": "pour femmes", "M": "pour hommes", "": "sans distinction de sexe"}[sexe]
        return bed_acting.done(
            scope, "sexe_chambre", read, facts, f"Chambre {bed.chambre or bed.label} {word}.", at, why
        )


# --- undoing


def undo(*, scope: Scope, facts: Sequence[int], reason: str = "") -> BedAct:
    """Take back the facts of one act; an undo is itself a fact, that may be undone.

    Raises:
        NotFound: no such facts in the scope.
        Conflict: already undone, or what would come back contradicts what happened since.
    """
    with in_scope(scope):
        rows = list(FactRow.objects.filter(id__in=list(facts)[:50]).order_by("id"))
        if not rows or len(rows) != len(set(facts)):
            raise NotFound("Cette action n'existe pas, ou n'est pas visible par votre compte.", code="fait-inconnu")
        keys = {row.pk: BedKey(row.establishment, row.uf, row.chambre, row.lit) for row in rows}
        with bed_acting.acting(scope, *sorted(set(keys.values()), key=lambda k: (k.establishment, k.text))) as at:
            written = [_take_back(scope, keys[row.pk], row.pk, reason, at) for row in rows]
            reads = {key: bed_ledger.read(key, at) for key in keys.values()}
            for read in reads.values():
                _refuse_contradiction(read)
                bed_ledger.refresh(read.key, at)
                bed_acting.trace(scope, "annuler", read.key, written, reason.strip())
            bed_acting.tell(*reads.values())
            first = keys[rows[0].pk]
            return BedAct(first, tuple(written), f"Lit {first.label} : action annulée.")


def _take_back(scope: Scope, key: BedKey, fact: int, reason: str, at: datetime) -> int:
    known = {f.fact_id for f in bed_ledger.facts_in_force(key, at)}
    if fact not in known:
        raise Conflict("Cette action est déjà annulée.", code="deja-annule")
    kind = BedFactKind.ANNULATION
    return bed_ledger.append(key, kind, actor=scope.actor, at=at, reason=reason.strip(), undoes=fact)


def _refuse_contradiction(read: Situation) -> None:
    subjects = {r.subject for r in read.ledger.reservations}
    if len(subjects) > 1:
        raise Conflict(f"Le lit {read.key.label} a été réservé pour un autre patient depuis.", code="deja-reserve")
    waiting = read.reservation() is not None
    if read.occupants and waiting:
        raise Conflict(f"Le lit {read.key.label} est occupé depuis : la réservation ne revient pas.", code="lit-occupe")
    if waiting and (read.ledger.closure is not None or read.ledger.unstaffed is not None):
        raise Conflict(f"Le lit {read.key.label} est fermé ou non armé depuis.", code="lit-ferme")
