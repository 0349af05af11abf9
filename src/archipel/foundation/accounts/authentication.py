"""Proving who one is with a password: throttled, silent about which part was wrong, traced."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.sessions import acting, end_sessions
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Scope
from archipel.kernel.errors import Denied, Invalid

REFUSED = "Identifiant ou mot de passe incorrect."


@dataclass(frozen=True, slots=True)
class Proven:
    """An account whose password was right, and the backend that says so."""

    user: User
    backend: str


def prove(request: HttpRequest, *, username: str, password: str) -> Proven:
    """Check a name and a password; the same work and the same sentence whether the account exists or not.

    Raises:
        Denied: refused (``connexion-refusee``), or a one-time password that is too old (``mot-de-passe-perime``).
    """
    name = username.strip()
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        # The name typed is not kept: people type their password there.
        record(
            scope=Scope(actor="anonyme", establishments=frozenset()),
            action="connexion.refus",
            object_type="compte",
            object_key=_known(name),
        )
        raise Denied(REFUSED, code="connexion-refusee")
    if user.one_time_password_until and user.one_time_password_until < timezone.now():
        record(scope=acting(user), action="connexion.refus", object_type="compte", object_key=str(user.pk))
        raise Denied(
            "Ce mot de passe provisoire est périmé : demandez-en un autre à un administrateur.",
            code="mot-de-passe-perime",
        )
    return Proven(user=user, backend=str(getattr(user, "backend", "")))


def _known(username: str) -> str:
    found = User.objects.filter(username=username).values_list("pk", flat=True).first()
    return "" if found is None else str(found)


def must_enrol(user: User) -> bool:
    """Whether a role of the account asks for a second factor that is not set up yet."""
    asked = settings.SECOND_FACTOR_ROLES
    if not asked or user.totp_secret:
        return False
    return "*" in asked or user.grants.filter(role__in=asked).exists()


def change_password(*, user: User, old: str, new: str, keep_session: str | None) -> None:
    """Change one's own password; every other session of the account ends.

    Raises:
        Denied: the old password is wrong.
        Invalid: the new one is too weak, or the same; the message says why.
    """
    if not user.check_password(old):
        record(scope=acting(user), action="mot_de_passe.refus", object_type="compte", object_key=str(user.pk))
        raise Denied("L'ancien mot de passe est faux.", code="ancien-mot-de-passe")
    if user.check_password(new):
        raise Invalid("Le nouveau mot de passe doit être différent de l'ancien.", code="mot-de-passe-identique")
    check_strength(new, user)
    with transaction.atomic():
        user.set_password(new)
        user.must_change_password = False
        user.one_time_password_until = None
        user.save(update_fields=["password", "must_change_password", "one_time_password_until"])
        end_sessions(scope=acting(user), user=user, keep=keep_session, why="mot_de_passe")
        record(scope=acting(user), action="mot_de_passe.changement", object_type="compte", object_key=str(user.pk))


def check_strength(password: str, user: User) -> None:
    """Apply the site's rules (``AUTH_PASSWORD_VALIDATORS``).

    Raises:
        Invalid: with every reason, in French.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), code="mot-de-passe-faible") from None
