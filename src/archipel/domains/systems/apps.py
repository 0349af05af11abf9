"""Information systems of the group: applications, interfaces, contracts, costs, hosting."""

from django.apps import AppConfig


class SystemsConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.domains.systems"
    label = "systems"
    verbose_name = "Systèmes"
