"""Settings of the exit documents. Read by ``settings``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def documents_settings(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the exit documents.

    ``ARCHIPEL_CDA_RULES``: folder of the official rules (test kit of the ANS), none by default.
    ``ARCHIPEL_DOCUMENTS_AUTO``: ``RPPS^NOM^Prénom`` of the physician in whose name documents leave unread; empty: a
    physician validates each one. ``ARCHIPEL_DOCUMENTS_PHONE``: phone in the documents.
    ``ARCHIPEL_OID_AUTHORITIES``: ``NAME=OID,…`` of the authorities that give the IPP.
    """
    pairs = (item.partition("=") for item in env.get("ARCHIPEL_OID_AUTHORITIES", "").split(",") if "=" in item)
    return {
        "CDA_RULES": env.get("ARCHIPEL_CDA_RULES", "").strip(),
        "DOCUMENTS_AUTO": env.get("ARCHIPEL_DOCUMENTS_AUTO", "").strip(),
        "DOCUMENTS_PHONE": env.get("ARCHIPEL_DOCUMENTS_PHONE", "").strip(),
        "DOCUMENTS_OIDS": {name.strip(): oid.strip() for name, _, oid in pairs},
    }
