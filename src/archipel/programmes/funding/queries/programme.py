"""What a pack says of money, as the rules read it: bands, instalments, criteria, themes, limit of projects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from archipel.kernel.errors import NotFound
from archipel.programmes.funding.rules.caps import checked_bands
from archipel.programmes.funding.rules.instalments import checked_shares
from archipel.programmes.funding.values import Band, Criterion, Instalment
from archipel.programmes.packs import public as packs
from archipel.programmes.packs.public import Maille, Pack

USUAL_LIMIT = 2


@dataclass(frozen=True, slots=True)
class Programme:
    """A version of a programme that funds projects; ``sources`` tells where each part is written."""

    id: str
    version: str
    title: str
    activity_fact: str
    bands: tuple[Band, ...]
    instalments: tuple[Instalment, ...]
    criteria: tuple[Criterion, ...]
    themes: Mapping[str, str]
    limit: int
    sources: Mapping[str, str]

    @property
    def years(self) -> tuple[int, ...]:
        """The exercises of its instalments."""
        return tuple(sorted({one.year for one in self.instalments if one.year is not None}))


def programme(pack_id: str, version: str = "", at: date | None = None) -> Programme:
    """A programme that funds projects, in a version or in the one in force at a date.

    Raises:
        NotFound: no such pack or version, or it gives no ceiling.
    """
    return of_pack(held(pack_id, version, at))


def held(pack_id: str, version: str = "", at: date | None = None) -> Pack:
    """A pack in a version, or in the one in force at a date.

    Raises:
        NotFound: no such pack or version.
    """
    return packs.pack(pack_id, version) if version else packs.current(pack_id, at)


def programmes(at: date | None = None) -> list[Programme]:
    """The programmes in force that give a ceiling by project, by title."""
    found = [of_pack(pack) for pack in packs.packs(at=at) if _gives(pack)]
    return sorted(found, key=lambda one: one.title)


def _gives(pack: Pack) -> bool:
    return pack.financement is not None and pack.financement.plafonds is not None


_read: dict[int, tuple[Pack, Programme]] = {}


def of_pack(pack: Pack) -> Programme:
    """The money of a pack; read once for each pack in memory.

    Raises:
        NotFound: it gives no ceiling.
    """
    known = _read.get(id(pack))
    if known is None or known[0] is not pack:
        if len(_read) > 256:
            _read.clear()
        known = _read[id(pack)] = (pack, _money(pack))
    return known[1]


def _money(pack: Pack) -> Programme:
    money = pack.financement
    if money is None or money.plafonds is None:
        raise NotFound(f"Le référentiel « {pack.titre} » ne donne pas de plafond par projet.", code="sans-plafond")
    limits = [
        one for one in pack.incompatibilites if one.regle == "au_plus" and one.par is Maille.FINESS_PMSI and one.n
    ]
    sources = {"plafonds": str(money.plafonds.source)}
    sources |= {"echeances": str(money.echeances[0].source)} if money.echeances else {}
    sources |= {"limite": str(limits[0].source)} if limits else {}
    sources |= {"modulation": str(money.modulation[0].source)} if money.modulation else {}
    return Programme(
        id=pack.pack,
        version=pack.version,
        title=pack.titre,
        activity_fact=money.plafonds.fait,
        bands=checked_bands(
            Band(
                one.categorie,
                int(one.montant),
                Decimal(one.a_partir_de or 0),
                None if one.moins_de is None else Decimal(one.moins_de),
            )
            for one in money.plafonds.tranches
        ),
        instalments=checked_shares(
            [
                Instalment(one.id, Decimal(one.part), one.annee, one.condition, one.libelle, str(one.source))
                for one in money.echeances
            ]
        )
        if money.echeances
        else (),
        criteria=tuple(Criterion(one.id, one.libelle, str(one.source)) for one in money.modulation),
        themes={theme.id: theme.libelle for theme in pack.themes},
        limit=limits[0].n or USUAL_LIMIT if limits else USUAL_LIMIT,
        sources=sources,
    )
