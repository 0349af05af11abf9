"""Ed25519 keys of proof: their texts, their fingerprints. Pure: where they are kept is decided elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archipel.kernel.errors import Invalid

ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks signatures. ``fingerprint``: SHA-256 of its 32 bytes, in hexadecimal."""

    raw: bytes

    @property
    def fingerprint(self) -> str:
        """What people compare."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def pem(self) -> bytes:
        """As a file that ``openssl`` reads (SubjectPublicKeyInfo)."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether the private half signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_public(text: bytes) -> PublicKey:
    """Read a public key from a PEM file.

    Raises:
        Invalid: not an Ed25519 public key.
    """
    try:
        key = serialization.load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid("Ce fichier n'est pas une clé publique Ed25519 (PEM attendu).", code="cle-illisible")
    return PublicKey(key.public_bytes_raw())


def short(fingerprint: str) -> str:
    """The fingerprint in groups of four, its first half: enough to be read aloud."""
    return " ".join(fingerprint[i : i + 4] for i in range(0, 32, 4))


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in memory; its text is never shown."""

    key: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({self.public.fingerprint[:16]}…)"

    @property
    def public(self) -> PublicKey:
        """The half that is published."""
        return PublicKey(self.key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self.key.sign(message)

    def pem(self) -> bytes:
        """The private half as a file, to be kept readable by its owner alone."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def new_signer() -> Signer:
    """A fresh pair."""
    return Signer(Ed25519PrivateKey.generate())


def read_signer(text: bytes) -> Signer:
    """Read a private key from a PEM file.

    Raises:
        Invalid: not an Ed25519 private key.
    """
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid("Le fichier de clé ne tient pas une clé privée Ed25519 (PEM attendu).", code="cle-illisible")
    return Signer(key)
