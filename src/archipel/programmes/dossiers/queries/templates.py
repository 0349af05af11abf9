"""The template of a dossier: that of the version of the pack it was opened under, as its region has it."""

from __future__ import annotations

from datetime import date

from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.rules.template import template_of
from archipel.programmes.dossiers.values.template import Template
from archipel.programmes.packs import public as packs

_made: dict[int, tuple[packs.Pack, Template | None]] = {}
_MOST = 256


def template(pack: str, version: str, region: str = "") -> Template:
    """The template of one version of a pack, whether it is still in force or not.

    Args:
        pack, version: which.
        region: INSEE code, for what a region changed in it.

    Raises:
        NotFound: no such version, or a pack without dossier.
    """
    made = _template(packs.pack(pack, version, region))
    if made is None:
        raise NotFound(f"Le référentiel « {pack} » version {version} n'a pas de dossier.", code="pack-sans-dossier")
    return made


def known(pack: str, version: str, region: str = "") -> Template | None:
    """The template of one version of a pack; None when there is none."""
    try:
        return template(pack, version, region)
    except NotFound:
        return None


def once(found: dict[tuple[str, str, str], Template | None], row: Dossier) -> Template | None:
    """The template of a dossier, asked for once over many; None when its pack is no longer there."""
    key = (row.programme, row.pack_version, row.region)
    if key not in found:
        found[key] = known(*key)
    return found[key]


def of(row: Dossier) -> Template:
    """The template of a dossier.

    Raises:
        NotFound: its pack is no longer there.
    """
    return template(row.programme, row.pack_version, row.region)


def _template(found: packs.Pack) -> Template | None:
    """Read once for each pack in memory."""
    kept = _made.get(id(found))
    if kept is None or kept[0] is not found:
        if len(_made) > _MOST:
            _made.clear()
        kept = _made[id(found)] = (found, template_of(found))
    return kept[1]


def open_templates(at: date) -> list[Template]:
    """The templates of the programmes that one may apply to at a date, by title."""
    found = [_template(one) for one in packs.packs(packs.Nature.PROGRAMME, at) if not one.historique]
    return sorted((one for one in found if one is not None), key=lambda one: one.title)
