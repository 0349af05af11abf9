"""Documents to the exchange platform."""

from django.apps import AppConfig


class MdmConfig(AppConfig):
    """Makes the way to the platform known."""

    name = "archipel.connectors.mdm"
    label = "mdm"
    verbose_name = "Documents vers la plateforme (MDM)"

    def ready(self) -> None:
        """Register the channel."""
        from archipel.connectors.mdm.channel import MdmChannel  # noqa: PLC0415 - settings are loaded by now
        from archipel.passages.documents.public import register_channel  # noqa: PLC0415

        register_channel(MdmChannel())
