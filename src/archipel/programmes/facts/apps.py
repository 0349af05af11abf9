"""Facts about establishments: entered, imported or derived, each with a source, a validity and a proof."""

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.facts"
    label = "facts"
    verbose_name = "Faits"

    def ready(self) -> None:
        """What the payments and the graph of establishments establish by themselves."""
        from archipel.programmes.facts.queries.payments import observe_payments  # noqa: PLC0415 - apps are ready
        from archipel.programmes.facts.queries.platform import STATUS, observe_status  # noqa: PLC0415
        from archipel.programmes.facts.queries.providers import register_provider  # noqa: PLC0415

        register_provider("versements", None, observe_payments)
        register_provider("perimetre", [STATUS], observe_status)
