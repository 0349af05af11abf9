"""Reading what accounts need to know: frozen rows, never the tables themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from archipel.foundation.accounts.groups import group_members, group_names, is_group
from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import CAPABILITIES, LABELS, Role
from archipel.foundation.scope import EVERYWHERE, Capability, Scope
from archipel.kernel.errors import NotFound

TERRITORY_NAME = "Tout le territoire"


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role of an account, as it is read."""

    id: int
    role: str
    label: str
    establishment: str
    place: str
    granted_at: datetime
    granted_by: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list."""

    id: int
    username: str
    name: str
    email: str
    rpps: str
    active: bool
    second_factor: bool
    last_login: datetime | None
    home: str
    roles: tuple[str, ...]


def establishments_of_territory() -> list[str]:
    """The codes of every establishment of the group (foundation knows them by code alone)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM territory_etablissement ORDER BY code")
        return [code for (code,) in cursor.fetchall()]


def place_names(*, groups: bool = False) -> dict[str, str]:
    """Code to name of every establishment, ``*`` included, and of the groups of establishments when asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, coalesce(nullif(short_name, ''), nullif(name, ''), code)"
            " FROM territory_etablissement ORDER BY 2, 1"
        )
        return {EVERYWHERE: TERRITORY_NAME, **dict(cursor.fetchall()), **(group_names() if groups else {})}


def role_label(role: str) -> str:
    """The French name of a role; the code itself when it is no longer known."""
    return LABELS[Role(role)] if role in set(Role) else role


def grants_of(user_id: int) -> list[GrantRow]:
    """The roles of an account."""
    names = place_names(groups=True)
    rows = Grant.objects.filter(user_id=user_id).order_by("role", "establishment")
    return [
        GrantRow(
            g.pk,
            g.role,
            role_label(g.role),
            g.establishment,
            names.get(g.establishment, g.establishment),
            g.granted_at,
            g.granted_by,
        )
        for g in rows
    ]


def places_held(user_id: int) -> frozenset[str]:
    """The places where an account holds a role: codes only, in one query."""
    return frozenset(Grant.objects.filter(user_id=user_id).values_list("establishment", flat=True))


def managed_places(scope: Scope) -> list[str]:
    """The places whose accounts the scope manages: establishments, then the groups of which it manages every member.

    ``*`` comes first for an administrator of the territory.
    """
    if scope.may(Capability.GERER_COMPTES, EVERYWHERE):
        return [EVERYWHERE, *establishments_of_territory(), *group_names()]
    own = {place for place, held in scope.grants.items() if Capability.GERER_COMPTES in held}
    whole = [place for place in (group_names() if own else ()) if own.issuperset(group_members(place) or {""})]
    return [*sorted(own), *whole]


def accounts(
    *, scope: Scope, search: str = "", active: bool | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[AccountRow], int]:
    """The accounts that the scope may see (kept by, or holding a role in, its establishments), and their number.

    Args:
        scope: needs ``comptes.gerer`` somewhere.
        search: part of a name, identifier, e-mail address or RPPS.
        active: only active or only closed accounts.
        offset: rows to skip.
        limit: rows to return.

    Raises:
        Denied: no such right anywhere.
    """
    scope.require(Capability.GERER_COMPTES)
    rows = User.objects.all()
    if not scope.may(Capability.GERER_COMPTES, EVERYWHERE):
        places = managed_places(scope)
        rows = rows.filter(Q(home_establishment__in=places) | Q(grants__establishment__in=places)).distinct()
    for word in search.split()[:5]:
        rows = rows.filter(
            Q(username__icontains=word)
            | Q(last_name__icontains=word)
            | Q(first_name__icontains=word)
            | Q(email__icontains=word)
            | Q(rpps=word)
        )
    if active is not None:
        rows = rows.filter(is_active=active)
    page = rows.order_by("last_name", "first_name", "username").prefetch_related("grants")[offset : offset + limit]
    names = place_names(groups=True)
    return [_account(user, names) for user in page], rows.count()


def account(*, scope: Scope, user_id: int) -> User:
    """One account in the reach of the scope.

    Raises:
        Denied: no right on accounts. NotFound: none of that number in reach.
    """
    scope.require(Capability.GERER_COMPTES)
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        if scope.may(Capability.GERER_COMPTES, EVERYWHERE):
            return user
        places = set(managed_places(scope))
        held = {user.home_establishment, *user.grants.values_list("establishment", flat=True)}
        if places & held:
            return user
    raise NotFound("Ce compte est introuvable.", code="compte-introuvable")


def _account(user: User, names: dict[str, str]) -> AccountRow:
    return AccountRow(
        id=user.pk,
        username=user.get_username(),
        name=f"{user.last_name} {user.first_name}".strip(),
        email=user.email,
        rpps=user.rpps,
        active=user.is_active,
        second_factor=bool(user.totp_secret),
        last_login=user.last_login,
        home=names.get(user.home_establishment or EVERYWHERE, user.home_establishment),
        roles=tuple(f"{role_label(g.role)} — {names.get(g.establishment, g.establishment)}" for g in user.grants.all()),
    )


def addresses(capability: Capability, establishment: str) -> list[str]:
    """Electronic addresses of the open accounts that hold a capability for that very establishment, or its group.

    Accounts of the whole territory (``*``) are left out: they would be written to for every member.
    """
    roles = [role.value for role, held in CAPABILITIES.items() if capability in held]
    rows = Grant.objects.filter(role__in=roles, user__is_active=True).exclude(establishment=EVERYWHERE)
    found = {
        email
        for place, email in rows.values_list("establishment", "user__email")
        if email and (place == establishment or (is_group(place) and establishment in group_members(place)))
    }
    return sorted(found)
