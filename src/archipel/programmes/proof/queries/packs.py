"""The packs whose requirements are followed: the version in force a day, or the one named."""

from __future__ import annotations

from datetime import date

from archipel.programmes.packs import public as packs
from archipel.programmes.packs.public import Pack


def followed(at: date) -> tuple[Pack, ...]:
    """The version in force a day of each pack that has requirements, by title, those kept as history last."""
    found = [pack for pack in packs.packs(at=at) if any(True for _ in pack.requirements())]
    return tuple(sorted(found, key=lambda pack: (pack.historique, pack.titre)))


def pack(pack_id: str, version: str = "", at: date | None = None) -> Pack:
    """A pack in a version; in the one in force at a date when none is given.

    Raises:
        NotFound: no such pack, or no such version.
    """
    return packs.pack(pack_id, version) if version else packs.current(pack_id, at)


def text_of(wanted: Pack) -> bytes:
    """The file of a version of a pack, as it was received.

    Raises:
        NotFound: that version was never published.
    """
    return packs.content(packs.version_of(wanted.pack, wanted.version).sha256).encode()
