"""Documents by secure health mail."""

from django.apps import AppConfig


class MssanteConfig(AppConfig):
    """Makes the two ways by mail known: professionals, and the patient's own box."""

    name = "archipel.connectors.mssante"
    label = "mssante"
    verbose_name = "Messagerie sécurisée de santé (MSSanté)"

    def ready(self) -> None:
        """Register the channels."""
        from archipel.connectors.mssante.channel import MailChannel  # noqa: PLC0415 - settings are loaded by now
        from archipel.passages.documents.public import register_channel  # noqa: PLC0415

        register_channel(MailChannel("mssante", "la messagerie MSSanté", "ps"))
        register_channel(MailChannel("mssante-patient", "Mon espace santé", "patient"))
