"""From what the emergency department knows to what its patient is shown.

Stages only go forward. A stage that was passed without anybody telling it is shown as done, without an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from archipel.passages.pathway.values import Mark, Progress, Shown, Stage, View

OF_STEP: Mapping[str, Stage] = {
    "accueil": Stage.ACCUEIL,
    "tri": Stage.TRI,
    "attente": Stage.ATTENTE,
    "soins": Stage.EXAMENS,
    "attente_aval": Stage.DECISION,
}
"""Step of the passage (domains/flow) → stage; leaving is told apart: to a ward, or out."""
OF_MARK: Mapping[Mark, Stage] = {
    Mark.EXAMENS: Stage.EXAMENS,
    Mark.RESULTATS: Stage.RESULTATS,
    Mark.DECISION: Stage.DECISION,
}
COMMON = (Stage.ACCUEIL, Stage.TRI, Stage.ATTENTE, Stage.EXAMENS, Stage.RESULTATS, Stage.DECISION)


def view(
    steps: Iterable[tuple[str, datetime]],
    marks: Iterable[tuple[Mark, datetime]],
    *,
    left_at: datetime | None,
    to_ward: bool,
    as_of: datetime,
) -> View:
    """What the page shows.

    Args:
        steps: steps of the passage reached so far, with their hour.
        marks: what the team told by a click.
        left_at: when the patient left the emergency department; None: still there.
        to_ward: whether they went to a ward.
        as_of: the moment.
    """
    reached: dict[Stage, datetime] = {}
    for stage, at in (
        *((OF_STEP[step], at) for step, at in steps if step in OF_STEP),
        *((OF_MARK[mark], at) for mark, at in marks),
    ):
        if at <= as_of:
            reached[stage] = min(at, reached.get(stage, at))
    last = Stage.HOSPITALISATION if to_ward else Stage.SORTIE
    order = (*COMMON, last)
    over = left_at is not None and left_at <= as_of
    if over and left_at is not None:
        reached[last] = left_at
    present = max((order.index(stage) for stage in reached), default=0)
    return View(tuple(_lines(order, reached, present, over)), as_of, over)


def _lines(order: tuple[Stage, ...], reached: Mapping[Stage, datetime], present: int, over: bool) -> Iterator[Shown]:
    latest: datetime | None = None
    for rank, stage in enumerate(order):
        at = reached.get(stage)
        if at is not None and latest is not None and at < latest:
            at = None  # told late: its hour would make the page go back
        latest = at or latest
        yield Shown(stage, _progress(rank, present, over), at if rank <= present else None)


def _progress(rank: int, present: int, over: bool) -> Progress:
    if rank < present or (over and rank == present):
        return Progress.FAIT
    return Progress.EN_COURS if rank == present else Progress.A_VENIR
