"""HL7 v2, IHE PAM France: the front door."""

from django.apps import AppConfig


class Hl7v2PamConfig(AppConfig):
    """Registers the connector."""

    name = "archipel.connectors.hl7v2_pam"
    label = "hl7v2_pam"
    verbose_name = "HL7 v2 (IHE PAM France)"
