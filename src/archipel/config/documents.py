"""Settings of the exit documents and of the patient's page. Read by ``settings``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def documents_settings(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the exit documents.

    ``ARCHIPEL_CDA_RULES``: folder of the official rules (test kit of the ANS), none by default.
    ``ARCHIPEL_DOCUMENTS_AUTO``: ``RPPS^NOM^Prénom`` of the physician in whose name documents leave unread; empty: a
    physician validates each one. ``ARCHIPEL_DOCUMENTS_PHONE``: phone in the documents.
    ``ARCHIPEL_OID_AUTHORITIES``: ``NAME=OID,…`` of the authorities that give the IPP. ``ARCHIPEL_PUBLIC_URL``: where
    patients reach us. ``ARCHIPEL_EMAIL_HOST`` and its companions:
    the mail server that sends them the address of their page.
    """
    pairs = (item.partition("=") for item in env.get("ARCHIPEL_OID_AUTHORITIES", "").split(",") if "=" in item)
    port = env.get("ARCHIPEL_EMAIL_PORT", "587")
    return {
        "PUBLIC_URL": env.get("ARCHIPEL_PUBLIC_URL", "").strip().rstrip("/"),
        "EMAIL_HOST": env.get("ARCHIPEL_EMAIL_HOST", "").strip(),
        "EMAIL_PORT": int(port) if port.isdigit() else 587,
        "EMAIL_HOST_USER": env.get("ARCHIPEL_EMAIL_USER", ""),
        "EMAIL_HOST_PASSWORD": env.get("ARCHIPEL_EMAIL_PASSWORD", ""),
        "EMAIL_USE_TLS": env.get("ARCHIPEL_EMAIL_TLS", "1").strip().lower() in {"1", "true", "yes", "oui"},
        "EMAIL_TIMEOUT": 15,
        "DEFAULT_FROM_EMAIL": env.get("ARCHIPEL_EMAIL_FROM", "ne-pas-repondre@localhost"),
        "CDA_RULES": env.get("ARCHIPEL_CDA_RULES", "").strip(),
        "DOCUMENTS_AUTO": env.get("ARCHIPEL_DOCUMENTS_AUTO", "").strip(),
        "DOCUMENTS_PHONE": env.get("ARCHIPEL_DOCUMENTS_PHONE", "").strip(),
        "DOCUMENTS_OIDS": {name.strip(): oid.strip() for name, _, oid in pairs},
    }
