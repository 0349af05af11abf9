"""Facts and settings as JSON, and back: what the database keeps, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from archipel.kernel.errors import Invalid
from archipel.scenarios.trajectory.values import Choice, Weights
from archipel.scenarios.trajectory.values.facts import (
    Exchange,
    Facts,
    FunctionFact,
    GroupFact,
    Member,
    Product,
    Use,
)
from archipel.scenarios.trajectory.values.settings import Hand, Preset, Settings, Target


def frozen(value: Facts | Settings) -> dict[str, Any]:
    """A value as JSON."""
    plain = {**asdict(value), "assumptions": dict(value.assumptions)} if isinstance(value, Settings) else asdict(value)
    found: dict[str, Any] = json.loads(json.dumps(plain, ensure_ascii=False))
    return found


def digest_of_facts(body: Mapping[str, Any]) -> str:
    """Fingerprint of frozen facts; the moment of reading is left out, so that the same facts have the same one."""
    return digest({name: value for name, value in body.items() if name != "known_at"})


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a JSON value: sorted keys, no blank, UTF-8."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def thawed_facts(body: Mapping[str, Any]) -> Facts:
    """Facts from their JSON."""
    return Facts(
        day=body["day"],
        known_at=body["known_at"],
        ledger=body["ledger"],
        model=body["model"],
        members=tuple(Member(**one) for one in body["members"]),
        functions=tuple(FunctionFact(**one) for one in body["functions"]),
        groups=tuple(GroupFact(**{**one, "after": tuple(one["after"])}) for one in body["groups"]),
        uses=tuple(Use(**{**one, "functions": tuple(one["functions"])}) for one in body["uses"]),
        products=tuple(Product(**{**one, "functions": tuple(one["functions"])}) for one in body["products"]),
        exchanges=tuple(Exchange(**one) for one in body["exchanges"]),
        targets=tuple((a, b) for a, b in body["targets"]),
        endings=tuple((a, b, c) for a, b, c in body["endings"]),
    )


def thawed_settings(body: Mapping[str, Any]) -> Settings:
    """Settings from their JSON.

    Raises:
        Invalid: a field that is unknown, or of the wrong shape.
    """
    try:
        return Settings(
            **{
                **body,
                "preset": Preset(body["preset"]),
                "capacity": tuple(int(one) for one in body["capacity"]),
                "budgets": tuple((str(a), int(b)) for a, b in body["budgets"]),
                "targets": tuple(Target(**{**one, "members": tuple(one["members"])}) for one in body["targets"]),
                "barred": tuple(body["barred"]),
                "ends": tuple((str(a), int(b)) for a, b in body["ends"]),
                "hands": tuple(Hand(**one) for one in body["hands"]),
                "weights": Weights(**body["weights"]),
                "assumptions": {str(a): float(b) for a, b in body["assumptions"].items()},
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"Réglages illisibles : {error}.", code="reglages") from error


def frozen_choices(choices: tuple[Choice, ...]) -> list[list[Any]]:
    """The choices of a plan as JSON."""
    return [[one.establishment, one.function, one.before, list(one.by_year)] for one in choices]


def thawed_choices(body: list[list[Any]]) -> tuple[Choice, ...]:
    """The choices of a plan from their JSON."""
    return tuple(Choice(place, function, before, tuple(by_year)) for place, function, before, by_year in body)
