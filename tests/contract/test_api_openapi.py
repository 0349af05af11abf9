"""The programming interface does not change by accident: its OpenAPI document is committed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ninja import Schema

from archipel.api.openapi import text
from archipel.api.urls import document

SNAPSHOT = Path(__file__).with_name("openapi.json")
COMMAND = "python -m archipel.api.openapi > tests/contract/openapi.json"


def test_the_interface_is_the_one_that_was_declared() -> None:
    assert text() == SNAPSHOT.read_text(encoding="utf-8"), f"L'API a changé ; si c'est voulu : {COMMAND}"


def test_every_operation_is_described_and_every_list_typed() -> None:
    found = document()
    assert found["paths"]
    for address, operations in found["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {address}"
            assert operation.get("summary") and operation.get("description"), where
            content = operation["responses"][200]["content"] if 200 in operation["responses"] else None
            content = content or operation["responses"]["200"]["content"]
            assert content["application/json"]["schema"], where


def test_every_operation_asks_who_calls() -> None:
    for address, operations in document()["paths"].items():
        for method, operation in operations.items():
            assert operation.get("security"), f"{method} {address} répond sans authentification"


def test_the_command_is_documented() -> None:
    guide = Path(__file__).parents[2] / "docs" / "api.md"
    assert COMMAND in guide.read_text(encoding="utf-8")
    assert json.loads(SNAPSHOT.read_text(encoding="utf-8"))["info"]["title"] == "Archipel"


def test_no_two_schemas_share_a_name() -> None:
    """OpenAPI knows them by their name alone: the second would silently take the place of the first."""
    homes: dict[str, set[str]] = {}
    for module in list(sys.modules.values()):
        if module.__name__.startswith("archipel.api.routes."):
            for one in vars(module).values():
                if isinstance(one, type) and issubclass(one, Schema) and one.__module__ == module.__name__:
                    homes.setdefault(one.__name__, set()).add(module.__name__)
    assert len(homes) > 50
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}
