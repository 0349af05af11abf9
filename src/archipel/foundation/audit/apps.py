"""The audit trail: who read or changed what, append-only and hash-chained."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the audit's models."""

    name = "archipel.foundation.audit"
    label = "audit"
    verbose_name = "Traces"
