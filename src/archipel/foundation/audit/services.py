"""Leaving a trace, in the transaction of the act itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from archipel.foundation.scope import Scope


def record(
    *,
    scope: Scope,
    action: str,
    establishment: str = "",
    object_type: str = "",
    object_key: str = "",
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry to the trail; ``details`` holds no name and no medical content."""
    record_many(
        scope=scope,
        action=action,
        establishment=establishment,
        object_type=object_type,
        object_keys=[object_key],
        reason=reason,
        details=details,
    )


def record_many(
    *,
    scope: Scope,
    action: str,
    object_keys: Iterable[str],
    establishment: str = "",
    object_type: str = "",
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry per object of the same act (a list of patients shown on one page)."""
    keys = list(object_keys)
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (at, actor, user_id, establishment, action, object_type, object_key, reason,"
            " details) SELECT clock_timestamp(), %s, %s, %s, %s, %s, key, %s, %s FROM unnest(%s::text[]) AS key",
            [
                scope.actor,
                scope.user_id,
                establishment,
                action,
                object_type,
                reason,
                json.dumps(dict(details or {}), ensure_ascii=False),
                keys,
            ],
        )
