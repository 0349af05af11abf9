"""Applications, from idea to last payment, on both sides."""

from django.apps import AppConfig


class DossiersConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.dossiers"
    label = "dossiers"
    verbose_name = "Dossiers"
