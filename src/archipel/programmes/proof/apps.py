"""Requirements bound to live metrics, evidence and decisions; proof archives."""

from django.apps import AppConfig


class ProofConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.proof"
    label = "proof"
    verbose_name = "Preuves"
