"""The one way to write an entry of the trail as bytes: what the chain hashes. Pure.

Rules: UTF-8 JSON, object keys sorted by code point, no space, nothing escaped but what JSON demands, numbers as
PostgreSQL wrote them (``1.0`` and ``1`` differ), moments in UTC with six decimals. Two different entries never give
the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

GENESIS = bytes(32)
"""What stands before the first hash."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The facts of an entry that the chain protects: all of them."""

    id: int
    at: datetime
    actor: str
    user_id: int | None
    establishment: str
    action: str
    object_type: str
    object_key: str
    reason: str
    details: Any


def encode(value: Any) -> str:
    """Write a JSON value in the canonical form.

    Raises:
        TypeError: not a JSON value (a float is refused too: it has lost digits).
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(name)}:{encode(value[name])}" for name in sorted(value)) + "}"
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def canonical(entry: Sealed) -> bytes:
    """An entry as bytes."""
    return encode(
        {
            "action": entry.action,
            "actor": entry.actor,
            "at": entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "details": entry.details,
            "establishment": entry.establishment,
            "id": entry.id,
            "object_key": entry.object_key,
            "object_type": entry.object_type,
            "reason": entry.reason,
            "user_id": entry.user_id,
        }
    ).encode("utf-8", "surrogatepass")


def link(previous: bytes, entry: Sealed) -> bytes:
    """The next hash of the chain: SHA-256 of the previous one and the entry."""
    return hashlib.sha256(previous + canonical(entry)).digest()


def parse_details(text: str) -> Any:
    """Read details back as PostgreSQL wrote them, without losing a digit."""
    return json.loads(text, parse_float=Decimal)


def _key(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("an object key is a text")
    return json.dumps(name, ensure_ascii=False)
