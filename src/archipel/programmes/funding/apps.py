"""Caps, instalments, grants, spending, and the best set of projects."""

from django.apps import AppConfig


class FundingConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.funding"
    label = "funding"
    verbose_name = "Financement"
