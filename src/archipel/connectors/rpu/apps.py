"""RPU: résumés de passage aux urgences, sent to the regional health agency and read from files."""

from django.apps import AppConfig


class RpuConfig(AppConfig):
    """Registers the connector."""

    name = "archipel.connectors.rpu"
    label = "rpu"
    verbose_name = "RPU (résumés de passage aux urgences)"
