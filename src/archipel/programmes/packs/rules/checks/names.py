"""Names: given once in their list, and referring to something that exists."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.values.base import Line, Source
from archipel.programmes.packs.values.pack import Pack


def lines_of(node: Any) -> Iterator[Line]:
    """A line and all those inside it, in the order of the fields."""
    if isinstance(node, Line):
        yield node
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(one) and not isinstance(one, type):
                yield from lines_of(one)


def name_problems(pack: Pack) -> Iterator[Problem]:
    """Ids given twice; references to sources, defects, milestones, rules or lines that do not exist."""
    every = list(lines_of(pack))
    yield from _doubles(every)
    yield from _sources(pack, every)
    yield from _defects(pack, every)
    yield from _milestones(pack, every)
    yield from _rules(pack, every)
    yield from _sections(pack)


def _doubles(every: Iterable[Line]) -> Iterator[Problem]:
    for owner in every:
        for field in dataclasses.fields(owner):
            value = getattr(owner, field.name)
            if not isinstance(value, tuple):
                continue
            first: dict[str, int] = {}
            for one in value:
                name = getattr(one, "id", None)
                if name is None:
                    continue
                if name in first:
                    sentence = f"« {name} » est déjà pris dans `{field.name}`, ligne {first[name]}."
                    yield Problem("double", sentence, line=one.ligne)
                first.setdefault(name, one.ligne)


def _sources(pack: Pack, every: Iterable[Line]) -> Iterator[Problem]:
    declared = {document.id for document in pack.sources}
    cited = set()
    for line in every:
        if isinstance(line, Source):
            cited.add(line.ref)
            if line.ref not in declared:
                sentence = f"la source « {line.ref} » n'est pas déclarée ; déclarées : {', '.join(sorted(declared))}."
                yield Problem("source-inconnue", sentence, line=line.ligne)
    for document in pack.sources:
        if document.id not in cited:
            yield Problem("source-muette", f"aucune ligne ne cite la source « {document.id} ».", line=document.ligne,
                          warning=True)  # fmt: skip


def _defects(pack: Pack, every: list[Line]) -> Iterator[Problem]:
    known = {defect.id for defect in pack.defauts}
    names = {name for line in every if (name := getattr(line, "id", None))}
    for line in every:
        told = getattr(line, "defauts", ()) if not isinstance(line, Pack) else ()
        one = getattr(line, "defaut", None)
        for name in (*told, *((one,) if one else ())):
            if name not in known:
                yield Problem("defaut-inconnu", f"le défaut « {name} » n'est pas déclaré.", line=line.ligne)
    for defect in pack.defauts:
        for name in defect.concerne:
            if name not in names:
                sentence = f"le défaut « {defect.id} » concerne « {name} », qu'aucune ligne ne porte."
                yield Problem("defaut-nulle-part", sentence, line=defect.ligne)


def _milestones(pack: Pack, every: Iterable[Line]) -> Iterator[Problem]:
    known = {line.id for line in pack.calendrier}
    for line in every:
        name = getattr(line, "jalon", None)
        if name is not None and name not in known:
            yield Problem("jalon-inconnu", f"le jalon « {name} » n'est pas dans `calendrier`.", line=line.ligne)


def _rules(pack: Pack, every: Iterable[Line]) -> Iterator[Problem]:
    """Rules that lines other than rules refer to."""
    known = {rule.id for rule in pack.regles}
    for line in every:
        kind = type(line).__name__
        wanted: list[str] = []
        if kind in ("Pack", "Theme"):
            wanted = [*filter(None, (getattr(line, "eligibilite", None),)), *getattr(line, "recevabilite", ())]
        elif kind in ("Critere", "Condition"):
            wanted = [*filter(None, (getattr(line, "regle", None),))]
        elif kind == "Exigence":
            wanted = [*filter(None, (getattr(line, "si", None),))]
        elif kind == "Forfait":
            wanted = [*filter(None, (getattr(line, "condition", None),))]
        for name in wanted:
            if name not in known:
                yield Problem("regle-inconnue", f"la règle « {name} » n'existe pas dans ce pack.", line=line.ligne)


def _sections(pack: Pack) -> Iterator[Problem]:
    """Sections of the dossier that criteria refer to; packs that exclude themselves; limits that admit nothing."""
    sections = {one.id for one in pack.dossier.rubriques} if pack.dossier else set()
    modulation = pack.financement.modulation if pack.financement else ()
    for criterion in (*pack.selection, *modulation):
        if criterion.rubrique is not None and criterion.rubrique not in sections:
            sentence = f"la rubrique « {criterion.rubrique} » n'est pas dans `dossier`."
            yield Problem("rubrique-inconnue", sentence, line=criterion.ligne)
    for limit in pack.incompatibilites:
        if pack.pack in limit.avec:
            yield Problem("exclusion", "un pack ne peut pas s'exclure lui-même.", line=limit.ligne)
        if limit.n == 0:
            yield Problem("limite-nulle", "« n: 0 » n'admet aucun projet.", line=limit.ligne)
