"""The journal: every message received, raw, before it is acknowledged."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Registers the journal's models."""

    name = "archipel.foundation.journal"
    label = "journal"
    verbose_name = "Journal des messages"
