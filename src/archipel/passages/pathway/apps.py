"""Fil d'Ariane: the patient's own page."""

from django.apps import AppConfig


class PathwayConfig(AppConfig):
    """Registers the tables, and a link on the sheet of an emergency passage."""

    name = "archipel.passages.pathway"
    label = "pathway"
    verbose_name = "Fil d'Ariane"

    def ready(self) -> None:
        """Offer the page from the sheet of a passage."""
        from archipel.domains.flow.public import register_sheet_links  # noqa: PLC0415 - models are loaded by now
        from archipel.passages.pathway.queries.links import sheet_links  # noqa: PLC0415

        register_sheet_links("fil", sheet_links)
