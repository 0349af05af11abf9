"""The shell of every screen."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Registers templates, static files and template tags."""

    name = "archipel.ui"
    label = "ui"
    verbose_name = "Interface"
