"""The second factor: time-based codes (RFC 6238), and recovery codes for the day the telephone is lost."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from datetime import timedelta

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from archipel.foundation.accounts import crypto
from archipel.foundation.accounts.models import RecoveryCode, User
from archipel.foundation.accounts.sessions import acting
from archipel.foundation.audit.services import record
from archipel.kernel.errors import Conflict, Denied, Invalid

PERIOD = 30
"""Seconds a code lives (RFC 6238)."""
DRIFT = 1
"""Steps accepted before and after the present one: telephones are not atomic clocks."""
MAX_FAILURES = 5
BLOCKED_FOR = timedelta(minutes=15)
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_PURPOSE = "totp"


def new_secret() -> str:
    """A fresh shared secret, base32."""
    return pyotp.random_base32(32)


def provisioning_uri(user: User, secret: str) -> str:
    """What the QR code says to an authenticator application."""
    issuer = f"Archipel {settings.GHT_NAME}".strip()
    return pyotp.TOTP(secret).provisioning_uri(name=user.get_username(), issuer_name=issuer)


def matching_step(secret: str, code: str, *, after: int, now: float) -> int | None:
    """The time step whose code this is, or None.

    Args:
        secret: base32 shared secret.
        code: what was typed; spaces are ignored.
        after: last step already used; a code serves once.
        now: seconds since the epoch.
    """
    typed = "".join(code.split())
    generator = pyotp.TOTP(secret)
    present = int(now) // PERIOD
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), typed.encode()) and step > after:
            found = step
    return found


def enable(*, user: User, secret: str, code: str, now: float | None = None) -> list[str]:
    """Turn the second factor on once a first code proves the telephone; returns the recovery codes, shown once.

    Raises:
        Conflict: it is on already (an administrator resets it first).
        Invalid: the code is not the one expected.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.totp_secret:
            raise Conflict("Le deuxième facteur est déjà activé sur ce compte.", code="totp-actif")
        step = matching_step(secret, code, after=0, now=time.time() if now is None else now)
        if step is None:
            raise Invalid(
                "Ce code n'est pas celui attendu : vérifiez l'heure du téléphone et réessayez.", code="totp-code"
            )
        locked.totp_secret = crypto.encrypt(secret, purpose=_PURPOSE)
        locked.totp_last_step = step
        locked.totp_failures = 0
        locked.totp_blocked_until = None
        locked.save(update_fields=["totp_secret", "totp_last_step", "totp_failures", "totp_blocked_until"])
        codes = renew_recovery_codes(locked)
        record(scope=acting(locked), action="totp.activation", object_type="compte", object_key=str(locked.pk))
    return codes


def renew_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes of an account; the returned codes are stored hashed only."""
    codes = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]
    with transaction.atomic():
        user.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create([RecoveryCode(user=user, hash=_hash(user, code)) for code in codes])
    return codes


def verify(*, user: User, code: str, now: float | None = None) -> str:
    """Check a code at login; returns ``totp`` or ``secours`` (a recovery code was spent).

    A refusal is counted and traced in its own right, so the caller must let its transaction commit.

    Raises:
        Denied: wrong code, code already used, or too many tries.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.totp_blocked_until and locked.totp_blocked_until > timezone.now():
            raise Denied(
                "Trop de codes faux : réessayez dans un quart d'heure, ou adressez-vous à un administrateur.",
                code="totp-bloque",
            )
        secret = crypto.decrypt(locked.totp_secret, purpose=_PURPOSE)
        moment = time.time() if now is None else now
        used = _spend(locked, secret, code, moment)
        locked.save(update_fields=["totp_last_step", "totp_failures", "totp_blocked_until"])
    if not used:
        raise Denied("Ce code est faux ou a déjà servi.", code="totp-code")
    return used


def _spend(user: User, secret: str, code: str, now: float) -> str:
    step = matching_step(secret, code, after=user.totp_last_step, now=now)
    if step is not None:
        user.totp_last_step, user.totp_failures, user.totp_blocked_until = step, 0, None
        return "totp"
    typed = code.strip().lower()
    spent = user.recovery_codes.filter(hash=_hash(user, typed), used_at__isnull=True).update(used_at=timezone.now())
    if spent:
        user.totp_failures, user.totp_blocked_until = 0, None
        record(scope=acting(user), action="totp.secours", object_type="compte", object_key=str(user.pk))
        return "secours"
    user.totp_failures += 1
    if user.totp_failures >= MAX_FAILURES:
        user.totp_failures, user.totp_blocked_until = 0, timezone.now() + BLOCKED_FOR
    record(
        scope=acting(user),
        action="totp.refus",
        object_type="compte",
        object_key=str(user.pk),
        details={"bloque": user.totp_blocked_until is not None},
    )
    return ""


def _hash(user: User, code: str) -> str:
    """Keyed hash of a recovery code: 50 random bits need no slow hash once the key is not in the database."""
    key = crypto.derive(crypto.installation_keys()[0], "recovery-codes")
    return hmac.new(key, f"{user.pk}:{code}".encode(), hashlib.sha256).hexdigest()
