"""Exit documents: built from a passage, validated, sent, followed to their acknowledgement."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Registers the tables, and links on the sheet of an emergency passage."""

    name = "archipel.passages.documents"
    label = "documents"
    verbose_name = "Documents de sortie"

    def ready(self) -> None:
        """Offer the documents from the sheet of a passage."""
        from archipel.domains.flow.public import register_sheet_links  # noqa: PLC0415 - models are loaded by now
        from archipel.passages.documents.queries.links import sheet_links  # noqa: PLC0415

        register_sheet_links("documents", sheet_links)
