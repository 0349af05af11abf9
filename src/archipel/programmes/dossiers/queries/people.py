"""Who reads a dossier, and may be told about it."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.places import members
from archipel.foundation.accounts.roles import CAPABILITIES, Role
from archipel.foundation.scope import Capability
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.queries import store

_WRITING = {Capability.GERER_PROGRAMMES, Capability.VALIDER_PROGRAMMES}
_AGENCY = {Capability.INSTRUIRE_PROGRAMMES}


@dataclass(frozen=True, slots=True)
class Account:
    """An account that may be told."""

    username: str
    name: str


def readers(row: Dossier) -> list[Account]:
    """The accounts that write or validate for one of the dossier's establishments, by name."""
    return _holders(_WRITING, frozenset(row.establishments))


def readers_of(dossier: int) -> list[Account]:
    """The accounts that may be mentioned in a dossier of the scope.

    Raises:
        NotFound: no such dossier in the scope.
    """
    return readers(store.row(dossier))


def instructors(row: Dossier) -> list[Account]:
    """The accounts that instruct the dossiers of the lead."""
    return _holders(_AGENCY, frozenset({row.bearer_ej}))


def _holders(capabilities: set[Capability], establishments: frozenset[str]) -> list[Account]:
    roles = [role.value for role in Role if CAPABILITIES[role] & capabilities]
    places = Grant.objects.filter(role__in=roles).values_list("establishment", flat=True).distinct()
    reached = [place for place in places if members(place) & establishments]
    users = User.objects.filter(is_active=True, grants__role__in=roles, grants__establishment__in=reached).distinct()
    found = [Account(u.get_username(), f"{u.first_name} {u.last_name}".strip()) for u in users]
    return sorted(found, key=lambda account: (account.name, account.username))
