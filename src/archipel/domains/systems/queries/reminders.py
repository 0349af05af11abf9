"""The reminders of a campaign."""

from __future__ import annotations

from archipel.domains.systems.models import Reminder

SHOWN = 200


def sent(campaign: str) -> list[Reminder]:
    """The latest reminders to the establishments whose inventory the account sees, newest first."""
    return list(Reminder.objects.filter(campaign=campaign).order_by("-recorded_at", "establishment")[:SHOWN])
