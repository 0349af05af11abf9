"""Settings of access: sessions, throttling, second factor, Pro Santé Connect. Read by ``settings``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OIDC = "ARCHIPEL_OIDC_"
_PSC_BACKEND = "archipel.foundation.accounts.oidc.ProSanteConnect"


def _listed(env: Mapping[str, str], name: str, default: str = "") -> list[str]:
    return [item.strip() for item in env.get(name, default).split(",") if item.strip()]


def access_settings(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings of sessions, throttling and second factor.

    ``ARCHIPEL_SESSION_IDLE_MINUTES`` (30), ``ARCHIPEL_SESSION_HOURS`` (12), ``ARCHIPEL_SECOND_FACTOR_ROLES``
    (comma-separated roles that must set the second factor up; ``*`` for everybody; nobody by default).
    """
    hours = float(env.get("ARCHIPEL_SESSION_HOURS", "12"))
    return {
        "SESSION_IDLE_SECONDS": int(float(env.get("ARCHIPEL_SESSION_IDLE_MINUTES", "30")) * 60),
        "SESSION_ABSOLUTE_SECONDS": int(hours * 3600),
        "SESSION_COOKIE_AGE": int(hours * 3600),
        "SECRET_KEY_FALLBACKS": _listed(env, "ARCHIPEL_SECRET_KEY_FALLBACKS"),
        "SECOND_FACTOR_ROLES": frozenset(_listed(env, "ARCHIPEL_SECOND_FACTOR_ROLES")),
        "AXES_LOCKOUT_TEMPLATE": "accounts/bloque.html",
        "AXES_DISABLE_ACCESS_LOG": True,
        "AXES_SENSITIVE_PARAMETERS": ["username", "ip_address", "password", "code"],
    }


def oidc_settings(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings of Pro Santé Connect, or of another OpenID provider; off while no client id is given.

    Every endpoint is given by the site (``ARCHIPEL_OIDC_ISSUER``, ``_AUTHORIZATION_URL``, ``_TOKEN_URL``,
    ``_USERINFO_URL``, ``_JWKS_URL``, ``_LOGOUT_URL``): nothing is fetched at start, so the provider being down
    never keeps local accounts out.
    """
    enabled = bool(env.get(_OIDC + "CLIENT_ID"))
    values: dict[str, Any] = {"OIDC_ENABLED": enabled}
    if not enabled:
        return values
    acr = _listed(env, _OIDC + "ACR", "eidas1")
    return values | {
        "OIDC_RP_CLIENT_ID": env[_OIDC + "CLIENT_ID"],
        "OIDC_RP_CLIENT_SECRET": env.get(_OIDC + "CLIENT_SECRET", ""),
        "OIDC_ISSUER": env.get(_OIDC + "ISSUER", ""),
        "OIDC_OP_AUTHORIZATION_ENDPOINT": env.get(_OIDC + "AUTHORIZATION_URL", ""),
        "OIDC_OP_TOKEN_ENDPOINT": env.get(_OIDC + "TOKEN_URL", ""),
        "OIDC_OP_USER_ENDPOINT": env.get(_OIDC + "USERINFO_URL", ""),
        "OIDC_OP_JWKS_ENDPOINT": env.get(_OIDC + "JWKS_URL", ""),
        "OIDC_OP_LOGOUT_ENDPOINT": env.get(_OIDC + "LOGOUT_URL", ""),
        "OIDC_RP_SIGN_ALGO": env.get(_OIDC + "ALGORITHM", "RS256"),
        "OIDC_RP_SCOPES": env.get(_OIDC + "SCOPES", "openid scope_all"),
        "OIDC_ACR_ALLOWED": frozenset(acr),
        "OIDC_AUTH_REQUEST_EXTRA_PARAMS": {"acr_values": " ".join(acr)},
        "OIDC_CREATE_USER": env.get(_OIDC + "CREATE_ACCOUNTS", "").lower() in {"1", "true", "yes", "oui"},
        "OIDC_LABEL": env.get(_OIDC + "LABEL", "Pro Santé Connect"),
        "OIDC_USE_PKCE": True,
        "OIDC_USE_NONCE": True,
        "OIDC_STORE_ID_TOKEN": True,
        "OIDC_TIMEOUT": 10,
        "OIDC_AUTHENTICATION_CALLBACK_URL": "psc-retour",
        "AUTHENTICATION_BACKENDS": [
            "axes.backends.AxesStandaloneBackend",
            "django.contrib.auth.backends.ModelBackend",
            _PSC_BACKEND,
        ],
    }
