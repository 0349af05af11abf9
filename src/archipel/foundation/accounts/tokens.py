"""Tokens of the API: made, listed, revoked by their owner; opened at each call, never wider than the owner's rights.

A token is ``arch_<prefix>_<secret>``; the secret has 256 random bits, so that a plain SHA-256 is enough to keep it
(RFC 6750 for the way it travels). What it may do is what was asked for when it was made *and* its owner may do now.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from archipel.foundation.accounts.models import ApiToken, User
from archipel.foundation.accounts.places import holding, priced
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.audit.services import record
from archipel.foundation.scope import EVERYWHERE, Capability, Scope
from archipel.kernel.errors import Denied, Invalid, NotFound

NEVER = frozenset({Capability.GERER_COMPTES, Capability.BRIS_DE_GLACE})
"""What no token may do: these acts ask for a person in front of a screen."""
MAX_DAYS = 365
MAX_TOKENS = 20
"""Live tokens of one account."""
FAILURE_LIMIT = 20
"""Wrong tokens from one address in a window; beyond, answers say to come back later and nothing more is written."""
FAILURE_WINDOW = timedelta(minutes=15)
_TOUCH = timedelta(minutes=1)


class TooManyFailures(Denied):
    """Too many wrong tokens from one address."""

    code = "jeton-trop-d-essais"
    http_status = 429


class BadToken(Denied):
    """Unknown, expired or revoked; the caller is not told which."""

    code = "jeton-refuse"
    http_status = 401


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its owner sees it, without its secret."""

    id: int
    name: str
    prefix: str
    grants: tuple[tuple[str, tuple[str, ...]], ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_address: str
    live: bool


def offered(scope: Scope) -> dict[str, tuple[Capability, ...]]:
    """Establishment (or ``*``) → what a token of this account may be given."""
    found = {
        place: tuple(c for c in Capability if c in held and c not in NEVER) for place, held in scope.grants.items()
    }
    return {place: held for place, held in sorted(found.items()) if held}


def create_token(
    *, scope: Scope, name: str, establishment: str, capabilities: Collection[str], days: int
) -> tuple[TokenRow, str]:
    """Make a token for the account of the scope; the text is returned once and kept nowhere.

    Raises:
        Invalid: no name, nothing asked for, or a duration out of 1–365 days.
        Denied: no account, too many tokens, or rights that the account does not hold.
    """
    if scope.user_id is None:
        raise Denied("Seul un compte peut créer un jeton.", code="jeton-compte")
    label = " ".join(name.split())[:100]
    if not label:
        raise Invalid("Donnez un nom au jeton : l'application qui s'en servira.", code="jeton-nom")
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(f"La durée d'un jeton va de 1 à {MAX_DAYS} jours ; {days} demandés.", code="jeton-duree")
    allowed = {c.value for c in offered(scope).get(establishment, ())}
    wanted = sorted(set(capabilities))
    if not wanted:
        raise Invalid("Choisissez au moins un droit.", code="jeton-droits")
    if not set(wanted) <= allowed:
        raise Denied("Un jeton ne peut pas avoir un droit que votre compte n'a pas.", code="jeton-droits")
    now = timezone.now()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=scope.user_id)
        live = ApiToken.objects.filter(user_id=scope.user_id, revoked_at=None, expires_at__gt=now).count()
        if live >= MAX_TOKENS:
            raise Denied(f"Vous avez déjà {MAX_TOKENS} jetons : révoquez-en un d'abord.", code="jeton-nombre")
        prefix = secrets.token_hex(6)
        text = f"arch_{prefix}_{secrets.token_urlsafe(32)}"
        row = ApiToken.objects.create(
            user_id=scope.user_id,
            name=label,
            prefix=prefix,
            hash=_digest(text),
            grants={establishment: wanted},
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        _trace(scope, "jeton.creation", row, {"droits": wanted, "pour": establishment, "jours": days})
    return _row(row, now), text


def tokens_of(user_id: int) -> list[TokenRow]:
    """The tokens of an account, live ones first, the newest first."""
    now = timezone.now()
    rows = [_row(row, now) for row in ApiToken.objects.filter(user_id=user_id).order_by("-created_at")[:200]]
    return sorted(rows, key=lambda row: not row.live)


def revoke_token(*, scope: Scope, token_id: int) -> None:
    """End one's own token now.

    Raises:
        NotFound: no live token of that number on this account.
    """
    with transaction.atomic():
        rows = ApiToken.objects.select_for_update().filter(pk=token_id, revoked_at=None)
        row = rows.filter(user_id=scope.user_id or 0).first()
        if row is None:
            raise NotFound("Ce jeton est introuvable, ou déjà révoqué.", code="jeton-introuvable")
        row.revoked_at, row.revoked_by = timezone.now(), scope.actor
        row.save(update_fields=["revoked_at", "revoked_by"])
        _trace(scope, "jeton.revocation", row, {})


def open_token(text: str, *, address: str) -> tuple[User, Scope, int]:
    """The account, the scope and the number behind a token presented by a program.

    Args:
        text: the token, without ``Bearer``.
        address: network address of the caller.

    Raises:
        BadToken: unknown, expired, revoked, or its account is closed or owes a new password.
        TooManyFailures: the same, after too many from this address.
    """
    now = timezone.now()
    row = _find(text)
    if (
        row is None
        or row.revoked_at
        or row.expires_at <= now
        or not row.user.is_active
        or row.user.must_change_password
    ):
        raise _refusal(address, now, row)
    if row.last_used_at is None or now - row.last_used_at > _TOUCH or row.last_address != address:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now, last_address=address)
    return row.user, scope_of_token(row.user, row.grants, row.pk), row.pk


def scope_of_token(user: User, grants: dict[str, list[str]], number: int = 0) -> Scope:
    """What was asked for, cut down to what the account may do now; no break-glass ever."""
    owner = scope_of(user)
    kept: dict[str, frozenset[Capability]] = {}
    for place, names in grants.items():
        held = frozenset(c for c in Capability if c.value in names and c not in NEVER and owner.may(c, place))
        if held:
            kept[place] = held
    named = holding(kept, Capability.VOIR_PATIENTS)
    return Scope(
        actor=owner.actor,
        user_id=owner.user_id,
        establishments=named & (owner.establishments - owner.break_glass),
        grants=kept,
        programmes=holding(kept, Capability.VOIR_PROGRAMMES) & owner.programmes,
        systems=holding(kept, Capability.VOIR_SYSTEMES) & owner.systems,
        prices=priced(kept) & owner.prices,
        drafts=(holding(kept, Capability.GERER_PROGRAMMES) | holding(kept, Capability.VALIDER_PROGRAMMES))
        & owner.drafts,
        instructed=holding(kept, Capability.INSTRUIRE_PROGRAMMES) & owner.instructed,
        session=f"jeton:{number}",
    )


def _find(text: str) -> ApiToken | None:
    pieces = text.split("_", 2)
    if len(pieces) != 3 or pieces[0] != "arch" or len(text) > 200:
        return None
    row = ApiToken.objects.select_related("user").filter(prefix=pieces[1]).first()
    return row if row is not None and hmac.compare_digest(row.hash, _digest(text)) else None


def _refusal(address: str, now: datetime, row: ApiToken | None) -> Denied:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_tokenfailure AS f (address, since, count) VALUES (%(address)s, %(now)s, 1)"
            " ON CONFLICT (address) DO UPDATE SET"
            " count = CASE WHEN f.since < %(begin)s THEN 1 ELSE least(f.count + 1, 1000000) END,"
            " since = CASE WHEN f.since < %(begin)s THEN %(now)s ELSE f.since END RETURNING count",
            {"address": address, "now": now, "begin": now - FAILURE_WINDOW},
        )
        found = cursor.fetchone()
    if found and found[0] > FAILURE_LIMIT:
        minutes = int(FAILURE_WINDOW.total_seconds() // 60)
        return TooManyFailures(f"Trop de jetons refusés depuis cette adresse : réessayez dans {minutes} minutes.")
    who = Scope(actor=row.user.get_username() if row else "", establishments=frozenset(), user_id=None)
    record(scope=who, action="jeton.refus", object_type="jeton", object_key=row.prefix if row else "", details={})
    return BadToken("Ce jeton est inconnu, expiré ou révoqué.")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _trace(scope: Scope, action: str, row: ApiToken, details: dict[str, object]) -> None:
    place = next(iter(row.grants), "")
    record(
        scope=scope,
        action=action,
        establishment="" if place == EVERYWHERE else place,
        object_type="jeton",
        object_key=row.prefix,
        details=details,
    )


def _row(row: ApiToken, now: datetime) -> TokenRow:
    return TokenRow(
        id=row.pk,
        name=row.name,
        prefix=row.prefix,
        grants=tuple((place, tuple(held)) for place, held in sorted(row.grants.items())),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        last_address=row.last_address,
        live=row.revoked_at is None and row.expires_at > now,
    )
