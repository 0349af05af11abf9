"""Facts about establishments: entered, imported or derived, each with a source, a validity and a proof."""

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.facts"
    label = "facts"
    verbose_name = "Faits"
