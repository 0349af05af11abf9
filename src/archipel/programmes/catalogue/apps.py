"""What help exists for a theme and a date, requests, quotas, feedback."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue d'aide"

    def ready(self) -> None:
        """Tell packs which requests keep a version."""
        from archipel.programmes.catalogue.queries.aids import uses  # noqa: PLC0415 - tables are ready only now
        from archipel.programmes.packs.public import register_use_probe  # noqa: PLC0415

        register_use_probe("catalogue", uses)
