"""Self-diagnosis grids, campaigns, levels, and the least effort to reach one."""

from django.apps import AppConfig


class MaturityConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.maturity"
    label = "maturity"
    verbose_name = "Maturité"
