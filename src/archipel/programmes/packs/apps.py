"""Packs: programmes, catalogues and grids held as versioned data, and the rules that they state."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PacksConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.packs"
    label = "packs"
    verbose_name = "Packs"

    def ready(self) -> None:
        """Load the shipped packs once the schema is up to date."""
        post_migrate.connect(_load, sender=self)


def _load(**_: Any) -> None:
    from django.db import connection  # noqa: PLC0415 - apps are ready

    from archipel.programmes.packs.models import Decision  # noqa: PLC0415
    from archipel.programmes.packs.services.shipped import load_shipped  # noqa: PLC0415

    if Decision._meta.db_table in connection.introspection.table_names():
        load_shipped()
