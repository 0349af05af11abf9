"""What time and the feed do to requests, without anybody: arrivals close them, delays end them, identities go.

Called about once a second by the worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from archipel.domains.flow.models import Request, Segment, Venue
from archipel.domains.flow.rules.requests import (
    ANSWER_WITHIN,
    ARRIVE_WITHIN,
    UNDO_WITHIN,
    identity_visible,
    lapses_at,
)
from archipel.domains.flow.services.ingest import venue_id
from archipel.domains.flow.services.requests import accepted_at, become, release
from archipel.domains.flow.values.requests import OPEN, RequestStatus
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.territory import public as territory

S = RequestStatus
BATCH = 200

_DUE = """
SELECT r.id FROM flow_request r
LEFT JOIN flow_venue v ON v.establishment = r.establishment AND v.key = r.venue
WHERE r.status IN ('envoyee', 'acceptee') AND (
  v.id IS NULL OR v.cancelled
  OR (r.status = 'envoyee' AND r.updated_at <= %(unanswered)s)
  OR (r.status = 'acceptee' AND r.updated_at <= %(absent)s)
  OR ((r.status = 'envoyee' OR r.receiving_establishment = r.establishment) AND (
    v.discharged_at <= %(now)s
    OR EXISTS (
      SELECT 1 FROM flow_segment s WHERE s.venue_id = v.id AND s.begin <= %(now)s
        AND (s.begin > r.created_at OR (s.uf = r.uf AND s.chambre = r.chambre AND s.lit = r.lit)))))
  OR (r.status = 'acceptee' AND r.receiving_establishment <> r.establishment AND (
    EXISTS (
      SELECT 1 FROM flow_segment s WHERE s.establishment = r.receiving_establishment AND s.uf = r.uf
        AND s.chambre = r.chambre AND s.lit = r.lit AND s.begin <= %(now)s AND s.venue_id <> v.id
        AND s.begin > r.updated_at - interval '5 minutes' AND (s.end_at IS NULL OR s.end_at > %(now)s))
    OR EXISTS (
      SELECT 1 FROM identity_patient p
      JOIN identity_patient q ON q.ins_matricule = p.ins_matricule AND q.ins_oid = p.ins_oid
        AND q.establishment = r.receiving_establishment
      JOIN flow_venue w ON w.establishment = q.establishment AND w.patient = q.key AND NOT w.cancelled
      JOIN flow_segment s ON s.venue_id = w.id AND s.begin >= r.updated_at AND s.begin <= %(now)s
      WHERE p.establishment = v.establishment AND p.key = v.patient AND p.ins_matricule <> '')))
) ORDER BY r.updated_at LIMIT %(limit)s
"""
"""Requests about which something may have happened: one statement, whatever the number that wait quietly."""

_SAME_INS = """
SELECT s.uf, s.chambre, s.lit FROM flow_venue origin
JOIN identity_patient p ON p.establishment = origin.establishment AND p.key = origin.patient
JOIN identity_patient q ON q.establishment = %(receiving)s AND q.ins_matricule = p.ins_matricule
  AND q.ins_oid = p.ins_oid
JOIN flow_venue v ON v.establishment = q.establishment AND v.patient = q.key AND NOT v.cancelled
JOIN flow_segment s ON s.venue_id = v.id AND s.begin >= %(since)s AND s.begin <= %(now)s
WHERE origin.id = %(venue)s AND p.ins_matricule <> '' ORDER BY s.begin DESC LIMIT 1
"""
"""Where the same patient is in the other establishment: same INS (matricule and OID), nothing looser."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How many requests were closed, lapsed, and how many identities were forgotten."""

    closed: int = 0
    expired: int = 0
    forgotten: int = 0


def settle_requests(*, at: datetime | None = None) -> Settled:
    """Close the requests whose patient came or left, end those that nobody answered, forget what may not be kept.

    Each request is settled in its own short transaction; one that somebody is answering is left for the next time.
    """
    codes = [row.code for row in territory.establishments()]
    if not codes:
        return Settled()
    now = at or clock.now()
    scope = system_scope("demandes", codes)
    closed = expired = 0
    for number in _due(scope, now):
        with transaction.atomic(), in_scope(scope):
            row = Request.objects.select_for_update(skip_locked=True).filter(id=number, status__in=OPEN).first()
            if row is None:
                continue
            why = _ended(row, now)
            lapse = lapses_at(S(row.status), row.updated_at)
            if why:
                _end(scope, row, S.CLOSE, now, why)
                closed += 1
            elif lapse is not None and lapse <= now:
                _end(scope, row, S.EXPIREE, now, "délai dépassé")
                expired += 1
    return Settled(closed, expired, _forget(scope, now))


def _due(scope: Scope, now: datetime) -> list[int]:
    with in_scope(scope), connection.cursor() as cursor:
        cursor.execute(
            _DUE, {"unanswered": now - ANSWER_WITHIN, "absent": now - ARRIVE_WITHIN, "now": now, "limit": BATCH}
        )
        return [number for (number,) in cursor.fetchall()]


def settle() -> None:
    """The worker's tick."""
    settle_requests()


def _end(scope: Scope, row: Request, status: RequestStatus, now: datetime, why: str) -> None:
    if row.status == S.ACCEPTEE:
        release(row, f"Demande n° {row.pk} : {why}")
    become(scope, row, status, now, why)


def _ended(row: Request, now: datetime) -> str:
    """Why nothing is expected of the request any more, in French; empty while something is."""
    number = venue_id(row.establishment, row.venue)
    if row.status == S.ACCEPTEE and row.receiving_establishment != row.establishment:
        if (arrived := _arrived(row, number, now)) != "":
            return arrived
        return "séjour annulé" if Venue.objects.filter(id=number, cancelled=True).exists() else ""
    return _moved(row, number, now)


def _moved(row: Request, number: int, now: datetime) -> str:
    """The venue itself left the emergency department: for the bed, for another ward, or for good."""
    venue = Venue.objects.filter(id=number).first()
    if venue is None or venue.cancelled:
        return "séjour annulé"
    if venue.discharged_at is not None and venue.discharged_at <= now:
        return "patient sorti"
    here = Segment.objects.filter(venue_id=number, begin__lte=now).filter(Q(end_at=None) | Q(end_at__gt=now))
    segment = here.order_by("-begin").first()
    if segment is None:
        return ""
    emergency = {uf.code for uf in territory.ufs([row.establishment]) if uf.filiere == "URG"}
    asked = (row.uf, row.chambre, row.lit)
    if (segment.uf, segment.chambre, segment.lit) == asked and row.receiving_establishment == row.establishment:
        return "arrivé dans le lit"
    if segment.begin > row.created_at and (segment.uf or segment.uf_medicale) not in emergency:
        return f"installé ailleurs : {_label(segment.uf, segment.chambre, segment.lit)}"
    return ""


def _arrived(row: Request, number: int, now: datetime) -> str:
    """Somebody entered the reserved bed since the acceptance, or the same INS entered the other establishment."""
    since = accepted_at(row) or row.updated_at
    came = Segment.objects.filter(
        establishment=row.receiving_establishment, uf=row.uf, chambre=row.chambre, lit=row.lit,
        begin__gt=since - timedelta(minutes=5), begin__lte=now,
    ).exclude(venue_id=number)  # fmt: skip
    if came.filter(Q(end_at=None) | Q(end_at__gt=now)).exists():
        return "arrivé dans le lit"
    with connection.cursor() as cursor:
        cursor.execute(
            _SAME_INS, {"receiving": row.receiving_establishment, "since": since, "now": now, "venue": number}
        )
        found = cursor.fetchone()
    return f"installé ailleurs : {_label(*found)}" if found else ""


def _label(uf: str, chambre: str, lit: str) -> str:
    bed = "-".join(part for part in (chambre, lit) if part)
    return f"UF {uf or 'inconnue'}" + (f", lit {bed}" if bed else "")


def _forget(scope: Scope, now: datetime) -> int:
    """Erase the identities that the receiving team may not read any more; an answer may be taken back meanwhile."""
    forgotten = 0
    with transaction.atomic(), in_scope(scope):
        kept = Request.objects.exclude(patient_name="").exclude(status=S.ENVOYEE).order_by("id")
        for row in kept.filter(updated_at__lt=now - UNDO_WITHIN).select_for_update(skip_locked=True)[:BATCH]:
            if not identity_visible(S(row.status), accepted_at(row), now):
                row.patient_name, row.patient_birth = "", None
                row.save(update_fields=["patient_name", "patient_birth"])
                forgotten += 1
    return forgotten
