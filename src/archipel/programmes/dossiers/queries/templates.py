"""The template of a dossier: that of the version of the pack it was opened under."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers.rules.template import template_of
from archipel.programmes.dossiers.values.template import Template
from archipel.programmes.packs import public as packs


def template(pack: str, version: str) -> Template:
    """The template of one version of a pack.

    Raises:
        NotFound: no such version, or a pack without dossier.
    """
    made = known(pack, version)
    if made is None:
        raise NotFound(f"Le référentiel « {pack} » version {version} n'a pas de dossier.", code="pack-sans-dossier")
    return made


def known(pack: str, version: str) -> Template | None:
    """The template of one version of a pack; None when there is none."""
    paths = [path for path in packs.shipped_files() if (path.parent.name, path.stem) == (pack, version)]
    return _read(paths[0])[1] if paths else None


def _all() -> list[tuple[packs.Pack, Template | None]]:
    return [_read(path) for path in packs.shipped_files()]


@lru_cache(maxsize=64)
def _read(path: Path) -> tuple[packs.Pack, Template | None]:
    found = packs.load_file(path)
    return found, template_of(found)


def open_templates(at: date) -> list[Template]:
    """The templates of the programmes in force at a date, by title."""
    found = [t for p, t in _all() if t is not None and not p.historique and p.valide.du <= at]
    return sorted(found, key=lambda one: one.title)
