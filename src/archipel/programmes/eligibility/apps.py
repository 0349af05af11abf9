"""Who is eligible to what, at a date, why, and which facts are missing."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """Registers the tables and pages."""

    name = "archipel.programmes.eligibility"
    label = "eligibility"
    verbose_name = "Éligibilité"
