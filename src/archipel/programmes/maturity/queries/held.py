"""The packs that hold grids."""

from __future__ import annotations

from functools import lru_cache

from archipel.programmes.packs import public as packs


@lru_cache(maxsize=1)
def _shipped() -> tuple[packs.Pack, ...]:
    return tuple(packs.load_file(path) for path in packs.shipped_files())


def in_force() -> list[packs.Pack]:
    """The packs that hold at least one grid, each in its last version."""
    found: dict[str, packs.Pack] = {}
    for pack in sorted(_shipped(), key=lambda p: p.publie_le):
        if pack.grilles:
            found[pack.pack] = pack
    return sorted(found.values(), key=lambda p: p.titre)


def by_version(id: str, version: str) -> packs.Pack | None:
    """A pack in one version."""
    return next((p for p in _shipped() if (p.pack, p.version) == (id, version)), None)
