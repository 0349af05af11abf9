"""The manifest: canonical JSON that names every other member, and what the archive says of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from archipel.foundation.audit.canonical import encode
from archipel.kernel.errors import Invalid
from archipel.programmes.proof.archive import container
from archipel.programmes.proof.archive.signing import ALGORITHM, Signer

FORMAT = "archipel-preuve-1"
PUBLIC_KEY, README, SUMS = "cle-publique.pem", "lisez-moi.txt", "sha256sums.txt"


def canonical(value: Any) -> bytes:
    """A JSON value as bytes, one way only: UTF-8, keys sorted, no space, one line feed at the end."""
    return encode(value).encode("utf-8", "surrogatepass") + b"\n"


def parse(text: bytes) -> Any:
    """Read canonical JSON back.

    Raises:
        Invalid: not JSON, or JSON that was not written in the canonical form.
    """
    try:
        value = json.loads(text.decode("utf-8"), parse_float=Decimal)
        same = canonical(value) == text
    except (ValueError, TypeError, RecursionError, ArithmeticError):
        same = False
    if not same:
        raise Invalid("Le texte n'est pas du JSON écrit sous sa forme canonique.", code="json-canonique")
    return value


def build(about: Mapping[str, Any], members: Mapping[str, bytes], signer: Signer) -> bytes:
    """The whole archive: the members, the sums, the key, the manifest and its signature.

    Args:
        about: what the manifest says besides its members (``pack``, ``sujet``, ``au`` …), JSON values.
        members: name → content.
        signer: the key.

    Raises:
        Invalid: a name or a size that the container does not take.
    """
    whole = {**members, PUBLIC_KEY: signer.public.pem}
    whole[SUMS] = "".join(
        f"{hashlib.sha256(whole[name]).hexdigest()}  {name}\n" for name in container.order(whole)
    ).encode()
    listed = [
        {"chemin": name, "sha256": hashlib.sha256(whole[name]).hexdigest(), "taille": len(whole[name])}
        for name in container.order(whole)
    ]
    text = canonical(
        {
            **about,
            "format": FORMAT,
            "signature": {"algorithme": ALGORITHM, "cle": signer.public.fingerprint, "fichier": container.SIGNATURE},
            "membres": listed,
        }
    )
    return container.pack({**whole, container.MANIFEST: text, container.SIGNATURE: signer.sign(text)})
