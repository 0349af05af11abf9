"""Django application of the API (templates only; no table)."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """No table."""

    name = "archipel.api"
    label = "api"
