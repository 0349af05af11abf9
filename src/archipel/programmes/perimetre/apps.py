"""GHT, legal entities, sites and FINESS PMSI: dated nodes and relations."""

from django.apps import AppConfig


class PerimetreConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.perimetre"
    label = "perimetre"
    verbose_name = "Périmètre"

    def ready(self) -> None:
        """Tell the accounts who belongs to ``ght:<code>`` and ``region:<code>``."""
        from archipel.foundation.accounts.places import register_group_resolver  # noqa: PLC0415 - apps are ready
        from archipel.programmes.perimetre.queries import graph  # noqa: PLC0415
        from archipel.programmes.perimetre.values import Kind  # noqa: PLC0415

        register_group_resolver("ght", graph.members, lambda: graph.group_names(Kind.GHT))
        register_group_resolver("region", graph.in_region, lambda: graph.group_names(Kind.REGION))
