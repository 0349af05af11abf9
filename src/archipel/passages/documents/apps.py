"""Exit documents: built from a passage, validated, sent, followed to their acknowledgement."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.passages.documents"
    label = "documents"
    verbose_name = "Documents de sortie"
