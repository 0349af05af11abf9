"""The convergence trajectory: which application for which function, where and when."""

from django.apps import AppConfig


class TrajectoryConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.scenarios.trajectory"
    label = "trajectory"
    verbose_name = "Trajectoire"
