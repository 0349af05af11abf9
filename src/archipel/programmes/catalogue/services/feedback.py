"""Feedback on missions: written by the GHT, reviewed by the ARS, published for all, found by the search.

Source: national accompaniment plan of 2016: beneficiaries judge the quality and the relevance of the help, say what
needs it leaves, and hand over their experience, which is analysed and spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid
from archipel.programmes.catalogue.models import FeedbackEvent, Publication, Request
from archipel.programmes.catalogue.queries import requests as reading
from archipel.programmes.catalogue.queries.feedback import FIELDS, MARKS, Stage, feedback_of
from archipel.programmes.catalogue.services.index import refresh
from archipel.programmes.catalogue.services.requests import Act
from archipel.programmes.catalogue.values import Etat

LONGEST = 8000
PRIVATE = frozenset({"besoins"})


def write(*, scope: Scope, number: int, content: Mapping[str, str], submit: bool = False) -> Act:
    """Write the feedback on a mission that is over, or go on with it; ``submit``: the ARS may review it.

    Raises:
        Denied, NotFound: not the GHT's own mission, or no such request in the scope.
        Invalid: submitted without a title, without what was done, or with a mark out of 1 to 5.
        Conflict: the mission is not over, or the feedback is published (withdraw it first).
    """
    with in_scope(scope):
        row = _row(number)
        if not reading.leads(scope, row):
            raise Denied("Le retour d'expérience est écrit par l'établissement support du GHT.")
        if reading.course_of(row).etat is not Etat.TERMINEE:
            raise Conflict("Le retour d'expérience s'écrit une fois la mission terminée.", code="mission-en-cours")
        known = feedback_of(number)
        if known is not None and known.stage is Stage.PUBLIE:
            raise Conflict("Ce retour est publié : retirez-le avant de le changer.", code="publie")
        held = _content(content)
        if submit:
            _whole(held)
        _told(scope, row, Stage.SOUMIS if submit else Stage.ECRIT, held)
        return Act(number, "Retour d'expérience envoyé à la relecture." if submit else "Brouillon enregistré.")


def review(*, scope: Scope, number: int, accept: bool, reason: str = "") -> Act:
    """Publish a submitted feedback, or send it back with the reason.

    Raises:
        Denied, NotFound: not the ARS of the region, or no such request in the scope.
        Invalid: sent back without a reason.
        Conflict: nothing to review.
    """
    with in_scope(scope):
        row = _row(number)
        _instructs(scope, row)
        known = feedback_of(number)
        if known is None or known.stage is not Stage.SOUMIS:
            raise Conflict("Il n'y a pas de retour à relire.", code="rien-a-relire")
        if not accept and not reason.strip():
            raise Invalid("Dites ce qui est à reprendre.", code="motif", field="motif")
        _told(scope, row, Stage.PUBLIE if accept else Stage.A_REPRENDRE, known.content, reason)
        if accept:
            _publish(row, known.content, withdrawn=False)
        return Act(number, "Retour d'expérience publié." if accept else "Retour renvoyé au GHT.")


def withdraw(*, scope: Scope, number: int, reason: str) -> Act:
    """Take a published feedback away from the public; the GHT or the ARS may.

    Raises:
        Denied, NotFound: neither of them, or no such request in the scope.
        Invalid: no reason.
        Conflict: not published.
    """
    with in_scope(scope):
        row = _row(number)
        if not reading.leads(scope, row):
            _instructs(scope, row)
        known = feedback_of(number)
        if known is None or known.stage is not Stage.PUBLIE:
            raise Conflict("Ce retour n'est pas publié.", code="pas-publie")
        if not reason.strip():
            raise Invalid("Dites pourquoi le retour est retiré.", code="motif", field="motif")
        _told(scope, row, Stage.RETIRE, known.content, reason)
        _publish(row, {}, withdrawn=True)
        return Act(number, "Retour d'expérience retiré.")


def _row(number: int) -> Request:
    row = reading.row_of(number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7205332, %s)", [number % 2_147_483_647])
    return row


def _instructs(scope: Scope, row: Request) -> None:
    if not all(scope.may(Capability.INSTRUIRE_PROGRAMMES, code) for code in row.establishments):
        raise Denied("Seule l'ARS de la région peut le faire.", capability=Capability.INSTRUIRE_PROGRAMMES.value)


def _content(given: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: given.get(name, "").strip()[:LONGEST] for name, _ in FIELDS}
    for name, label in MARKS:
        text = given.get(name, "").strip()
        if text and text not in ("1", "2", "3", "4", "5"):
            raise Invalid(f"{label} : une note de 1 à 5 est attendue.", code="note", field=name)
        found[name] = int(text) if text else None
    return found


def _whole(held: Mapping[str, Any]) -> None:
    labels = dict((*FIELDS, *MARKS))
    for name in ("titre", "fait", "resultats", *(mark for mark, _ in MARKS)):
        if not held.get(name):
            raise Invalid(f"« {labels[name]} » est à remplir avant l'envoi.", code="incomplet", field=name)


def _told(scope: Scope, row: Request, stage: Stage, content: Mapping[str, Any], reason: str = "") -> None:
    FeedbackEvent.objects.create(
        request=row,
        establishments=row.establishments,
        kind=stage.value,
        content=dict(content),
        reason=" ".join(reason.split())[:300],
        actor=scope.actor,
        recorded_at=timezone.now(),
    )
    record(
        scope=scope, action=f"aide.retour.{stage.value}", object_type="demande-aide", object_key=str(row.pk),
        reason=reason[:300],
    )  # fmt: skip


def _publish(row: Request, content: Mapping[str, Any], *, withdrawn: bool) -> None:
    Publication.objects.create(
        request=row.pk,
        establishments=row.establishments,
        region=row.region,
        ght=row.ght,
        aid=row.aid,
        aid_name=row.aid_name,
        content={name: value for name, value in content.items() if name not in PRIVATE},
        withdrawn=withdrawn,
        recorded_at=timezone.now(),
    )
    refresh()
