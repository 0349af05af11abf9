"""From the question to the answer: the best plan, its proof checked, the greedy plan beside it, the explanations."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archipel.kernel.errors import Invalid
from archipel.programmes.funding.rules.portfolio.board import Board, Column
from archipel.programmes.funding.rules.portfolio.checker import check
from archipel.programmes.funding.rules.portfolio.explain import explain_project, lessons, near_misses
from archipel.programmes.funding.rules.portfolio.greedy import greedy
from archipel.programmes.funding.rules.portfolio.instance import Instance, checked, digest, frozen
from archipel.programmes.funding.rules.portfolio.model import Chooser, Chosen, Progress
from archipel.programmes.funding.rules.portfolio.proof import Prover
from archipel.programmes.funding.rules.portfolio.relaxation import Relaxation
from archipel.programmes.funding.rules.portfolio.themes import Project, borne, themed

_MANY = 4000


def _quiet(phase: str, best: int | None, bound: int | None) -> None:
    """Nobody listens."""


def optimise(instance: Instance, *, seconds: float = 60, workers: int = 2, told: Progress = _quiet) -> dict[str, Any]:
    """The best set of projects, as JSON: ``docs/domaines/financement.md`` tells every field.

    Args:
        instance: the question.
        seconds: time allowed to the solver, then to the certificate.
        workers: threads of the solver.
        told: called with (phase, best total, bound) as the work goes on.

    Raises:
        Invalid: when the question makes no sense, or no plan can obey the locks.
    """
    begun = time.monotonic()
    told("périmètres", None, None)
    answer = _answer(Board(checked(instance)), seconds, workers, told)
    board, locked = answer.board, sum(value for _, value in answer.board.used)
    projects = _plan(board, answer.dealt)
    total, bound = answer.chosen.value + locked, answer.chosen.bound + locked
    inputs, rows = frozen(instance), [_row(board, project) for project in projects]
    told("vérification", total, bound)
    verdict = check(inputs, rows, total, answer.certificate)
    hand = _plan(board, greedy(board))
    return {
        "format": 1,
        "entrees": digest(inputs),
        "etat": "optimal" if answer.chosen.optimal else "realisable",
        "total": total,
        "borne": bound,
        "moins_de_projets": answer.fewest,
        "projets": rows,
        "glouton": {"total": sum(project.value for project in hand), "projets": [_row(board, one) for one in hand]},
        "seuls": _alone(board),
        "certificat": answer.certificate,
        "verification": {
            "plan": verdict.plan,
            "borne": verdict.bound,
            "prouve": verdict.proved,
            "essais": verdict.tried,
            "defauts": list(verdict.wrong),
        },
        "colonnes": len(board.columns),
        "durees": {"choix": round(answer.chose - begun, 3), "total": round(time.monotonic() - begun, 3)},
        "lecons": list(lessons(board, projects)),
        "presque": near_misses(board),
    }


@dataclass(frozen=True, slots=True)
class _Answer:
    board: Board
    chosen: Chosen
    fewest: bool
    dealt: list[tuple[str, int, int]]
    certificate: dict[str, Any] | None
    chose: float


def _answer(
    board: Board, seconds: float, workers: int, told: Progress, known: tuple[int, dict[str, Any] | None] | None = None
) -> _Answer:
    """The choice, its proof and its themes; themes are told apart only where they cannot be dealt out afterwards.

    ``known``: the bound and the certificate of the question whose themes were not told apart. They hold here too.
    """
    locked = sum(value for _, value in board.used)

    def loud(phase: str, best: int | None, bound: int | None) -> None:
        told(phase, None if best is None else best + locked, None if bound is None else bound + locked)

    relaxation = Relaxation(board, _starting(board))
    chooser = Chooser(board, relaxation, seconds=seconds, workers=workers, told=loud, known=known[0] if known else None)
    chosen = chooser.choose()
    if chosen is None:
        raise Invalid("Aucun ensemble de projets ne respecte toutes les contraintes demandées.", code="impossible")
    chose = time.monotonic()
    loud("certificat", chosen.value, chosen.bound)
    prover = Prover(board, relaxation, chosen.value, seconds=seconds)
    certificate = known[1] if known and known[0] == chosen.value else prover.certificate()
    picked = dict(prover.better) if prover.better else chosen.picked
    bound = prover.goal if certificate else max(chosen.bound, prover.goal)
    fewest = False
    if bound == prover.goal:
        loud("moins de projets", prover.goal, bound)
        picked, fewest = chooser.fewest(picked, prover.goal)
    dealt = themed(board, list(picked.items()))
    if dealt is None:
        return _answer(Board(board.instance, split=True), seconds, workers, told, (bound, certificate))
    return _Answer(board, Chosen(picked, prover.goal, bound), fewest, dealt, certificate, chose)


def _starting(board: Board) -> list[Column]:
    """The columns that the relaxation begins with; it finds the others by itself where every perimeter is looked at."""
    if not board.enumerated or len(board.columns) <= _MANY:
        return board.columns
    return sorted(board.columns, key=lambda c: (-c.value / c.size, c.size, c.mask))[:_MANY]


def _plan(board: Board, dealt: Sequence[tuple[str, int, int]]) -> list[Project]:
    locked = [(lock.theme, board.mask(lock.perimeter), value, True) for lock, value in board.used]
    projects = borne(board, [*locked, *((theme, mask, value, False) for theme, mask, value in dealt)])
    order = {theme.id: rank for rank, theme in enumerate(board.instance.themes)}
    return sorted(projects, key=lambda one: (-one.value, order[one.theme], one.perimeter))


def _row(board: Board, project: Project) -> dict[str, Any]:
    mask = board.mask(project.perimeter)
    return {
        "thematique": project.theme,
        "perimetre": list(project.perimeter),
        "porteur": project.bearer,
        "ac": str(board.sum(mask)),
        "categorie": board.band(mask).category,
        "montant": project.value,
        "impose": project.locked,
        "pourquoi": explain_project(board, project),
    }


def _alone(board: Board) -> int | None:
    """The total when nobody groups with anybody, the locked projects aside; None: projects alone are not allowed."""
    if board.instance.rules.minimum > 1 or board.instance.locks:
        return None
    best = 0
    kept: list[int] = []
    for code in board.codes:
        worths = [
            board.worth(board.bit[code], theme.id)
            for theme in board.instance.themes
            if board.instance.allowed(code, theme) and code in theme.eligible
        ]
        if not board.instance.rules.distinct_themes and worths:
            worths = [max(worths)] * board.instance.rules.per_finess
        kept += sorted(worths, reverse=True)[: board.instance.rules.per_finess]
    for worth in sorted(kept, reverse=True)[: board.instance.rules.at_most]:
        best += worth
    return best
