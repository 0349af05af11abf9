"""Opening, silencing, closing and erasing the page of a passage; and sending its address.

Opt-in: the team says that the patient agreed. The token is told once, at opening; only its hash is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import connection, transaction

from archipel.domains.flow import public as flow
from archipel.domains.flow.public import EdPatient
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound, Upstream
from archipel.passages.pathway import registry
from archipel.passages.pathway.models import Opening, Thread, Told
from archipel.passages.pathway.queries.states import circumstances_of
from archipel.passages.pathway.values import Mark
from archipel.passages.pathway.values.words import WORDS
from archipel.territory import public as territory

LASTS = timedelta(hours=24)
"""A page lives this long at the most, and :data:`AFTER` once the patient has left."""
AFTER = timedelta(hours=2)
_PHONE = re.compile(r"\+?\d{9,15}")
_EVERY = 60.0
_last_erasing = -_EVERY


@dataclass(frozen=True, slots=True)
class Opened:
    """The page was opened: its token, told this once."""

    token: str
    thread: int
    language: str


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def _acting(scope: Scope, venue: int) -> Iterator[EdPatient]:
    """Transaction, right, lock on the passage."""
    with in_scope(scope):
        patient = flow.ed_patient(scope=scope, venue=venue)
        scope.require(Capability.GERER_URGENCES, patient.establishment)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7208, hashtext(%s))", [str(venue)])
        yield patient


def open_thread(*, scope: Scope, venue: int, agreed: bool, language: str = "fr") -> Opened:
    """Open the page of a passage, or give it a new address (the one before is dead).

    Raises:
        Denied, NotFound: no right, or out of the scope.
        Invalid: the patient did not agree; an unknown language.
        Conflict: the patient has left; death, psychiatry or a secret stay silence the page.
    """
    if not agreed:
        raise Invalid("Le fil d'Ariane demande l'accord du patient.", code="accord", field="accord")
    if language not in WORDS:
        raise Invalid("Cette langue n'est pas proposée.", code="langue", field="langue")
    with _acting(scope, venue) as patient:
        if patient.step.value == "sortie":
            raise Conflict("Ce patient n'est plus aux urgences.", code="patient-sorti")
        known = Thread.objects.filter(venue_number=venue).first()
        if circumstances_of(venue, secret=bool(known and known.secret)).muted:
            raise Conflict("Pour ce passage, le fil d'Ariane reste fermé.", code="fil-ferme")
        token, now = secrets.token_urlsafe(32), clock.now()
        row, _ = Thread.objects.update_or_create(
            venue_number=venue,
            defaults={
                "establishment": patient.establishment, "token_hash": digest(token), "language": language,
                "opened_by": scope.actor, "opened_at": now, "expires_at": now + LASTS,
            },
        )  # fmt: skip
        Opening.objects.get_or_create(
            venue_number=venue, defaults={"establishment": patient.establishment, "opened_at": now}
        )
        _trace(scope, patient, "fil.ouvrir")
        return Opened(token, int(row.pk), language)


def _trace(scope: Scope, patient: EdPatient, action: str) -> None:
    record(scope=scope, action=action, establishment=patient.establishment, object_type="venue", object_key=patient.key)


def _thread(venue: int) -> Thread:
    row = Thread.objects.filter(venue_number=venue).first()
    if row is None:
        raise NotFound("Ce passage n'a pas de fil d'Ariane.", code="sans-fil")
    return row


def close_thread(*, scope: Scope, venue: int) -> None:
    """The patient does not want it any more: the page is erased at once.

    Raises:
        NotFound, Denied: no page, out of the scope, or no right.
    """
    with _acting(scope, venue) as patient:
        _thread(venue).delete()
        _trace(scope, patient, "fil.fermer")


def keep_secret(*, scope: Scope, venue: int, secret: bool) -> None:
    """A secret stay: the page shows nothing from now on (or again).

    Raises:
        NotFound, Denied: no page, out of the scope, or no right.
    """
    with _acting(scope, venue) as patient:
        row = _thread(venue)
        row.secret = secret
        row.save(update_fields=["secret"])
        _trace(scope, patient, "fil.secret" if secret else "fil.reprendre")


def tell(*, scope: Scope, venue: int, mark: Mark) -> None:
    """The team tells what no message tells: tests begun, results in, a decision.

    Raises:
        NotFound, Denied: no page, out of the scope, or no right.
        Conflict: it was already told.
    """
    with _acting(scope, venue) as patient:
        row = _thread(venue)
        if row.told.filter(mark=mark.value).exists():
            raise Conflict("C'est déjà dit.", code="deja-dit")
        Told.objects.create(
            thread=row, establishment=row.establishment, mark=mark.value, at=clock.now(), actor=scope.actor
        )
        _trace(scope, patient, f"fil.{mark.value}")


# --- sending the address ------------------------------------------------------------------------------


def send_address(*, scope: Scope, venue: int, address: str, language: str, phone: str = "", mail: str = "") -> str:
    """Send the address of the page by text message or by mail; the number and the mail address are not kept.

    Returns a French sentence. Raises:
        Invalid: neither a phone number nor a mail address.
        Upstream: the way out did not take it, or is not configured.
    """
    words = WORDS[language]
    text = f"{words.title} : {address}"
    number = re.sub(r"[ .\-()]", "", phone)
    with _acting(scope, venue) as patient:
        if number:
            if not _PHONE.fullmatch(number):
                raise Invalid("Numéro de téléphone : 9 à 15 chiffres attendus.", code="telephone", field="telephone")
            texter = registry.texter()
            if texter is None:
                raise Upstream("L'envoi de SMS n'est pas configuré (ARCHIPEL_SMS_URL).", permanent=True, code="sms")
            texter.send(number, text)
            _trace(scope, patient, "fil.sms")
            return "Adresse envoyée par SMS."
        _check_mail(mail)
        if not settings.EMAIL_HOST:
            raise Upstream("L'envoi de courriel n'est pas configuré (ARCHIPEL_SMTP_HOST).", permanent=True, code="mail")
        try:
            EmailMessage(words.title, text, settings.DEFAULT_FROM_EMAIL, [mail]).send()
        except OSError as error:
            why = f"Le serveur de courriel n'a pas pris le message ({type(error).__name__})."
            raise Upstream(why, permanent=False, code="mail") from error
        _trace(scope, patient, "fil.courriel")
        return "Adresse envoyée par courriel."


def _check_mail(mail: str) -> None:
    try:
        validate_email(mail)
    except ValidationError as error:
        raise Invalid("Adresse électronique invalide.", code="courriel", field="courriel") from error


# --- erasing ------------------------------------------------------------------------------------------


def erase_tick() -> None:
    """The worker's tick: erase the pages that are over, at most once a minute."""
    global _last_erasing
    now = time.monotonic()
    if now - _last_erasing >= _EVERY:
        _last_erasing = now
        erase_due()


def erase_due() -> int:
    """Erase the pages whose time is over, and shorten those of patients who left; returns how many were erased."""
    now = clock.now()
    scope = system_scope("fil", [one.code for one in territory.establishments()])
    with transaction.atomic(), in_scope(scope):
        gone = {one.venue_id: one.left_at for one in flow.ed_exits(since=now - LASTS, until=now)}
        for row in Thread.objects.filter(venue_number__in=list(gone)):
            end = gone[row.venue_number] + AFTER
            if end < row.expires_at:
                row.expires_at = end
                row.save(update_fields=["expires_at"])
        erased, _ = Thread.objects.filter(expires_at__lte=now).delete()
    return erased
