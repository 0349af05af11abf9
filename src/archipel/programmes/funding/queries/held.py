"""The packs that this installation holds."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.utils import timezone

from archipel.kernel.errors import NotFound
from archipel.programmes.packs.public import Pack, load_file, shipped_files


@lru_cache(maxsize=1)
def _shipped() -> tuple[Pack, ...]:
    return tuple(load_file(path) for path in shipped_files())


def in_force(at: date | None = None) -> list[Pack]:
    """The latest version of each pack published by a date (today by default)."""
    day = at or timezone.localdate()
    latest: dict[str, Pack] = {}
    for pack in _shipped():
        known = latest.get(pack.pack)
        if pack.publie_le <= day and (known is None or known.publie_le < pack.publie_le):
            latest[pack.pack] = pack
    return list(latest.values())


def held(pack_id: str, version: str = "", at: date | None = None) -> Pack:
    """A pack in a version; in the one in force at a date when none is given.

    Raises:
        NotFound: no such pack or version.
    """
    choice = [pack for pack in _shipped() if pack.version == version] if version else in_force(at)
    found = next((pack for pack in choice if pack.pack == pack_id), None)
    if found is None:
        named = f"{pack_id} {version}".strip()[:80]
        raise NotFound(f"Le référentiel « {named} » n'est pas chargé.", code="pack-inconnu")
    return found
