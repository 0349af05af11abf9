"""Django settings; everything that differs between sites comes from the environment (docs/reglages.md)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.utils import timezone
from psycopg.conninfo import conninfo_to_dict

from archipel.config.access import access_settings, oidc_settings
from archipel.config.documents import documents_settings
from archipel.foundation.scope import APP_ROLE
from archipel.kernel import clock

PACKAGE_DIR = Path(__file__).resolve().parent.parent
ENV = os.environ


def flag(name: str, default: bool = False) -> bool:
    """A yes/no setting: 1, true, yes, oui / anything else."""
    value = ENV.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "oui"}


def listed(name: str, default: str = "") -> list[str]:
    """A comma-separated setting."""
    return [item.strip() for item in ENV.get(name, default).split(",") if item.strip()]


if not clock.current().real:  # a demonstration whose clock runs fast: all of Django follows it
    timezone.now = clock.now

DEBUG = flag("ARCHIPEL_DEBUG")
SYNTHETIC = flag("ARCHIPEL_SYNTHETIC")
"""The data are simulated: every page says so."""
SECRET_KEY = ENV.get("ARCHIPEL_SECRET_KEY") or secrets.token_urlsafe(48)
ALLOWED_HOSTS = listed("ARCHIPEL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = listed("ARCHIPEL_CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "archipel.foundation.accounts",
    "archipel.foundation.audit",
    "archipel.foundation.journal",
    "archipel.foundation.outbox",
    "archipel.foundation.webhooks",
    "archipel.territory",
    "archipel.identity",
    "archipel.domains.flow",
    "archipel.domains.systems",
    "archipel.passages.documents",
    "archipel.passages.pathway",
    "archipel.programmes.packs",
    "archipel.programmes.perimetre",
    "archipel.programmes.facts",
    "archipel.programmes.eligibility",
    "archipel.programmes.proof",
    "archipel.programmes.funding",
    "archipel.programmes.catalogue",
    "archipel.programmes.maturity",
    "archipel.programmes.dossiers",
    "archipel.programmes.home",
    "archipel.scenarios.trajectory",
    "archipel.scenarios.forecast",
    "archipel.connectors.hl7v2_pam",
    "archipel.connectors.ror",
    "archipel.connectors.rpu",
    "archipel.connectors.cda",
    "archipel.connectors.mdm",
    "archipel.connectors.mssante",
    "archipel.connectors.sms",
    "archipel.ui",
    "archipel.api",
]

MIDDLEWARE = [
    "archipel.ui.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "archipel.foundation.accounts.middleware.SessionHygiene",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "archipel.ui.middleware.RequestScope",
    "archipel.api.middleware.BearerScope",
    "archipel.ui.middleware.FrenchErrors",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "archipel.config.urls"
WSGI_APPLICATION = "archipel.config.wsgi.application"
ASGI_APPLICATION = "archipel.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "archipel.ui.context.shell",
            ],
            "builtins": ["archipel.ui.templatetags.archipel"],
        },
    }
]

_conninfo = conninfo_to_dict(ENV.get("DATABASE_URL", "postgresql://localhost/archipel"))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _conninfo.get("dbname", "archipel"),
        "USER": _conninfo.get("user", ""),
        "PASSWORD": _conninfo.get("password", ""),
        "HOST": _conninfo.get("host", ""),
        "PORT": str(_conninfo.get("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **{k: v for k, v in _conninfo.items() if k.startswith("ssl")},
            # Every process works under the role that row-level security binds; migrations ask for the owner.
            **({} if flag("ARCHIPEL_DATABASE_OWNER") else {"options": f"-c role={APP_ROLE}"}),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "/connexion/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/connexion/"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = flag("ARCHIPEL_HTTPS")
CSRF_COOKIE_SECURE = flag("ARCHIPEL_HTTPS")
CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if flag("ARCHIPEL_HTTPS") else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("ARCHIPEL_BEHIND_PROXY") else None
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.get("ARCHIPEL_STATIC_ROOT", str(PACKAGE_DIR.parent.parent / "staticfiles"))
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

INS_ENVIRONMENT = ENV.get("ARCHIPEL_INS_ENVIRONMENT", "demo" if SYNTHETIC else "production")
"""production, test or demo: which INS OIDs are accepted (see kernel/ins.py)."""
EVENTS_URL = ENV.get("ARCHIPEL_EVENTS_URL", "")
"""Where browsers find the event stream; empty: same host, port ARCHIPEL_EVENTS_PORT or a proxied /evenements/."""
EVENTS_PORT = ENV.get("ARCHIPEL_EVENTS_PORT", "")
WEB_ORIGINS = listed("ARCHIPEL_WEB_ORIGINS")
"""Origins of the pages that may follow the event stream from another host."""
GHT_NAME = ENV.get("ARCHIPEL_GHT_NAME", "")
CLAMD = ENV.get("ARCHIPEL_CLAMD", "")
"""Where an antivirus (clamd) examines attachments: ``host:port`` or the path of a socket; empty: there is none."""
WEBHOOKS_NETWORKS = listed("ARCHIPEL_WEBHOOKS_RESEAUX")
"""Networks (CIDR) of the inside to which events may be sent; public addresses always may."""
WEBHOOKS_AUTHORITIES = ENV.get("ARCHIPEL_WEBHOOKS_AUTORITES", "")
"""A file of certificates of authority (PEM) trusted, beside the system's, for those that receive events."""

EMAIL_HOST = ENV.get("ARCHIPEL_SMTP_HOST", "")
"""The mail server; empty: none, reminders stay on the screens."""
EMAIL_PORT = int(ENV.get("ARCHIPEL_SMTP_PORT", "25"))
EMAIL_HOST_USER = ENV.get("ARCHIPEL_SMTP_USER", "")
EMAIL_HOST_PASSWORD = ENV.get("ARCHIPEL_SMTP_PASSWORD", "")
EMAIL_USE_TLS = ENV.get("ARCHIPEL_SMTP_TLS", "") == "starttls"
EMAIL_USE_SSL = ENV.get("ARCHIPEL_SMTP_TLS", "") == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENV.get("ARCHIPEL_MAIL_FROM", "archipel@localhost")
PUBLIC_URL = ENV.get("ARCHIPEL_PUBLIC_URL", "").rstrip("/")
"""Where people reach the pages, for the links of messages; empty: messages name the page."""
FORECAST_EVERY = int(ENV.get("ARCHIPEL_FORECAST_EVERY", "60"))
"""Minutes between two refreshes of the forecasts; 0: only on demand."""
SCHOOL_HOLIDAYS = ENV.get("ARCHIPEL_SCHOOL_HOLIDAYS", "")
"""A file of school holidays (``zone;first;last;name``); empty: forecasts do without."""
SCHOOL_ZONE = ENV.get("ARCHIPEL_SCHOOL_ZONE", "")
ALSACE_MOSELLE = flag("ARCHIPEL_ALSACE_MOSELLE")
"""Good Friday and 26 December are public holidays."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": ENV.get("ARCHIPEL_LOG_LEVEL", "WARNING")},
}

# Exit documents: values in config/documents.py, types here.
CDA_RULES: str
DOCUMENTS_AUTO: str
DOCUMENTS_PHONE: str
DOCUMENTS_OIDS: dict[str, str]
globals().update(documents_settings(ENV))

# Sessions, throttling, second factor, Pro Santé Connect: values in config/access.py, types here.
SESSION_IDLE_SECONDS: int
SESSION_ABSOLUTE_SECONDS: int
SECOND_FACTOR_ROLES: frozenset[str]
OIDC_ENABLED: bool
OIDC_LABEL: str
OIDC_ISSUER: str
OIDC_TIMEOUT: int
OIDC_OP_LOGOUT_ENDPOINT: str
OIDC_CREATE_USER: bool
OIDC_ACR_ALLOWED: frozenset[str]
globals().update(access_settings(ENV))
globals().update(oidc_settings(ENV))
