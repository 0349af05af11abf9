"""Caps, instalments, grants, spending, and the best set of projects."""

from django.apps import AppConfig


class FundingConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.funding"
    label = "funding"
    verbose_name = "Financement"

    def ready(self) -> None:
        """Tell the packs which of their versions funded projects keep."""
        from archipel.programmes.funding.queries.uses import uses  # noqa: PLC0415 - apps are ready
        from archipel.programmes.packs.public import register_use_probe  # noqa: PLC0415

        register_use_probe("financement", uses)
