"""Packs together: a fact said one way, versions told apart, exclusions and overlays that point somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.values.expressions import Fait
from archipel.programmes.packs.values.pack import Pack


def together_problems(packs: Mapping[str, Pack]) -> Iterator[Problem]:
    """What is wrong between packs, given by the name of their file."""
    yield from _facts(packs)
    names = {pack.pack for pack in packs.values()}
    seen: dict[tuple[str, str], str] = {}
    for file, pack in packs.items():
        key = (pack.pack, pack.version)
        if key in seen:
            yield Problem("version-double", f"la version {pack.version} est déjà dans {seen[key]}.", file, pack.ligne)
        seen.setdefault(key, file)
        yield from _place(file, pack)
        for limit in pack.incompatibilites:
            for name in limit.avec:
                if name not in names:
                    sentence = f"le pack « {name} », exclu par « {limit.id} », n'existe pas."
                    yield Problem("pack-inconnu", sentence, file, limit.ligne)


def _place(file: str, pack: Pack) -> Iterator[Problem]:
    """A file of a folder of packs is named after its version, its folder after the pack."""
    path = Path(file)
    if path.parent.parent.name == "packs" and (path.parent.name, path.stem) != (pack.pack, pack.version):
        sentence = f"ce fichier devrait s'appeler {pack.pack}/{pack.version}.yaml."
        yield Problem("nom-de-fichier", sentence, file, pack.ligne)


def _facts(packs: Mapping[str, Pack]) -> Iterator[Problem]:
    first: dict[str, tuple[str, Fait]] = {}
    for file, pack in packs.items():
        for fact in pack.faits:
            where, known = first.setdefault(fact.id, (file, fact))
            if known is fact:
                continue
            for name in ("type", "maille", "unite", "min", "max", "min_exclu"):
                one, other = getattr(known, name), getattr(fact, name)
                if one != other:
                    sentence = f"le fait « {fact.id} » a ici `{name}` : {_told(other)}, et {_told(one)} dans {where}."
                    yield Problem("fait-different", sentence, file, fact.ligne)
            if {one.id for one in known.choix} != {one.id for one in fact.choix}:
                sentence = f"le fait « {fact.id} » n'a pas les mêmes choix que dans {where}."
                yield Problem("fait-different", sentence, file, fact.ligne)


def _told(value: object) -> str:
    return "rien" if value is None else str(value)
