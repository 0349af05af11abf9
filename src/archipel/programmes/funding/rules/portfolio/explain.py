"""The plan in French: what each grouping brings, why nobody else is grouped, what is missing to do better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from archipel.foundation.web.formats import THIN, number
from archipel.programmes.funding.rules.portfolio.board import Board
from archipel.programmes.funding.rules.portfolio.themes import Project

_NEAR = 0.1
"""A group is close to a band when it lacks less than this share of where the band begins."""


def euros(amount: float) -> str:
    """``205 000 €``."""
    return f"{number(amount)}{THIN}€"


def explain_project(board: Board, project: Project) -> str:
    """Why this perimeter: what it is worth together, and what its members are worth alone."""
    mask = board.mask(project.perimeter)
    band, names = board.band(mask), [_name(board, code) for code in project.perimeter]
    points = number(board.sum(mask))
    bounded = "" if project.value == band.amount else f", que la dépense prévue ramène à {euros(project.value)}"
    imposed = "Imposé. " if project.locked else ""
    if len(names) == 1:
        worth = f"catégorie {band.category}, {euros(band.amount)}{bounded}"
        return f"{imposed}{names[0]} seul : {points} points d'AC, {worth}."
    alone = [board.worth(board.bit[code], project.theme) for code in project.perimeter]
    apart = " + ".join(number(amount) for amount in alone)
    gained = project.value - sum(alone)
    reached = f"franchit {number(band.since)}" if band.since else "reste en catégorie A"
    verdict = (
        f"soit {euros(gained)} de plus" if gained > 0 else "cela ne perd rien et fait moins de dossiers" if gained == 0
        else f"soit {euros(-gained)} de moins"
    )  # fmt: skip
    together = f"{euros(band.amount)}{bounded} au lieu de {apart} = {euros(sum(alone))} séparément, {verdict}"
    return (
        f"{imposed}Regrouper {_listed(names)} : {points} points d'AC ensemble, le total {reached} (catégorie "
        f"{band.category}) : {together}."
    )


def near_misses(board: Board, limit: int = 5) -> list[str]:
    """Pairs that would gain if they had a few more points: where one more partner, or a corrected activity, counts."""
    found = []
    for one, other in combinations(range(len(board.codes)), 2):
        both = 1 << one | 1 << other
        here = board.sum(both)
        alone = board.band(1 << one).amount + board.band(1 << other).amount
        for band in board.instance.bands:
            lacking = band.since - here
            if 0 < lacking <= float(band.since) * _NEAR and band.amount > alone:
                found.append((lacking, one, other, band, alone))
    found.sort(key=lambda item: (item[0], item[1], item[2]))
    return [
        f"{_name(board, board.codes[one])} et {_name(board, board.codes[other])} : il manque {number(lacking)} points "
        f"d'AC pour franchir {number(band.since)} (alors {euros(band.amount)} au lieu de {euros(alone)})."
        for lacking, one, other, band, alone in found[:limit]
    ]


def lessons(board: Board, projects: Sequence[Project]) -> Iterator[str]:
    """What the plan shows as a whole."""
    slots: dict[str, int] = {}
    for project in projects:
        for code in project.perimeter:
            slots[code] = slots.get(code, 0) + 1
    idle = [code for code in board.codes if slots.get(code, 0) == 0]
    short = [code for code in board.codes if 0 < slots.get(code, 0) < board.instance.rules.per_finess]
    if idle:
        yield (
            f"Sans projet : {_listed([_name(board, code) for code in idle])} (aucune thématique ouverte, ou limites "
            "atteintes)."
        )
    if short:
        names = _listed([_name(board, code) for code in short])
        yield f"Un projet encore possible pour {names}, sans gain de plafond ici."
    if board.instance.unknown:
        names = _listed([party.name or party.finess for party in board.instance.unknown])
        yield f"Laissés de côté, faute d'activité combinée connue : {names}."


def _name(board: Board, code: str) -> str:
    return board.instance.party(code).name or code


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"
