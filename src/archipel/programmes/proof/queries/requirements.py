"""The requirements of a pack, in the words of proof."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from archipel.kernel.errors import NotFound
from archipel.programmes.packs.public import Maille, NaturePreuve, Pack, Preuve, Source
from archipel.programmes.proof import registry
from archipel.programmes.proof.values import (
    Binding,
    Comparison,
    Condition,
    Level,
    Nature,
    Origin,
    Requirement,
    SourceRef,
)

_LEVELS = {Maille.GHT: Level.GHT, Maille.EJ: Level.EJ, Maille.EG: Level.EG, Maille.FINESS_PMSI: Level.PMSI}


def binding_of(preuve: Preuve) -> Binding:
    """What establishes a requirement, as the pack says it; a document where the metric does not exist yet."""
    nature, metric, measure = Nature(preuve.nature.value), "", ""
    origin, note = Origin.PACK, preuve.note or ""
    if preuve.nature is NaturePreuve.METRIQUE:
        metric, _, measure = (preuve.metrique or "").partition(".")
        if registry.known(metric) is None:
            nature, metric, measure, origin = Nature.PIECE, "", "", Origin.REPLI
    conditions = []
    if preuve.seuil is not None:
        for test in Comparison:
            bound = getattr(preuve.seuil, test.value)
            if bound is not None:
                conditions.append(Condition(test, Decimal(bound)))
    return Binding(
        nature=nature,
        metric=metric,
        measure=measure,
        conditions=tuple(conditions) if nature is Nature.METRIQUE else (),
        freshness_days=preuve.fraicheur_jours,
        pieces=preuve.pieces,
        instance=preuve.instance or "",
        origin=origin,
        note=note,
    )


def _source(pack: Pack, source: Source) -> SourceRef:
    document = next((one for one in pack.sources if one.id == source.ref), None)
    return SourceRef(
        document=source.ref,
        title=document.titre if document else "",
        paragraph=source.paragraphe,
        quotation=source.citation or "",
        link=(document.lien or "") if document else "",
    )


_read: dict[tuple[str, str], tuple[Pack, tuple[Requirement, ...]]] = {}


def requirements(pack: Pack) -> tuple[Requirement, ...]:
    """Every requirement of a version of a pack, in its order."""
    name = (pack.pack, pack.version)
    if name not in _read or _read[name][0] is not pack:
        _read[name] = (pack, tuple(_translated(pack)))
    return _read[name][1]


def _translated(pack: Pack) -> Iterator[Requirement]:
    for line in pack.requirements():
        asked = line.exigence
        level = asked.preuve.maille or pack.maille
        milestone = pack.milestone(asked.jalon or line.resultat.jalon or "")
        defects = {*asked.defauts, *line.resultat.defauts}
        yield Requirement(
            pack=pack.pack,
            version=pack.version,
            path=line.path,
            label=asked.libelle,
            theme=line.theme.libelle,
            objective=line.objectif.libelle,
            result=line.resultat.libelle,
            source=_source(pack, asked.source),
            level=_LEVELS.get(level) if level else None,
            binding=binding_of(asked.preuve),
            detail=asked.detail or "",
            mandatory=asked.obligatoire,
            due=milestone.fin if milestone else None,
            due_label=milestone.libelle if milestone else "",
            defects=tuple(f"{one.trouve} (attendu : {one.attendu})" for one in pack.defauts if one.id in defects),
        )


def requirement(pack: Pack, path: str) -> Requirement:
    """One requirement of a pack.

    Raises:
        NotFound: none of that path in this version.
    """
    found = next((one for one in requirements(pack) if one.path == path), None)
    if found is None:
        raise NotFound(
            f"« {path[:120]} » n'est pas une exigence de {pack.pack} {pack.version}.", code="exigence-inconnue"
        )
    return found
