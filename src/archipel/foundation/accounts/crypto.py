"""Secrets at rest: encrypted with a key derived from the installation's own (``SECRET_KEY``, then its fallbacks)."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from archipel.kernel.errors import Conflict


def installation_keys() -> list[bytes]:
    """The installation's keys, the present one first."""
    return [force_bytes(key) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]


def derive(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869, SHA-256): two purposes never share a key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"archipel:{purpose}".encode()).derive(key)


def _box(purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive(key, purpose))) for key in installation_keys()])


def encrypt(text: str, *, purpose: str) -> str:
    """Encrypt a secret for storage."""
    return _box(purpose).encrypt(text.encode()).decode()


def decrypt(token: str, *, purpose: str) -> str:
    """Read a stored secret back.

    Raises:
        Conflict: the installation's key has changed since, or the value was altered.
    """
    try:
        return _box(purpose).decrypt(token.encode()).decode()
    except InvalidToken:
        raise Conflict(
            "Ce secret ne peut plus être lu : la clé de l'installation a changé. "
            "Demandez à un administrateur de réinitialiser votre deuxième facteur.",
            code="secret-illisible",
        ) from None
