"""Patients and what the members say of their identity."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Registers the identity models."""

    name = "archipel.identity"
    label = "identity"
    verbose_name = "Identités"
