"""Self-diagnosis grids, campaigns, levels, and the least effort to reach one."""

from django.apps import AppConfig


class MaturityConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.maturity"
    label = "maturity"
    verbose_name = "Maturité"

    def ready(self) -> None:
        """Tell packs which campaigns keep a version."""
        from archipel.programmes.maturity.queries.held import uses  # noqa: PLC0415 - tables are ready only now
        from archipel.programmes.packs.public import register_use_probe  # noqa: PLC0415

        register_use_probe("maturity", uses)
