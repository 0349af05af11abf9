"""The connector to the ROR."""

from django.apps import AppConfig


class RorConnectorConfig(AppConfig):
    """Registers the connector."""

    name = "archipel.connectors.ror"
    label = "ror"
    verbose_name = "ROR"
