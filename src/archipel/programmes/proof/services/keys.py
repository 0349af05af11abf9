"""The keys that sign archives: private halves in a folder of their own, public halves published.

The folder is ``ARCHIPEL_PROOF_KEYS``, else ``cles-preuve`` in the data folder: never in the database nor in the
project. The last key by name is the present one; the former ones are kept so that nothing needs them to verify: an
archive carries the fingerprint of its key, and every public half stays in the register.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archipel.foundation.audit.services import record
from archipel.foundation.scope import EVERYWHERE, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied, Upstream
from archipel.programmes.proof import models
from archipel.programmes.proof.archive.signing import PublicKey, Signer, new_signer, read_public, read_signer


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public half, and since when it signs; ``present``: the one that signs now, as far as the register knows."""

    key: PublicKey
    since: datetime
    present: bool


def folder() -> Path:
    """Where the private halves are."""
    given = os.environ.get("ARCHIPEL_PROOF_KEYS", "")
    return Path(given) if given else Path(os.environ.get("ARCHIPEL_DATA", ".archipel")) / "cles-preuve"


def signer() -> Signer:
    """The key that signs now; the first one is made when there is none.

    Raises:
        Upstream: the folder cannot be read or written. Invalid: the file is not a key.
    """
    place = folder()
    try:
        known = sorted(place.glob("*.pem"))
        return read_signer(known[-1].read_bytes()) if known else _make(place)
    except OSError as error:
        raise Upstream(
            f"Le dossier des clés de preuve « {place} » n'est pas accessible ({error.strerror}). "
            "Donnez-en un à ce processus avec ARCHIPEL_PROOF_KEYS.",
            permanent=True,
            code="cles-preuve",
        ) from error


def rotate(*, scope: Scope) -> PublicKey:
    """Make a new key; the next archives are signed with it. The former public halves stay published.

    Raises:
        Denied: not for the whole territory. Upstream: the folder cannot be written.
    """
    _require_keeper(scope)
    try:
        made = _make(folder())
    except OSError as error:
        raise Upstream(
            f"La clé n'a pas pu être écrite ({error.strerror}).", permanent=True, code="cles-preuve"
        ) from None
    with in_scope(scope):
        publish(made.public)
        record(scope=scope, action="preuve.cle", object_type="cle", object_key=made.public.fingerprint)
    return made.public


def _require_keeper(scope: Scope) -> None:
    if not scope.grants.get(EVERYWHERE):
        raise Denied("Changer la clé de preuve demande un droit sur tout le territoire.", code="cles-preuve")


def _make(place: Path) -> Signer:
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = new_signer()
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{made.public.fingerprint[:16]}.pem"
    handle = os.open(place / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(made.pem())
    return made


def publish(key: PublicKey) -> models.SigningKey:
    """Write the public half in the register, once."""
    models.SigningKey.objects.bulk_create(
        [models.SigningKey(fingerprint=key.fingerprint, pem=key.pem.decode(), since=clock.now())],
        ignore_conflicts=True,
    )
    return models.SigningKey.objects.get(pk=key.fingerprint)


def published() -> tuple[PublishedKey, ...]:
    """Every public half, the present one first; public."""
    rows = list(models.SigningKey.objects.order_by("-since", "-fingerprint"))
    return tuple(PublishedKey(read_public(row.pem.encode()), row.since, rank == 0) for rank, row in enumerate(rows))
