"""What an account may do: from grants and open break-glasses to a scope. And the doors to the accounts' services."""

from __future__ import annotations

from django.utils import timezone

from archipel.foundation.accounts.administration import (
    activate_user,
    create_user,
    deactivate_user,
    grant_role,
    reset_password,
    reset_totp,
    revoke_role,
    update_user,
)
from archipel.foundation.accounts.breakglass import close_break_glass, open_break_glass, review_break_glass
from archipel.foundation.accounts.models import BreakGlass, User
from archipel.foundation.accounts.places import holding, members, priced
from archipel.foundation.accounts.roles import CAPABILITIES, Role
from archipel.foundation.scope import EVERYWHERE, Capability, Scope

__all__ = [
    "activate_user",
    "close_break_glass",
    "create_user",
    "deactivate_user",
    "grant_role",
    "open_break_glass",
    "reset_password",
    "reset_totp",
    "review_break_glass",
    "revoke_role",
    "scope_of",
    "update_user",
]


def scope_of(user: User) -> Scope:
    """The scope of an account now: its roles, and the establishments whose patients it may read.

    When the person chose to work for one establishment (situation d'exercice, set by the session middleware), the
    roles held for the others are left aside; roles held for the whole territory stay.
    """
    acting = user.acting_establishment
    grants: dict[str, frozenset[Capability]] = {}
    own: set[str] = set()
    for role, place in user.grants.values_list("role", "establishment"):
        if role not in CAPABILITIES:
            continue
        for one in members(place) if ":" in place else (place,):
            if not acting or one in (acting, EVERYWHERE):
                grants[one] = grants.get(one, frozenset()) | CAPABILITIES[Role(role)]
                own |= {one} if one == place != EVERYWHERE else set()
    named = holding(grants, Capability.VOIR_PATIENTS)
    opened = BreakGlass.objects.filter(user=user, closed_at__isnull=True, expires_at__gt=timezone.now())
    broken = frozenset(opened.values_list("establishment", flat=True)) - named
    return Scope(
        actor=user.get_username(),
        user_id=user.pk,
        establishments=named | broken,
        grants=grants,
        break_glass=broken,
        programmes=holding(grants, Capability.VOIR_PROGRAMMES),
        systems=holding(grants, Capability.VOIR_SYSTEMES),
        prices=priced(grants) | own,
        drafts=holding(grants, Capability.GERER_PROGRAMMES) | holding(grants, Capability.VALIDER_PROGRAMMES),
        instructed=holding(grants, Capability.INSTRUIRE_PROGRAMMES),
    )
