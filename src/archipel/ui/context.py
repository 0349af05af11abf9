"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """The shell's variables: scope, synthetic mark, where the events are."""
    return {
        "scope": getattr(request, "scope", None),
        "synthetic": settings.SYNTHETIC,
        "ght_name": settings.GHT_NAME,
        "events_url": settings.EVENTS_URL,
        "events_port": settings.EVENTS_PORT,
    }
