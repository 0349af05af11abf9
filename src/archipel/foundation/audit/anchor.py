"""The signed anchor: where the chain ended on a day, written so that it can be kept elsewhere and given back.

Signed with Ed25519; the key is derived from the installation's secret, so the database alone cannot forge one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from archipel.kernel.errors import Invalid

FORMAT = "archipel-ancre-1"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Position, hash and moment of the end of the chain, signed."""

    position: int
    hash: bytes
    at: datetime
    signature: bytes

    @classmethod
    def sign(cls, *, position: int, hash_: bytes, at: datetime) -> Anchor:
        """Sign the end of the chain with the installation's present key."""
        moment = at.astimezone(UTC).replace(microsecond=0)
        return cls(position, hash_, moment, _keys()[0].sign(_statement(position, hash_, moment)))

    def is_genuine(self) -> bool:
        """Whether this installation (present key or a former one still listed) signed it."""
        for key in _keys():
            try:
                key.public_key().verify(self.signature, _statement(self.position, self.hash, self.at))
            except InvalidSignature:
                continue
            return True
        return False

    def dump(self) -> str:
        """As a text file."""
        return json.dumps(
            {
                "format": FORMAT,
                "position": self.position,
                "empreinte": self.hash.hex(),
                "date": self.at.isoformat(),
                "signature": self.signature.hex(),
            },
            indent=2,
        )

    @classmethod
    def load(cls, text: str) -> Anchor:
        """Read an anchor back.

        Raises:
            Invalid: not an anchor, with what was found.
        """
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise ValueError(f"format « {data['format']} », « {FORMAT} » attendu")
            anchor = cls(
                position=int(data["position"]),
                hash=bytes.fromhex(data["empreinte"]),
                at=datetime.fromisoformat(data["date"]),
                signature=bytes.fromhex(data["signature"]),
            )
            if len(anchor.hash) != 32 or anchor.position < 0 or anchor.at.tzinfo is None:
                raise ValueError("empreinte de 32 octets, position positive et date avec fuseau attendues")
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid(f"Ce fichier n'est pas une ancre lisible : {error}.", code="ancre-illisible") from None
        return anchor


def _statement(position: int, hash_: bytes, at: datetime) -> bytes:
    return f"{FORMAT}\n{position}\n{hash_.hex()}\n{at.astimezone(UTC).isoformat()}".encode()


def _keys() -> list[Ed25519PrivateKey]:
    return [
        Ed25519PrivateKey.from_private_bytes(
            HKDF(algorithm=SHA256(), length=32, salt=None, info=b"archipel:audit-anchor").derive(force_bytes(key))
        )
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ]
