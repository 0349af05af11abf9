"""RPU: résumés de passage aux urgences, sent to the regional health agency and read from files."""

from django.apps import AppConfig


class RpuConfig(AppConfig):
    """Registers the connector."""

    name = "archipel.connectors.rpu"
    label = "rpu"
    verbose_name = "RPU (résumés de passage aux urgences)"

    def ready(self) -> None:
        """Make the timeliness of deposits known to the proof engine."""
        from archipel.connectors.rpu.indicators import register  # noqa: PLC0415 - models are loaded by now

        register()
