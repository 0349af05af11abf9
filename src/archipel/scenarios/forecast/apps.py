"""Forecasts of arrivals, admissions, discharges and occupancy."""

from django.apps import AppConfig


class ForecastConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.scenarios.forecast"
    label = "forecast"
    verbose_name = "Prévisions"
