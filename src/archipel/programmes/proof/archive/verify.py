"""Checking an archive, without a database and without the network: says everything that is not as it was signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archipel.kernel.errors import Invalid
from archipel.programmes.proof.archive import container
from archipel.programmes.proof.archive.container import MANIFEST, SIGNATURE, BrokenContainer, Member
from archipel.programmes.proof.archive.manifest import FORMAT, PUBLIC_KEY, parse
from archipel.programmes.proof.archive.signing import PublicKey, read_public, short

KEPT = 50
"""Faults listed at the most."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was signed: a stable code and a French sentence."""

    code: str
    message: str


@dataclass(slots=True)
class Verification:
    """What the check found."""

    size: int
    sha256: str
    manifest: Mapping[str, Any] | None = None
    """What the archive says of itself; only to be believed when :attr:`ok`."""
    fingerprint: str = ""
    """The key that signed."""
    authentic: bool = False
    """The signature was checked with a key that came from elsewhere than the archive."""
    members: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Not a byte changed since the holder of the key inside signed."""
        return not self.faults

    @property
    def ok(self) -> bool:
        """Intact, and signed by a key that the reader trusts."""
        return self.intact and self.authentic

    def add(self, code: str, message: str) -> None:
        """Keep a fault, within the limit."""
        if len(self.faults) < KEPT:
            self.faults.append(Fault(code, message))

    @property
    def verdict(self) -> str:
        """One French sentence."""
        if not self.intact:
            return f"Archive refusée : {self.faults[0].message}"
        if not self.authentic:
            return (
                "Archive intacte, auteur non vérifié : comparez l'empreinte de la clé avec celle que l'établissement "
                "publie, ou donnez cette clé avec --key."
            )
        return "Archive intacte et authentique."


def verify(data: bytes | memoryview, keys: Iterable[PublicKey] = ()) -> Verification:
    """Check an archive to the byte.

    Args:
        data: the whole file.
        keys: the public keys that the reader trusts, obtained elsewhere; without any, the key inside is used and the
            author stays unverified.
    """
    view = memoryview(data)
    found = Verification(size=len(view), sha256=hashlib.sha256(view).hexdigest())
    try:
        members = {member.name: member for member in container.unpack(view)}
    except BrokenContainer as error:
        found.add(error.error_code, error.message)
        _look_inside(found, view)
        return found
    found.members = len(members)
    for name in (MANIFEST, SIGNATURE):
        if name not in members:
            found.add("membre-absent", f"« {name} » est absent de l'archive.")
            return found
    text = _bytes(view, members[MANIFEST])
    manifest = _manifest(found, text)
    if manifest is not None:
        found.manifest = manifest
        _members(found, manifest, members, view)
    _signature(found, text, _bytes(view, members[SIGNATURE]), members, view, list(keys))
    return found


def _bytes(view: memoryview, member: Member) -> bytes:
    return bytes(view[member.begin : member.begin + member.size])


def _look_inside(found: Verification, view: memoryview) -> None:
    """The container is broken: say also, when they can still be read, which members changed."""
    members: dict[str, Member] = {}
    try:
        for member, *_ in container.readable(view):
            members.setdefault(member.name, member)
    except BrokenContainer:
        pass
    if MANIFEST not in members:
        return
    try:
        manifest = parse(_bytes(view, members[MANIFEST]))
        _members(found, manifest, members, view)
    except (Invalid, AttributeError, KeyError, TypeError):
        return


def _manifest(found: Verification, text: bytes) -> Mapping[str, Any] | None:
    try:
        manifest = parse(text)
        if not isinstance(manifest, Mapping) or manifest.get("format") != FORMAT:
            named = manifest.get("format") if isinstance(manifest, Mapping) else None
            found.add("format", f"Format « {named} » inconnu : « {FORMAT} » attendu.")
            return None
        listed = manifest["membres"]
        if not isinstance(listed, list) or not all(
            isinstance(one, Mapping)
            and isinstance(one.get("chemin"), str)
            and isinstance(one.get("sha256"), str)
            and type(one.get("taille")) is int
            for one in listed
        ):
            raise Invalid("La liste des fichiers du manifeste est illisible.")
        found.fingerprint = str(manifest["signature"]["cle"])
    except (Invalid, KeyError, TypeError) as error:
        found.add("manifeste", f"Le manifeste a été modifié ou n'en est pas un : {error}")
        return None
    return manifest


def _members(found: Verification, manifest: Mapping[str, Any], members: Mapping[str, Member], view: memoryview) -> None:
    expected = {one["chemin"]: one for one in manifest["membres"]}
    for name in sorted(expected.keys() - members.keys()):
        found.add("membre-absent", f"« {name} », que le manifeste annonce, est absent de l'archive.")
    for name in sorted(members.keys() - expected.keys() - {MANIFEST, SIGNATURE}):
        found.add("membre-ajoute", f"« {name} » a été ajouté : le manifeste ne l'annonce pas.")
    for name in sorted(expected.keys() & members.keys()):
        member, told = members[name], expected[name]
        content = view[member.begin : member.begin + member.size]
        if member.size != told["taille"]:
            found.add("modifie", f"« {name} » : {member.size} octets trouvés, {told['taille']} signés.")
        elif hashlib.sha256(content).hexdigest() != told["sha256"]:
            found.add("modifie", f"« {name} » a été modifié : son empreinte n'est pas celle qui est signée.")


def _signature(
    found: Verification,
    text: bytes,
    signature: bytes,
    members: Mapping[str, Member],
    view: memoryview,
    keys: list[PublicKey],
) -> None:
    inside = _key_inside(members, view)
    if not keys and inside is None:
        found.add("cle-absente", f"« {PUBLIC_KEY} » est absente ou illisible, et aucune clé n'a été donnée.")
        return
    if found.fingerprint and inside is not None and inside.fingerprint != found.fingerprint:
        found.add("cle", f"« {PUBLIC_KEY} » n'est pas la clé que le manifeste nomme.")
    tried = keys or ([inside] if inside else [])
    signer = next((key for key in tried if key.signed(signature, text)), None)
    if signer is not None:
        found.authentic = bool(keys)
        if found.fingerprint and signer.fingerprint != found.fingerprint:
            found.add("cle", "La clé qui a signé n'est pas celle que le manifeste nomme.")
        found.fingerprint = found.fingerprint or signer.fingerprint
        return
    if keys and inside is not None and inside.signed(signature, text):
        found.add(
            "cle-inconnue",
            f"L'archive est signée par une autre clé que celle donnée : empreinte {short(inside.fingerprint)}…, "
            f"attendue {', '.join(short(key.fingerprint) + '…' for key in keys[:3])}.",
        )
    else:
        found.add("signature", "La signature n'est pas valide : le manifeste ou la signature a été modifié ou forgé.")


def _key_inside(members: Mapping[str, Member], view: memoryview) -> PublicKey | None:
    if PUBLIC_KEY not in members:
        return None
    try:
        return read_public(_bytes(view, members[PUBLIC_KEY]))
    except Invalid:
        return None
