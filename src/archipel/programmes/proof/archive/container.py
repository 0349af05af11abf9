"""The container: a zip (APPNOTE 6.3) restricted to what one writer writes, so that reading it is comparing it.

No compression, no extra field, no comment, no data descriptor, no zip64, the date of 1 January 1980, names in
lower-case ASCII. Members follow each other without a gap.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archipel.kernel.errors import Invalid

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
LIMIT = 1 << 30
"""Bytes of an archive at the most."""
MEMBERS = 10_000
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*", re.ASCII)

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_SHAPE, _CENTRAL_SHAPE, _END_SHAPE = "<4sHHHHHIIIHH", "<4sHHHHHHIIIHHHHHII", "<4sHHHHIIH"
_DATE = 0x21
_NEEDED, _MADE_BY, _MODE = 20, 0x0314, 0o100644 << 16
_HEAD = struct.calcsize(_LOCAL_SHAPE)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the container, as found."""

    name: str
    begin: int
    """Offset of its content."""
    size: int


class BrokenContainer(Invalid):
    """The file is not a container of ours, or no longer is; ``code`` says how."""


def order(names: Mapping[str, object] | list[str]) -> list[str]:
    """The order of the members: the manifest, its signature, then the others by name."""
    first = [name for name in (MANIFEST, SIGNATURE) if name in names]
    return first + sorted(name for name in names if name not in first)


def _local(name: bytes, crc: int, size: int) -> bytes:
    head = struct.pack(_LOCAL_SHAPE, _LOCAL, _NEEDED, 0, 0, 0, _DATE, crc, size, size, len(name), 0)
    return head + name


def _central(name: bytes, crc: int, size: int, offset: int) -> bytes:
    return (
        struct.pack(
            _CENTRAL_SHAPE, _CENTRAL, _MADE_BY, _NEEDED, 0, 0, 0, _DATE, crc, size, size, len(name), 0, 0, 0, 0, _MODE,
            offset,
        )
        + name
    )  # fmt: skip


def _end(count: int, size: int, offset: int) -> bytes:
    return struct.pack(_END_SHAPE, _END, 0, 0, count, count, size, offset, 0)


def pack(members: Mapping[str, bytes]) -> bytes:
    """The container of these members: the same members always give the same bytes.

    Raises:
        Invalid: a name that is not one of ours, too many members, or more than :data:`LIMIT` bytes.
    """
    if len(members) > MEMBERS or sum(map(len, members.values())) > LIMIT:
        raise Invalid(
            f"Archive trop grande : {MEMBERS} fichiers et {LIMIT >> 20} Mio au plus.", code="archive-trop-grande"
        )
    body, directory, offset = [], [], 0
    for name in order(members):
        if not NAME.fullmatch(name) or len(name) > 200:
            raise Invalid(f"« {name} » n'est pas un nom de fichier d'archive.", code="archive-nom")
        content, label = members[name], name.encode("ascii")
        crc = zlib.crc32(content)
        directory.append(_central(label, crc, len(content), offset))
        body += [_local(label, crc, len(content)), content]
        offset += _HEAD + len(label) + len(content)
    index = b"".join(directory)
    return b"".join([*body, index, _end(len(members), len(index), offset)])


def unpack(data: memoryview) -> list[Member]:
    """The members of a container, once every byte that is not content was found to be the one we would write.

    Nothing is decompressed. A content that changed is seen here by its CRC in the directory, and later by its SHA-256.

    Raises:
        BrokenContainer: ``pas-une-archive``, ``tronquee``, ``compresse``, ``conteneur``, ``nom``, ``doublon``,
            ``ordre``, ``octets-ajoutes`` or ``trop-grande``.
    """
    if len(data) > LIMIT + (MEMBERS << 10):
        raise BrokenContainer(f"Le fichier dépasse {LIMIT >> 20} Mio.", code="trop-grande")
    if bytes(data[:4]) not in (_LOCAL, _LOCAL[: len(data)]) or not data:
        raise BrokenContainer("Ce fichier n'est pas une archive de preuves (zip attendu).", code="pas-une-archive")
    found: list[Member] = []
    directory: list[bytes] = []
    offset = 0
    for member, told, crc in readable(data):
        if told != crc:
            raise BrokenContainer(
                f"« {member.name} » (octet {member.begin}) ou sa somme de contrôle a été modifié.", code="conteneur"
            )
        label = member.name.encode("ascii")
        directory.append(_central(label, crc, member.size, offset))
        found.append(member)
        offset = member.begin + member.size
    names = [member.name for member in found]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BrokenContainer(f"« {twice} » est deux fois dans l'archive.", code="doublon")
    index = b"".join(directory)
    _compare(data, offset, index + _end(len(found), len(index), offset))
    if names != order(names):
        raise BrokenContainer("Les fichiers de l'archive ne sont pas dans leur ordre.", code="ordre")
    return found


def readable(data: memoryview) -> Iterator[tuple[Member, int, int]]:
    """Each member as its own header announces it, the CRC told there and the true one; the directory is not looked at.

    Raises:
        BrokenContainer: at the first header that is not one of ours.
    """
    offset = count = 0
    while bytes(_take(data, offset, 4)) == _LOCAL:
        fields = struct.unpack(_LOCAL_SHAPE, _take(data, offset, _HEAD))
        flags, method, crc, size, length = fields[2], fields[3], fields[6], fields[8], fields[9]
        count += 1
        if method != 0 or flags & 1:
            raise BrokenContainer(
                f"Octet {offset} : fichier compressé ou chiffré, refusé sans être ouvert "
                "(une archive de preuves ne l'est jamais).",
                code="compresse",
            )
        if count > MEMBERS:
            raise BrokenContainer(f"Plus de {MEMBERS} fichiers.", code="trop-grande")
        label = bytes(_take(data, offset + _HEAD, length))
        name = label.decode("ascii", "replace")
        if not NAME.fullmatch(name) or len(name) > 200:
            raise BrokenContainer(f"Octet {offset} : nom de fichier refusé, {name[:60]!r}.", code="nom")
        begin = offset + _HEAD + length
        content = _take(data, begin, size)
        if bytes(_take(data, offset, _HEAD + length)) != _local(label, crc, size):
            raise BrokenContainer(f"L'en-tête de « {name} » (octet {offset}) a été modifié.", code="conteneur")
        yield Member(name, begin, size), crc, zlib.crc32(content)
        offset = begin + size


def _take(data: memoryview, offset: int, size: int) -> memoryview:
    if offset + size > len(data):
        raise BrokenContainer(
            f"Archive tronquée : il manque au moins {offset + size - len(data)} octet(s) après le dernier.",
            code="tronquee",
        )
    return data[offset : offset + size]


def _compare(data: memoryview, offset: int, expected: bytes) -> None:
    """The directory and the end: nothing else may follow the members."""
    found = bytes(data[offset : offset + len(expected)])
    if found != expected:
        if len(found) < len(expected) and expected.startswith(found):
            _take(data, offset, len(expected))
        wrong = next((i for i, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b), len(found))
        raise BrokenContainer(
            f"Le répertoire de l'archive ne correspond pas à son contenu (octet {offset + wrong}).", code="conteneur"
        )
    extra = len(data) - offset - len(expected)
    if extra:
        raise BrokenContainer(f"{extra} octet(s) ajouté(s) à la fin de l'archive.", code="octets-ajoutes")
