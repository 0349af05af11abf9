"""Patient flow: venues, movements, beds, emergency departments."""

from django.apps import AppConfig


class FlowConfig(AppConfig):
    """Registers the flow models."""

    name = "archipel.domains.flow"
    label = "flow"
    verbose_name = "Flux patients"

    def ready(self) -> None:
        """Answer the territory's question before a unit or a bed closes: who is in it?"""
        from archipel.domains.flow.services.impact import probe  # noqa: PLC0415 - models are loaded by now
        from archipel.territory.public import register_impact_probe  # noqa: PLC0415

        register_impact_probe("flow", probe)
