"""Events that the domains publish for whoever stands above them."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Registers the outbox's model."""

    name = "archipel.foundation.outbox"
    label = "outbox"
    verbose_name = "Événements"
