"""Accounts and establishments for tests."""

from __future__ import annotations

import itertools
from typing import Any

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.audit.models import Entry
from archipel.foundation.scope import in_scope, system_scope
from archipel.territory.models import Etablissement

PASSWORD = "une phrase de passe pour les tests"
_numbers = itertools.count(1)


def make_establishment(code: str, name: str = "") -> str:
    """An establishment of the group; returns its code."""
    Etablissement.objects.get_or_create(code=code, defaults={"name": name or f"CH {code}", "ght": "21-52"})
    return code


def make_user(
    role: Role | str | None = None, establishment: str = "210780581", *, username: str = "", **fields: Any
) -> User:
    """An account with one role for one establishment (``*``: the territory); its password is ``PASSWORD``.

    The establishment is created when it is missing. ``role=None`` gives an account without any right.
    """
    name = username or f"{role or 'sans-role'}-{next(_numbers)}"
    if establishment != "*":
        make_establishment(establishment)
    user = User(username=name, home_establishment=establishment, **fields)
    user.set_password(PASSWORD)
    user.save()
    if role is not None:
        Grant.objects.create(user=user, role=Role(role).value, establishment=establishment)
    return user


def audit_entries(**filters: Any) -> list[Entry]:
    """The entries of the trail, oldest first: the trail is not readable under an ordinary scope."""
    with in_scope(system_scope("tests", [])):
        return list(Entry.objects.filter(**filters).order_by("id"))
