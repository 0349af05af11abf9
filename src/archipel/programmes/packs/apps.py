"""Packs: programmes, catalogues and grids held as versioned data, and the rules that they state."""

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.packs"
    label = "packs"
    verbose_name = "Packs"
