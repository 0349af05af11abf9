"""The connector to the ROR."""

from django.apps import AppConfig


class RorConnectorConfig(AppConfig):
    """Registers the connector."""

    name = "archipel.connectors.ror"
    label = "ror"
    verbose_name = "ROR"

    def ready(self) -> None:
        """Make its measures known to the proof engine."""
        from archipel.connectors.ror import proof  # noqa: PLC0415 - models are loaded by now

        proof.register()
