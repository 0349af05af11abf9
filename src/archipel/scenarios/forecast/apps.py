"""Forecasts of arrivals, admissions, discharges and occupancy."""

from django.apps import AppConfig


class ForecastConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.scenarios.forecast"
    label = "forecast"
    verbose_name = "Prévisions"

    def ready(self) -> None:
        """Answer the boards of patient flow, and let proof follow the error of what was announced."""
        from archipel.domains.flow.public import register_forecaster  # noqa: PLC0415 - models are loaded by now
        from archipel.scenarios.forecast.metrics import register  # noqa: PLC0415
        from archipel.scenarios.forecast.queries.boards import forecaster  # noqa: PLC0415

        register_forecaster("prévisions", forecaster)
        register()
