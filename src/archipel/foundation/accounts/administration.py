"""Keeping accounts: an administrator manages his own establishments, and nobody raises himself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from archipel.foundation.accounts.groups import group_names, is_group
from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.places import may_at, require_at
from archipel.foundation.accounts.queries import establishments_of_territory
from archipel.foundation.accounts.roles import CAPABILITIES, LABELS, TERRITORIAL, Role
from archipel.foundation.accounts.sessions import end_sessions
from archipel.foundation.audit.services import record
from archipel.foundation.scope import EVERYWHERE, Capability, Scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound

ONE_TIME_DAYS = 3
"""Days a one-time password lives."""
POWERS = frozenset({Capability.GERER_COMPTES, Capability.VOIR_AUDIT, Capability.GERER_STRUCTURE})
"""Capabilities that are only given by somebody who holds them for the same establishment."""
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account just made, and its one-time password, shown once."""

    user_id: int
    username: str
    password: str


def one_time_password() -> str:
    """A password that can be dictated: four groups of five, 99 bits, no look-alike characters."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def create_user(
    *,
    scope: Scope,
    username: str,
    establishment: str,
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    rpps: str = "",
    password: str | None = None,
) -> NewAccount:
    """Create an account without any role.

    Args:
        scope: needs ``comptes.gerer`` for the establishment.
        username: unique identifier.
        establishment: whose administrators will keep the account; ``*`` for the territory.
        first_name: given name.
        last_name: family name.
        email: e-mail address.
        rpps: 11 digits, or empty.
        password: given by the installer or the demonstration; when None, a one-time password is made.

    Raises:
        Denied, Invalid (identifier, RPPS), Conflict (identifier or RPPS already taken), NotFound (establishment).
    """
    _require_place(scope, establishment)
    name = username.strip()
    if not name:
        raise Invalid("L'identifiant est vide.", code="identifiant-vide")
    _check_rpps(rpps)
    with transaction.atomic():
        if User.objects.filter(username__iexact=name).exists():
            raise Conflict(f"L'identifiant « {name} » est déjà pris.", code="identifiant-pris")
        _rpps_is_free(rpps, None)
        user = User(
            username=name,
            first_name=first_name.strip(),
            last_name=last_name.strip(),
            email=email.strip(),
            rpps=rpps,
            home_establishment=establishment,
        )
        shown = _first_password(user, password)
        user.save()
        _trace(scope, "compte.creation", user, establishment)
    return NewAccount(user.pk, user.username, shown)


def _first_password(user: User, given: str | None) -> str:
    """Set the password given, else one that serves once and for :data:`ONE_TIME_DAYS` days; returns it."""
    if given is None:
        user.must_change_password = True
        user.one_time_password_until = timezone.now() + timedelta(days=ONE_TIME_DAYS)
    shown = given or one_time_password()
    user.set_password(shown)
    return shown


def update_user(*, scope: Scope, user_id: int, first_name: str, last_name: str, email: str, rpps: str) -> None:
    """Correct who an account belongs to.

    Raises:
        Denied, NotFound, Invalid (RPPS), Conflict (RPPS already taken).
    """
    _check_rpps(rpps)
    with transaction.atomic():
        user = _managed(scope, user_id)
        _rpps_is_free(rpps, user.pk)
        new = {"first_name": first_name.strip(), "last_name": last_name.strip(), "email": email.strip(), "rpps": rpps}
        changed = [name for name, value in new.items() if getattr(user, name) != value]
        for name in changed:
            setattr(user, name, new[name])
        if "rpps" in changed:
            user.psc_subject = ""
            changed.append("psc_subject")
        if changed:
            user.save(update_fields=changed)
            _trace(scope, "compte.modification", user, user.home_establishment, champs=changed)


def deactivate_user(*, scope: Scope, user_id: int) -> None:
    """Close an account: its sessions end at once, its history stays.

    Raises:
        Denied (also for oneself), NotFound.
    """
    with transaction.atomic():
        user = _managed(scope, user_id)
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions(scope=scope, user=user, why="desactivation")
        _trace(scope, "compte.fermeture", user, user.home_establishment)


def activate_user(*, scope: Scope, user_id: int) -> None:
    """Open a closed account again.

    Raises:
        Denied, NotFound.
    """
    with transaction.atomic():
        user = _managed(scope, user_id)
        user.is_active = True
        user.save(update_fields=["is_active"])
        _trace(scope, "compte.reouverture", user, user.home_establishment)


def reset_password(*, scope: Scope, user_id: int) -> str:
    """Replace the password by a one-time one, returned to be shown once; every session ends.

    Raises:
        Denied (also for oneself), NotFound.
    """
    with transaction.atomic():
        user = _managed(scope, user_id)
        password = one_time_password()
        user.set_password(password)
        user.must_change_password = True
        user.one_time_password_until = timezone.now() + timedelta(days=ONE_TIME_DAYS)
        user.save(update_fields=["password", "must_change_password", "one_time_password_until"])
        end_sessions(scope=scope, user=user, why="mot_de_passe_provisoire")
        _trace(scope, "mot_de_passe.provisoire", user, user.home_establishment)
    return password


def reset_totp(*, scope: Scope, user_id: int) -> None:
    """Take the second factor off, for a lost telephone; every session ends.

    Raises:
        Denied (also for oneself), NotFound. Conflict: it was not set up.
    """
    with transaction.atomic():
        user = _managed(scope, user_id)
        if not user.totp_secret:
            raise Conflict("Ce compte n'a pas de deuxième facteur.", code="totp-absent")
        user.totp_secret, user.totp_last_step, user.totp_failures, user.totp_blocked_until = "", 0, 0, None
        user.save(update_fields=["totp_secret", "totp_last_step", "totp_failures", "totp_blocked_until"])
        user.recovery_codes.all().delete()
        end_sessions(scope=scope, user=user, why="totp_reinitialise")
        _trace(scope, "totp.reinitialisation", user, user.home_establishment)


def grant_role(*, scope: Scope, user_id: int, role: str, establishment: str) -> int:
    """Give a role for an establishment; returns its id. Territorial roles alone: for a group, or all of it (``*``).

    Raises:
        Denied: no right there, oneself, or powers that the giver does not hold there.
        Invalid: unknown role, or not a territorial one. NotFound: account or establishment. Conflict: held already.
    """
    if role not in set(Role):
        raise Invalid(f"Le rôle « {role} » n'existe pas.", code="role-inconnu")
    known = Role(role)
    if (establishment == EVERYWHERE or is_group(establishment)) and known not in TERRITORIAL:
        raise Invalid(
            f"Le rôle « {LABELS[known]} » se donne pour un établissement, pas pour un groupe ni tout le territoire.",
            code="role-non-territorial",
        )
    _require_place(scope, establishment)
    for power in CAPABILITIES[known] & POWERS:
        require_at(scope, power, establishment)
    with transaction.atomic():
        user = _other(scope, user_id)
        grant, created = Grant.objects.get_or_create(
            user=user, role=known.value, establishment=establishment, defaults={"granted_by": scope.actor}
        )
        if not created:
            raise Conflict("Ce compte a déjà ce rôle.", code="role-deja-donne")
        _trace(scope, "role.don", user, establishment, role=known.value)
    return grant.pk


def revoke_role(*, scope: Scope, grant_id: int) -> None:
    """Take a role back.

    Raises:
        Denied: no right there, or oneself. NotFound.
    """
    with transaction.atomic():
        grant = Grant.objects.select_for_update().filter(pk=grant_id).first()
        if grant is None:
            raise NotFound("Ce rôle n'est pas donné.", code="role-absent")
        require_at(scope, Capability.GERER_COMPTES, grant.establishment)
        user = _other(scope, grant.user_id)
        grant.delete()
        _trace(scope, "role.retrait", user, grant.establishment, role=grant.role)


def manages(scope: Scope, user: User) -> bool:
    """Whether the scope keeps the whole of an account: its home and every establishment where it holds a role.

    Otherwise the administrator of one establishment could take over, by its password, rights held elsewhere.
    """
    places = {user.home_establishment or EVERYWHERE, *user.grants.values_list("establishment", flat=True)}
    return user.pk != scope.user_id and all(may_at(scope, Capability.GERER_COMPTES, place) for place in places)


def _other(scope: Scope, user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("Ce compte est introuvable.", code="compte-introuvable")
    if user.pk == scope.user_id:
        raise Denied("On ne change pas ses propres droits : demandez à un autre administrateur.", code="soi-meme")
    return user


def _managed(scope: Scope, user_id: int) -> User:
    scope.require(Capability.GERER_COMPTES)
    user = _other(scope, user_id)
    if not manages(scope, user):
        raise Denied(
            "Ce compte a des droits hors de vos établissements : un administrateur du territoire en tient la fiche.",
            code="compte-hors-portee",
        )
    return user


def _require_place(scope: Scope, establishment: str) -> None:
    require_at(scope, Capability.GERER_COMPTES, establishment)
    if is_group(establishment):
        if establishment not in group_names():
            raise NotFound(f"Le groupe d'établissements « {establishment[:40]} » est inconnu.", code="groupe-inconnu")
    elif establishment != EVERYWHERE and establishment not in establishments_of_territory():
        raise NotFound(f"L'établissement {establishment} n'est pas du groupement.", code="etablissement-inconnu")


def _check_rpps(rpps: str) -> None:
    if rpps and not (len(rpps) == 11 and rpps.isascii() and rpps.isdigit()):
        raise Invalid("Le RPPS compte 11 chiffres.", code="rpps-forme")


def _rpps_is_free(rpps: str, owner: int | None) -> None:
    if rpps and User.objects.filter(rpps=rpps).exclude(pk=owner or 0).exists():
        raise Conflict("Un autre compte a déjà ce RPPS.", code="rpps-pris")


def _trace(scope: Scope, action: str, user: User, establishment: str, **details: object) -> None:
    record(
        scope=scope,
        action=action,
        establishment="" if establishment == EVERYWHERE else establishment,
        object_type="compte",
        object_key=str(user.pk),
        details=details,
    )
