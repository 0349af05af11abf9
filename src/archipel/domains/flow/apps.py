"""Patient flow: venues, movements, beds, emergency departments."""

from django.apps import AppConfig


class FlowConfig(AppConfig):
    """Registers the flow models."""

    name = "archipel.domains.flow"
    label = "flow"
    verbose_name = "Flux patients"
