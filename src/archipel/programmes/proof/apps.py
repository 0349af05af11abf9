"""Requirements bound to live metrics, evidence and decisions; proof archives."""

from django.apps import AppConfig


class ProofConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.proof"
    label = "proof"
    verbose_name = "Preuves"

    def ready(self) -> None:
        """Make the live metrics of the domains known, and say which versions of packs archives keep."""
        from archipel.programmes.packs.public import register_use_probe  # noqa: PLC0415 - models are loaded by now
        from archipel.programmes.proof import metrics, metrics_passages, metrics_systems  # noqa: PLC0415
        from archipel.programmes.proof.queries.archives import uses  # noqa: PLC0415

        metrics.register()
        metrics_systems.register()
        metrics_passages.register()
        register_use_probe("preuves", uses)
