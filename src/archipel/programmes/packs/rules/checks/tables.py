"""Tables: bands without hole or overlap, shares that make one, series that add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from archipel.programmes.packs.rules.problems import Problem
from archipel.programmes.packs.values.expressions import TypeFait
from archipel.programmes.packs.values.pack import Pack
from archipel.programmes.packs.values.programme import Preuve, Tranche


def table_problems(pack: Pack) -> Iterator[Problem]:
    """What is wrong in the funding tables, the series and the proofs."""
    money = pack.financement
    if money is not None and money.plafonds is not None:
        fact = pack.fact(money.plafonds.fait)
        if fact is None:
            sentence = f"le fait « {money.plafonds.fait} » n'est pas déclaré dans `faits`."
            yield Problem("fait-inconnu", sentence, line=money.plafonds.ligne)
        elif fact.type is not TypeFait.NOMBRE:
            sentence = f"le fait « {fact.id} » n'est pas un nombre : il ne classe pas un projet."
            yield Problem("type", sentence, line=money.plafonds.ligne)
        yield from bands(money.plafonds.tranches)
    if money is not None and money.echeances:
        total = sum((Decimal(one.part) for one in money.echeances), Decimal(0))
        if total != 1:
            sentence = f"les parts des échéances font {total} au total, 1 attendu."
            yield Problem("echeances", sentence, line=money.echeances[0].ligne)
    for series in pack.series:
        total = sum((Decimal(one.valeur) for one in series.valeurs), Decimal(0))
        if series.total is not None and total != series.total:
            sentence = f"les valeurs de « {series.id} » font {total}, {series.total} annoncé."
            yield Problem("serie", sentence, line=series.ligne)
    for one in pack.requirements():
        yield from _proof(one.exigence.id, one.exigence.preuve)


def bands(table: Sequence[Tranche]) -> Iterator[Problem]:
    """Bands that leave a hole, overlap, or come in the wrong order."""
    names: set[str] = set()
    for rank, one in enumerate(table):
        where = f"tranche « {one.categorie} » : "
        if one.categorie in names:
            yield Problem("tranches", f"{where}cette catégorie est déjà prise.", line=one.ligne)
        names.add(one.categorie)
        last = rank == len(table) - 1
        if last and one.moins_de is not None:
            yield Problem("tranches", f"{where}rien au-delà de {one.moins_de}.", line=one.ligne)
        if not last and one.moins_de is None:
            yield Problem("tranches", f"{where}seule la dernière tranche va sans `moins_de`.", line=one.ligne)
        if one.a_partir_de is not None and one.moins_de is not None and one.moins_de <= one.a_partir_de:
            sentence = f"{where}bornes à l'envers, de {one.a_partir_de} à {one.moins_de}."
            yield Problem("tranches", sentence, line=one.ligne)
        if rank:
            yield from _junction(table[rank - 1], one, where)
        elif one.a_partir_de not in (None, 0):
            yield Problem("tranches", f"{where}rien en dessous de {one.a_partir_de}.", line=one.ligne)


def _junction(before: Tranche, after: Tranche, where: str) -> Iterator[Problem]:
    end, start = before.moins_de, after.a_partir_de
    if end is None:
        return
    if start is None:
        if after.moins_de is not None and after.moins_de <= end:
            sentence = f"{where}seuils dans le désordre, {after.moins_de} après {end}."
            yield Problem("tranches", sentence, line=after.ligne)
        return
    if start < end:
        sentence = f"{where}recouvre « {before.categorie} » de {start} à {end}."
        yield Problem("tranches", sentence, line=after.ligne)
    elif start > end:
        yield Problem("tranches", f"{where}rien entre {end} et {start}.", line=after.ligne)


def _proof(name: str, proof: Preuve) -> Iterator[Problem]:
    if proof.metrique is not None and proof.nature != "metrique":
        sentence = f"exigence « {name} » : une mesure est nommée, mais la preuve est de nature « {proof.nature} »."
        yield Problem("preuve", sentence, line=proof.ligne)
    limit = proof.seuil
    if limit is None:
        return
    lows = [value for value in (limit.ge, limit.gt) if value is not None]
    highs = [value for value in (limit.le, limit.lt) if value is not None]
    if lows and highs and max(lows) > min(highs):
        yield Problem("seuils", f"exigence « {name} » : seuils à l'envers.", line=limit.ligne or proof.ligne)
    if not lows and not highs and limit.vaut is None:
        yield Problem("seuils", f"exigence « {name} » : un seuil sans valeur.", line=limit.ligne or proof.ligne)
