"""Short text messages."""

from django.apps import AppConfig


class SmsConfig(AppConfig):
    """Makes the way to phones known."""

    name = "archipel.connectors.sms"
    label = "sms"
    verbose_name = "SMS"

    def ready(self) -> None:
        """Register the way."""
        from archipel.connectors.sms.gateway import HttpTexter  # noqa: PLC0415 - settings are loaded by now
        from archipel.passages.pathway.public import register_texter  # noqa: PLC0415

        register_texter(HttpTexter())
