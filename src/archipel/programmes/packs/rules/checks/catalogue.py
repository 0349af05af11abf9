"""Catalogues: themes, operators, routes and modes that exist; quotas that add up; numbers without hole."""

from __future__ import annotations

from collections.abc import Iterator

from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.values.catalogue import Catalogue, Dispositif, Quota
from archipel.programmes.packs.values.pack import Pack


def catalogue_problems(pack: Pack) -> Iterator[Problem]:
    """What is wrong in the catalogue of a pack."""
    if pack.catalogue is None:
        return
    numbers: dict[int, str] = {}
    for one in pack.catalogue.dispositifs:
        yield from _references(pack.catalogue, one)
        if one.quota is not None:
            yield from _quota(one, one.quota)
        if one.numero is not None:
            if one.numero in numbers:
                sentence = f"le numéro {one.numero} est déjà celui de « {numbers[one.numero]} »."
                yield Problem("numero", sentence, line=one.ligne)
            numbers.setdefault(one.numero, one.id)
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    if missing:
        shown = ", ".join(map(str, missing))
        yield Problem("numero", f"numéros absents du catalogue : {shown}.", line=pack.catalogue.ligne, warning=True)


def _references(catalogue: Catalogue, one: Dispositif) -> Iterator[Problem]:
    lists = {
        "types": {named.id for named in catalogue.types},
        "themes": {named.id for named in catalogue.themes},
        "operateurs": {named.id for named in catalogue.operateurs},
        "acces": {named.id for named in catalogue.acces},
        "financements": {named.id for named in catalogue.financements},
    }
    wanted = [
        ("types", one.type), *(("themes", name) for name in one.themes),
        *(("operateurs", name) for name in one.operateurs), *(("financements", name) for name in one.financements),
        *((("acces", one.acces),) if one.acces else ()),
    ]  # fmt: skip
    for kind, name in wanted:
        if name not in lists[kind]:
            sentence = f"« {one.id} » : « {name} » n'est pas dans `{kind}` du catalogue."
            yield Problem("catalogue", sentence, line=one.ligne)


def _quota(one: Dispositif, quota: Quota) -> Iterator[Problem]:
    total = sum(right.nombre for right in quota.par_region)
    if total != quota.total:
        sentence = f"« {one.id} » : les droits des régions font {total}, {quota.total} annoncé."
        yield Problem("quota", sentence, line=quota.ligne)
    seen: dict[str, str] = {}
    for right in quota.par_region:
        for region in right.regions:
            if region in seen:
                sentence = f"« {one.id} » : la région {region} est dans « {seen[region]} » et dans « {right.libelle} »."
                yield Problem("quota", sentence, line=right.ligne)
            seen.setdefault(region, right.libelle)
