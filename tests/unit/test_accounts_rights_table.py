"""The written table of rights says what the code does."""

from __future__ import annotations

from pathlib import Path

from archipel.foundation.accounts.rights import MEANING, matrix
from archipel.foundation.accounts.roles import CAPABILITIES, LABELS, TERRITORIAL, Role
from archipel.foundation.scope import Capability, Scope

PAGE = Path(__file__).resolve().parents[2] / "docs" / "domaines" / "droits.md"


def test_the_page_is_up_to_date() -> None:
    fresh = "python -m archipel.foundation.accounts.rights > docs/domaines/droits.md"
    assert PAGE.read_text(encoding="utf-8") == matrix(), f"stale: run {fresh}"


def test_every_role_and_capability_is_described() -> None:
    assert set(MEANING) == set(Capability) and set(LABELS) == set(CAPABILITIES) == set(Role)
    assert set(Role) >= TERRITORIAL


def test_a_role_gives_what_the_table_says_and_only_there() -> None:
    for held in CAPABILITIES.values():
        scope = Scope(actor="x", establishments=frozenset(), grants={"210780581": held})
        for capability in Capability:
            assert scope.may(capability, "210780581") == (capability in held)
            assert not scope.may(capability, "520780032") and not scope.may(capability, "*")
    assert not any(Capability.VOIR_PATIENTS in CAPABILITIES[role] for role in (Role.DIRECTION, Role.ADMINISTRATEUR))
