"""What an account may do: from grants and open break-glasses to a scope."""

from __future__ import annotations

from django.utils import timezone

from archipel.foundation.accounts.models import BreakGlass, User
from archipel.foundation.accounts.roles import CAPABILITIES, Role
from archipel.foundation.scope import EVERYWHERE, Capability, Scope


def scope_of(user: User) -> Scope:
    """The scope of an account now: its roles, and the establishments whose patients it may read."""
    from archipel.foundation.accounts.queries import establishments_of_territory  # noqa: PLC0415

    grants: dict[str, frozenset[Capability]] = {}
    for role, establishment in user.grants.values_list("role", "establishment"):
        if role in CAPABILITIES:
            grants[establishment] = grants.get(establishment, frozenset()) | CAPABILITIES[Role(role)]
    named = {place for place, held in grants.items() if Capability.VOIR_PATIENTS in held}
    if EVERYWHERE in named:
        named = named - {EVERYWHERE} | set(establishments_of_territory())
    opened = BreakGlass.objects.filter(user=user, closed_at__isnull=True, expires_at__gt=timezone.now())
    broken = frozenset(opened.values_list("establishment", flat=True)) - named
    return Scope(
        actor=user.get_username(),
        user_id=user.pk,
        establishments=frozenset(named) | broken,
        grants=grants,
        break_glass=broken,
    )
