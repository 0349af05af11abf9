"""The region's graph, the vocabulary of a small pack, accounts on both sides, for tests of programmes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Scope, system_scope
from archipel.programmes.facts.public import Draft, Subject, record_fact
from archipel.programmes.packs.public import Maille, load_file
from archipel.programmes.perimetre import public as perimetre
from tests.factories.accounts import make_user

CHU, LANGRES, CHAUMONT = "210780581", "520780057", "520780032"
MACON = "710780263"
"""Of another GHT of the same region."""
EXAMPLE = Path(__file__).parent / "packs" / "aap-exemple.yaml"
SYSTEM = system_scope("tests", [])


def load_region() -> None:
    """The 11 GHT of the shipped data, in the graph."""
    perimetre.load_reference(scope=SYSTEM)


def region_scope() -> Scope:
    """A process acting on every establishment of the region."""
    return system_scope("tests", perimetre.in_region("27"))


def holder(role: Role, place: str, username: str = "") -> User:
    """An account with one role for an establishment, ``ght:…``, ``region:…`` or ``*``."""
    user = make_user(None, CHU, username=username)
    Grant.objects.create(user=user, role=role.value, establishment=place)
    return user


def scope_for(role: Role, place: str) -> Scope:
    """Its scope."""
    return scope_of(User.objects.get(pk=holder(role, place).pk))


def ej(code: str) -> Subject:
    """A legal entity."""
    return Subject(Maille.EJ, code)


def pmsi(code: str) -> Subject:
    """A FINESS PMSI."""
    return Subject(Maille.FINESS_PMSI, code)


def tell(scope: Scope, subject: Subject, fact: str, value: Any, since: date, source: str = "DIM", **more: Any) -> int:
    """Record a fact, with a proof."""
    draft = Draft(subject, fact, value, since, source, **{"proof": "lettre du 3", **more})
    return record_fact(scope=scope, draft=draft)


@pytest.fixture
def example_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vocabulary of the small pack of ``tests/factories/packs`` alone."""
    from archipel.programmes.facts.queries import vocabulary as module

    pack = load_file(EXAMPLE)
    monkeypatch.setattr(module, "packs", lambda: [pack])
