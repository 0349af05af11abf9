"""The graph GHT → EJ → EG and FINESS PMSI on which rules are evaluated."""

from django.apps import AppConfig


class PerimetreConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.perimetre"
    label = "perimetre"
    verbose_name = "Périmètre"
