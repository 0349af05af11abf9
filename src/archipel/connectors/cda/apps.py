"""Documents in CDA R2."""

from django.apps import AppConfig


class CdaConfig(AppConfig):
    """Makes the builder of documents known."""

    name = "archipel.connectors.cda"
    label = "cda"
    verbose_name = "Documents CDA R2"

    def ready(self) -> None:
        """Register the builder."""
        from archipel.connectors.cda.builder import CdaBuilder  # noqa: PLC0415 - settings are loaded by now
        from archipel.passages.documents.public import register_builder  # noqa: PLC0415

        register_builder(CdaBuilder())
