"""Asking for help, answering, withdrawing, starting, ending, taking back: each is a fact of the request's ledger.

A right of the quota follows the request: it is taken when the ARS selects the GHT, and given back when the request is
refused, withdrawn, or the selection is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.catalogue.models import Request, RequestEvent
from archipel.programmes.catalogue.queries import places, quotas
from archipel.programmes.catalogue.queries import requests as reading
from archipel.programmes.catalogue.queries.aids import aid as aid_of
from archipel.programmes.catalogue.rules.applicability import Ouverture, applicable
from archipel.programmes.catalogue.rules.workflow import refusal
from archipel.programmes.catalogue.services.quotas import move
from archipel.programmes.catalogue.values import ACTEUR_LABELS, Acte, Acteur, Aide, Avis

TOPIC = "programmes.aide"


@dataclass(frozen=True, slots=True)
class Act:
    """The request, and a French sentence."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is asked for."""

    aid: str
    ght: str
    subject: str
    need: str = ""
    theme: str = ""
    session: str = ""
    contact: str = ""
    asked_on: date | None = None


def ask(*, scope: Scope, draft: Draft) -> Act:
    """Ask for an aid in the name of a GHT.

    Args:
        scope: who asks: ``GERER_PROGRAMMES`` for the supporting establishment; the ARS (``INSTRUIRE_PROGRAMMES``) where
            the aid says that the request always comes from it.

    Raises:
        Denied, NotFound: no right, unknown aid or GHT.
        Invalid: no subject, a date in the future, an aid that is not asked for here, or not open on that day.
        Conflict: the GHT already has a request for it (one application per GHT), or nothing is left of the quota.
    """
    with in_scope(scope):
        ght = places.ght(scope, draft.ght)
        if ght is None:
            raise NotFound("Ce GHT n'existe pas.", code="ght")
        aid = aid_of(draft.aid, ght.region)
        _may_ask(scope, aid, ght)
        day = draft.asked_on or timezone.localdate()
        _check(aid, draft, day, ght)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7205331, hashtext(%s))", [f"{aid.ref}|{ght.code}"])
        _refuse_second(scope, aid, ght.code)
        share = aid.droits(ght.region)
        row = Request.objects.create(
            ght=ght.code,
            region=ght.region,
            establishments=list(ght.members),
            pack=aid.pack,
            version=aid.version,
            aid=aid.ref,
            aid_name=aid.nom,
            theme=draft.theme if draft.theme in aid.themes else "",
            session=draft.session,
            circuit=[one.value for one in aid.circuit],
            quota=quotas.key_of(aid, share) if share else "",
            rights=share.nombre if share else None,
            subject=_line(draft.subject, 200),
            need=draft.need.strip()[:8000],
            contact=_line(draft.contact, 200),
            asked_on=day,
            actor=scope.actor,
            recorded_at=timezone.now(),
        )
        _told(scope, row, Acte.DEPOT, day=day)
        return Act(row.pk, f"Demande n° {row.pk} déposée : {aid.nom}.")


def _may_ask(scope: Scope, aid: Aide, ght: places.Ght) -> None:
    from_ars = all(scope.may(Capability.INSTRUIRE_PROGRAMMES, code) for code in ght.members)
    if Acteur.ARS in aid.circuit and from_ars:
        return
    if not scope.may(Capability.GERER_PROGRAMMES, ght.support):
        raise Denied("Une demande est faite au nom du GHT, par qui gère les programmes de son établissement support.")


def _check(aid: Aide, draft: Draft, day: date, ght: places.Ght) -> None:
    if not aid.demandable:
        why = (
            "la personne saisit elle-même l'opérateur, et c'est confidentiel" if aid.confidentiel
            else "elle est seulement annoncée" if aid.fiche == "annoncee" else "elle est en libre accès"
        )  # fmt: skip
        raise Invalid(f"Cette aide ne se demande pas ici : {why}.", code="pas-de-demande")
    if aid.region and aid.region != ght.region:
        raise Invalid("Cette offre est celle d'une autre région.", code="autre-region")
    if not draft.subject.strip():
        raise Invalid("Donnez l'objet de la demande.", code="objet", field="objet")
    if day > timezone.localdate():
        raise Invalid("La date de la demande est dans le futur.", code="date", field="date")
    if draft.session and draft.session not in {one.id for one in aid.sessions}:
        raise Invalid("Cette session n'est pas proposée.", code="session", field="session")
    share = aid.droits(ght.region)
    if aid.quota and share is None:
        raise Conflict("Cette région n'a pas de droit sur ce quota.", code="sans-droit")
    left = quotas.left_of(quotas.key_of(aid, share), share.nombre) if share else None
    state = applicable(aid, day, left=left)
    if state.ouverture is Ouverture.COMPLET:
        raise Conflict(state.pourquoi, code="quota-epuise")
    if state.ouverture not in (Ouverture.OUVERT, Ouverture.INCONNUE):
        raise Invalid(f"On ne peut pas demander cette aide au {day:%d/%m/%Y}. {state.pourquoi}", code="ferme")
    for place in state.places:
        if place.session.id == draft.session and not place.ouverte:
            raise Invalid(f"Les inscriptions à cette session sont closes depuis le {place.cloture:%d/%m/%Y}.",
                          code="session-close", field="session")  # fmt: skip


def _refuse_second(scope: Scope, aid: Aide, ght: str) -> None:
    today = timezone.localdate()
    for line in reading.requests(scope, today, ght=ght, aid=aid.ref):
        if line.alive:
            raise Conflict(
                f"Ce GHT a déjà une demande en cours pour cette aide (n° {line.number}).", code="deja-demande"
            )


def give_opinion(
    *,
    scope: Scope,
    number: int,
    party: Acteur,
    opinion: Avis,
    text: str = "",
    piece: str = "",
    on: date | None = None,
) -> Act:
    """Record what a party answers: its own answer for the ARS, the letter received for DGOS and operator.

    Raises:
        Denied, NotFound: no right to speak for that party, or no such request in the scope.
        Invalid: an unfavourable answer or a request for more without a word, a date before the request or in the
            future, or another's answer without the letter that says it.
        Conflict: nothing is expected of that party now, or nothing is left of the quota.
    """
    with in_scope(scope):
        row = _locked(number)
        if not reading.may_speak(scope, row, party):
            raise Denied(f"Votre compte ne peut pas enregistrer ce que dit {ACTEUR_LABELS[party]}.")
        day = _day(row, on)
        _refuse(row, Acte.AVIS, party)
        if opinion is not Avis.FAVORABLE and not text.strip():
            raise Invalid("Dites pourquoi : la réponse est lue par le GHT.", code="motif", field="texte")
        if party is not Acteur.ARS and not piece.strip():
            raise Invalid("Donnez la référence de la lettre ou du message qui le dit.", code="piece", field="piece")
        _told(scope, row, Acte.AVIS, day=day, party=party, opinion=opinion, text=text, piece=piece)
        line = reading.request_line(scope, number, timezone.localdate())
        granted = " La demande est accordée." if line.course.etat == "accordee" else ""
        return Act(number, f"Avis enregistré pour {ACTEUR_LABELS[party]}.{granted}")


def complete(*, scope: Scope, number: int, text: str, on: date | None = None) -> Act:
    """Give what was missing: those who asked for it answer again. Raises as :func:`withdraw`."""
    if not text.strip():
        raise Invalid("Écrivez le complément demandé.", code="texte", field="texte")
    return _asker(scope, number, Acte.COMPLEMENT, "Complément envoyé.", text, on)


def withdraw(*, scope: Scope, number: int, text: str, on: date | None = None) -> Act:
    """Give the request up; a right of the quota is given back.

    Raises:
        Denied, NotFound: no right, or no such request in the scope.
        Invalid: no reason, or a wrong date.
        Conflict: nothing is expected of it any more.
    """
    if not text.strip():
        raise Invalid("Dites pourquoi la demande est retirée.", code="motif", field="texte")
    return _asker(scope, number, Acte.RETRAIT, "Demande retirée.", text, on)


def start(*, scope: Scope, number: int, on: date | None = None, text: str = "") -> Act:
    """The mission begins. Raises as :func:`withdraw`."""
    return _asker(scope, number, Acte.DEMARRAGE, "Mission démarrée.", text, on)


def end(*, scope: Scope, number: int, on: date | None = None, text: str = "") -> Act:
    """The mission is over; its feedback is asked for. Raises as :func:`withdraw`."""
    message = "Mission terminée : un retour d'expérience est attendu du GHT."
    return _asker(scope, number, Acte.FIN, message, text, on)


def _asker(scope: Scope, number: int, act: Acte, message: str, text: str, on: date | None) -> Act:
    with in_scope(scope):
        row = _locked(number)
        if not reading.leads(scope, row):
            raise Denied("Cet acte revient à l'établissement support du GHT.")
        day = _day(row, on)
        _refuse(row, act)
        _told(scope, row, act, day=day, text=text)
        return Act(number, message)


def take_back(*, scope: Scope, number: int, text: str = "") -> Act:
    """Take the last act back: the request stands as before it, the quota too.

    Raises:
        Denied, NotFound: not the right of those who did it, or no such request in the scope.
        Conflict: only the deposit is left (withdraw the request instead), or nothing is left of the quota.
    """
    with in_scope(scope):
        row = _locked(number)
        last = RequestEvent.objects.get(pk=reading.course_of(row).dernier)
        if last.kind == Acte.DEPOT:
            raise Conflict("Le dépôt ne s'annule pas : retirez la demande.", code="depot")
        may = (
            reading.may_speak(scope, row, Acteur(last.party)) if last.kind == Acte.AVIS else reading.leads(scope, row)
        )  # fmt: skip
        if not may:
            raise Denied("Seuls ceux qui peuvent faire cet acte peuvent le reprendre.")
        _told(scope, row, Acte.ANNULATION, day=max(last.effective_on, timezone.localdate()), text=text, undoes=last.pk)
        return Act(number, "Dernier acte annulé.")


def _locked(number: int) -> Request:
    row = reading.row_of(number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7205332, %s)", [number % 2_147_483_647])
    return row


def _day(row: Request, on: date | None) -> date:
    day = on or timezone.localdate()
    if day > timezone.localdate() or day < row.asked_on:
        raise Invalid("La date est avant la demande, ou dans le futur.", code="date", field="date")
    return day


def _refuse(row: Request, act: Acte, party: Acteur | None = None) -> None:
    circuit: Sequence[Acteur] = [Acteur(one) for one in row.circuit]
    why = refusal(circuit, reading.course_of(row), act, party)
    if why:
        raise Conflict(why, code="acte-impossible")


def _told(
    scope: Scope,
    row: Request,
    act: Acte,
    *,
    day: date,
    party: Acteur | None = None,
    opinion: Avis | None = None,
    text: str = "",
    piece: str = "",
    undoes: int | None = None,
) -> None:
    """Write the fact, let the quota follow, leave a trace."""
    held = reading.course_of(row).tient_droit if act is not Acte.DEPOT else False
    RequestEvent.objects.create(
        request=row,
        establishments=row.establishments,
        kind=act.value,
        party=party.value if party else "",
        opinion=opinion.value if opinion else "",
        text=text.strip()[:4000],
        piece=_line(piece, 300),
        effective_on=day,
        actor=scope.actor,
        recorded_at=timezone.now(),
        undoes_id=undoes,
    )
    holds = reading.course_of(row).tient_droit
    if row.quota and holds != held:
        move(
            quota=row.quota, rights=row.rights or 0, request=row.pk, take=holds, establishments=row.establishments,
            effective_on=day,
        )  # fmt: skip
    record(
        scope=scope,
        action=f"aide.{act.value}",
        object_type="demande-aide",
        object_key=str(row.pk),
        reason=_line(text, 300),
        details={"partie": party.value if party else "", "avis": opinion.value if opinion else ""},
    )
    publish(TOPIC, {"demande": row.pk})


def _line(text: str, most: int) -> str:
    return " ".join(text.split())[:most]
