"""Requirements bound to live metrics, evidence and decisions; proof archives."""

from django.apps import AppConfig


class ProofConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.proof"
    label = "proof"
    verbose_name = "Preuves"

    def ready(self) -> None:
        """Make the live metrics of the domains known."""
        from archipel.programmes.proof import metrics, metrics_systems  # noqa: PLC0415 - the domains' models are loaded

        metrics.register()
        metrics_systems.register()
