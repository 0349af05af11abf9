"""What people enter at the emergency department: triage, first medical care, downstream bed asked for.

Each act asks for ``GERER_URGENCES`` on the establishment, adds one fact to the ledger of the passage, leaves a trace
and tells the boards. The establishment's own system stays the master of movements: what it says is shown beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from archipel.domains.flow.models import EdFact as FactRow
from archipel.domains.flow.models import Segment, Venue
from archipel.domains.flow.queries import ed_rows
from archipel.domains.flow.queries.ed import ed_ufs
from archipel.domains.flow.rules import fold_ed_facts, standing
from archipel.domains.flow.values.ed import EdFact, EdFactKind, EdLedger
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.territory.values import FILIERE_LABELS

ISOLATIONS = ("contact", "gouttelettes", "air", "protecteur")
"""The same words as for the beds."""
ORIENTATIONS = tuple(code for code in FILIERE_LABELS if code not in ("URG", "AUTRE"))
"""Filières that may be asked for."""
LEVELS = (1, 2, 3, 4, 5)
"""Triage levels, 1 the most urgent."""
NEEDS_LIMIT = 300


@dataclass(frozen=True, slots=True)
class EdAct:
    """What was done: the fact written, to undo it, and a French sentence."""

    venue: int
    fact: int
    message: str


@dataclass(frozen=True, slots=True)
class _Passage:
    """A venue in an emergency department, locked."""

    venue: Venue
    uf: str
    site: str
    present: bool
    facts: tuple[EdFact, ...]
    ledger: EdLedger
    at: datetime


def record_triage(*, scope: Scope, venue: int, level: int) -> EdAct:
    """Give a triage level, 1 (vital risk) to 5; a later one replaces it.

    Raises:
        Denied, NotFound: no right, or the venue is out of the scope.
        Invalid: not a level.
        Conflict: the patient has left, or already has this level.
    """
    if level not in LEVELS:
        raise Invalid(f"Niveau de tri « {level} » inconnu : 1 à 5 sont attendus.", code="niveau-tri", field="niveau")
    with _acting(scope, venue) as passage:
        _refuse_gone(passage)
        if passage.ledger.triage_level == str(level):
            raise Conflict(f"Ce patient est déjà trié au niveau {level}.", code="deja-dit")
        return _add(scope, passage, EdFactKind.TRI, {"niveau": str(level)}, f"Tri de niveau {level} enregistré.")


def record_medical_start(*, scope: Scope, venue: int) -> EdAct:
    """The first medical care begins. Raises Conflict when it has already begun, or the patient has left."""
    with _acting(scope, venue) as passage:
        _refuse_gone(passage)
        if passage.ledger.care_at is not None:
            raise Conflict("La prise en charge médicale est déjà enregistrée.", code="deja-dit")
        return _add(scope, passage, EdFactKind.PRISE_EN_CHARGE, {}, "Prise en charge médicale enregistrée.")


def ask_orientation(
    *, scope: Scope, venue: int, filiere: str, sexe: str = "", isolation: str = "", needs: str = ""
) -> EdAct:
    """Say that the patient needs a bed: of which filière, and with what.

    Args:
        scope: who acts.
        venue: number of the venue.
        filiere: code of the filière.
        sexe: F, M, or empty to leave what the identity says.
        isolation: contact, gouttelettes, air, protecteur, or empty.
        needs: what the bed must offer, in a few words; no diagnosis is expected here.

    Raises:
        Denied, NotFound: no right, or the venue is out of the scope.
        Invalid: an unknown filière, sex or isolation, needs too long.
        Conflict: the patient has left, or the same was already asked.
    """
    details = orientation_details(filiere, sexe, isolation, needs)
    with _acting(scope, venue) as passage:
        _refuse_gone(passage)
        if passage.ledger.request is not None and _last_request(passage) == details:
            raise Conflict("La même orientation est déjà demandée.", code="deja-dit")
        label = FILIERE_LABELS[filiere]
        return _add(scope, passage, EdFactKind.DEMANDE_AVAL, details, f"Lit d'aval demandé : {label}.")


def cancel_orientation(*, scope: Scope, venue: int, reason: str = "") -> EdAct:
    """The patient needs no bed any more. Raises Conflict when none was asked for here (see the messages then)."""
    with _acting(scope, venue) as passage:
        if passage.ledger.request is None:
            raise Conflict("Aucune orientation saisie n'est en cours pour ce patient.", code="rien-a-annuler")
        why = " ".join(reason.split())[:NEEDS_LIMIT]
        return _add(
            scope, passage, EdFactKind.ANNULATION_DEMANDE, {"motif": why} if why else {}, "Orientation annulée."
        )


def undo(*, scope: Scope, fact: int, reason: str = "") -> EdAct:
    """Take back one fact, or an undo; possible after the patient has left.

    Raises:
        NotFound: no such fact in the scope.
        Conflict: it was already taken back.
    """
    row = FactRow.objects.filter(id=fact).first()
    number = None
    if row is not None:
        found = Venue.objects.filter(establishment=row.establishment, key=row.venue).values_list("id", flat=True)
        number = found.first()
    if number is None:
        raise NotFound("Cette saisie n'existe pas, ou n'est pas visible par votre compte.", code="fait-inconnu")
    with _acting(scope, number) as passage:
        taken = {f.undoes for f in passage.facts if f.undoes is not None}
        standing_now = {f.fact_id for f in standing(passage.facts, passage.at)}
        live_undos = {f.fact_id for f in passage.facts if f.undoes is not None and f.fact_id not in taken}
        if fact not in standing_now | live_undos:
            raise Conflict("Cette saisie est déjà annulée.", code="deja-annule")
        why = " ".join(reason.split())[:NEEDS_LIMIT]
        details = {"motif": why} if why else {}
        return _add(scope, passage, EdFactKind.ANNULATION, details, "Saisie annulée.", undoes=fact)


def orientation_details(filiere: str, sexe: str, isolation: str, needs: str) -> dict[str, str]:
    """The checked content of a request for a bed. Raises Invalid, naming the field."""
    if filiere not in ORIENTATIONS:
        raise Invalid("Choisissez la filière du lit demandé.", code="filiere", field="filiere")
    if sexe not in ("F", "M", ""):
        raise Invalid(f"Sexe « {sexe} » inconnu : F, M ou rien sont attendus.", code="sexe", field="sexe")
    if isolation and isolation not in ISOLATIONS:
        known = ", ".join(ISOLATIONS)
        raise Invalid(
            f"Isolement « {isolation} » inconnu : {known} sont attendus.", code="isolement", field="isolement"
        )
    text = " ".join(needs.split())
    if len(text) > NEEDS_LIMIT:
        raise Invalid(
            f"Les besoins font {len(text)} caractères : {NEEDS_LIMIT} au plus.", code="besoins", field="besoins"
        )
    return {"filiere": filiere, "sexe": sexe, "isolement": isolation, "besoins": text}


# --- what every act shares ----------------------------------------------------------------------------


@contextmanager
def _acting(scope: Scope, number: int) -> Iterator[_Passage]:
    """Transaction, right, lock; one writer at a time on each passage."""
    with in_scope(scope):
        venue = Venue.objects.filter(id=number, cancelled=False).first()
        if venue is None:
            raise NotFound("Cette venue n'existe pas, ou n'est pas visible par votre compte.", code="venue-inconnue")
        scope.require(Capability.GERER_URGENCES, venue.establishment)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7207, hashtext(%s))", [str(number)])
        yield _read(venue, clock.now())


def _read(venue: Venue, at: datetime) -> _Passage:
    sites = {uf.code: uf.site for uf in ed_ufs() if uf.establishment == venue.establishment}
    uf, present = "", False
    for segment in Segment.objects.filter(venue_id=venue.pk, begin__lte=at).order_by("begin"):
        code = segment.uf or segment.uf_medicale
        if code in sites:
            uf = code
        present = code in sites and (segment.end_at is None or segment.end_at > at)
    if not uf:
        raise Conflict("Ce patient n'est pas passé aux urgences.", code="pas-aux-urgences")
    key = (venue.establishment, venue.key)
    facts = tuple(ed_rows.facts([key]).get(key, ()))
    return _Passage(venue, uf, sites[uf], present, facts, fold_ed_facts(facts, at, at), at)


def _refuse_gone(passage: _Passage) -> None:
    if not passage.present:
        raise Conflict("Ce patient n'est plus aux urgences.", code="patient-sorti")


def _last_request(passage: _Passage) -> Mapping[str, str]:
    asked = [f for f in standing(passage.facts, passage.at) if f.kind is EdFactKind.DEMANDE_AVAL]
    return asked[-1].details if asked else {}


def _add(
    scope: Scope,
    passage: _Passage,
    kind: EdFactKind,
    details: Mapping[str, str],
    message: str,
    *,
    undoes: int | None = None,
) -> EdAct:
    venue = passage.venue
    row = FactRow.objects.create(
        establishment=venue.establishment,
        venue=venue.key,
        kind=kind.value,
        effective_at=passage.at,
        recorded_at=passage.at,
        actor=scope.actor,
        details=dict(details),
        undoes=undoes,
    )
    record(
        scope=scope,
        action=f"urgences.{kind.value}",
        establishment=venue.establishment,
        object_type="venue",
        object_key=venue.key,
        details={"fait": row.pk} | ({"annule": undoes} if undoes else {}),
    )
    publish("flow.changed", {"uf": [f"{venue.establishment}:{passage.uf}"], "sites": [passage.site]})
    return EdAct(int(venue.pk), int(row.pk), message)
