"""The packs whose requirements are followed: the version in force a day, or that of a dossier."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from archipel.kernel.errors import NotFound
from archipel.programmes.packs.public import Pack, load_file, shipped_files


@lru_cache(maxsize=1)
def _shipped() -> tuple[tuple[Pack, bytes], ...]:
    return tuple((load_file(path), path.read_bytes()) for path in shipped_files())


def followed(at: date) -> tuple[Pack, ...]:
    """The version in force a day of each pack that has requirements, by title."""
    latest: dict[str, Pack] = {}
    for pack, _ in _shipped():
        if any(True for _ in pack.requirements()) and pack.publie_le <= at:
            known = latest.get(pack.pack)
            if known is None or known.publie_le < pack.publie_le:
                latest[pack.pack] = pack
    return tuple(sorted(latest.values(), key=lambda pack: (pack.historique, pack.titre)))


def pack(pack_id: str, version: str = "", at: date | None = None) -> Pack:
    """A pack in a version; in the one in force at a date when none is given.

    Raises:
        NotFound: no such pack, or no such version.
    """
    found = [one for one, _ in _shipped() if one.pack == pack_id and version in ("", one.version)]
    if not version and at is not None:
        found = [one for one in found if one.publie_le <= at]
    if not found:
        named = f"{pack_id} {version}".strip()[:80]
        raise NotFound(f"Le pack « {named} » n'est pas chargé.", code="pack-inconnu")
    return max(found, key=lambda one: one.publie_le)


def text_of(wanted: Pack) -> bytes:
    """The file of a version of a pack, as it was loaded."""
    return next(text for one, text in _shipped() if (one.pack, one.version) == (wanted.pack, wanted.version))
