"""Figures of a portfolio of dossiers, like those that S3 gives for a region: shares by status and by theme, amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from archipel.programmes.dossiers.values.states import GRANTED, LABELS, Status

STATUS_LABELS: dict[str, str] = {
    "public": "Public", "espic": "ESPIC", "prive": "Privé", "inconnu": "Statut inconnu",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """A dossier as the figures need it; ``establishments``: (FINESS, legal status) of its perimeter."""

    number: int
    theme: str
    status: Status
    bearer_status: str
    establishments: tuple[tuple[str, str], ...]
    granted: Decimal | None
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """One line of a breakdown: what it counts, its share in percent of the whole, the amounts in euros."""

    code: str
    label: str
    count: int
    share: Decimal
    granted: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a portfolio."""

    projects: int
    establishments: int
    granted: Decimal
    paid: Decimal
    decided: int
    by_status: tuple[Group, ...]
    """Establishments by legal status, as S3 counts them."""
    by_theme: tuple[Group, ...]
    """Projects by theme, as S3 counts domains."""
    by_state: tuple[Group, ...]


def percent(part: int, whole: int) -> Decimal:
    """A share in percent, to one decimal; 0 of nothing."""
    return (Decimal(100 * part) / Decimal(whole)).quantize(Decimal("0.1")) if whole else Decimal(0)


def figures(projects: Sequence[Project], themes: Callable[[str], str]) -> Figures:
    """The figures of some projects.

    Args:
        projects: the portfolio.
        themes: the label of a theme.

    An establishment that is in several projects counts once. Amounts are those granted by a decision in force.
    """
    statuses = {finess: status for project in projects for finess, status in project.establishments}
    counted: dict[str, int] = defaultdict(int)
    for status in statuses.values():
        counted[status] += 1
    by_status = tuple(
        Group(code, STATUS_LABELS.get(code, code), count, percent(count, len(statuses)), *_money(
            one for one in projects if one.bearer_status == code
        ))
        for code, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    )  # fmt: skip
    return Figures(
        projects=len(projects),
        establishments=len(statuses),
        granted=sum((one.granted or Decimal(0) for one in projects), Decimal(0)),
        paid=sum((one.paid for one in projects), Decimal(0)),
        decided=sum(one.status in GRANTED or one.status is Status.REFUSE for one in projects),
        by_status=by_status,
        by_theme=_groups(projects, lambda one: one.theme, themes),
        by_state=_groups(projects, lambda one: one.status.value, lambda code: LABELS[Status(code)]),
    )


def _groups(
    projects: Sequence[Project], key: Callable[[Project], str], label: Callable[[str], str]
) -> tuple[Group, ...]:
    found: dict[str, list[Project]] = defaultdict(list)
    for project in projects:
        found[key(project)].append(project)
    return tuple(
        Group(code, label(code), len(some), percent(len(some), len(projects)), *_money(some))
        for code, some in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    )


def _money(projects: Iterable[Project]) -> tuple[Decimal, Decimal]:
    some = list(projects)
    return (
        sum((one.granted or Decimal(0) for one in some), Decimal(0)),
        sum((one.paid for one in some), Decimal(0)),
    )
