"""Structure of the group: from the GHT down to the bed, dated."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    """Registers the territory's models."""

    name = "archipel.territory"
    label = "territory"
    verbose_name = "Territoire"
