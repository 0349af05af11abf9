"""What help exists for a theme and a date, requests, quotas, feedback."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue d'aide"
