"""The director's page: what is due, at risk, expected, proved; and what every page of programmes shares."""

from django.apps import AppConfig


class SteeringConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.home"
    label = "steering"
    verbose_name = "Pilotage"
