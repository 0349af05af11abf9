"""Rows and cells that the page of a rubric shows."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.programmes.dossiers.queries.overview import Overview
from archipel.programmes.dossiers.queries.writing import Choice, Writing
from archipel.programmes.dossiers.rules.comparing import Comparison, compare
from archipel.programmes.dossiers.rules.completeness import professions
from archipel.programmes.dossiers.values.content import PROFESSIONS, TECHNICAL, Column, Content, columns_of, rows_of
from archipel.programmes.dossiers.values.template import Rubric, Template

_BLANK = 3
"""Empty lines under a table, to add some without any script."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the form."""

    name: str
    column: Column
    value: str


@dataclass(frozen=True, slots=True)
class FormRow:
    """A line of the form; ``rank`` names its fields."""

    rank: int
    id: str
    cells: tuple[Cell, ...]
    blank: bool

    @property
    def title(self) -> str:
        """What the line is about, for whoever hears the form."""
        return next((cell.value for cell in self.cells if cell.value), "") or f"ligne {self.rank + 1}"


def form_rows(rubric: Rubric, content: Content, *, blank: bool) -> tuple[FormRow, ...]:
    """The lines of the table, then some empty ones when it can be written."""
    columns = columns_of(rubric)
    if not columns:
        return ()
    rows = rows_of(content)
    found = [
        FormRow(
            rank,
            str(row.get("id", "")),
            tuple(Cell(f"ligne-{rank}-{c.id}", c, str(row.get(c.id) or "")) for c in columns),
            False,
        )
        for rank, row in enumerate(rows)
    ]
    for rank in range(len(rows), len(rows) + (_BLANK if blank else 0)):
        found.append(FormRow(rank, "", tuple(Cell(f"ligne-{rank}-{c.id}", c, "") for c in columns), True))
    return tuple(found)


def around(template: Template, rubric: Rubric) -> tuple[Rubric | None, Rubric | None]:
    """The rubrics before and after."""
    rank = template.rubrics.index(rubric)
    before = template.rubrics[rank - 1] if rank else None
    after = template.rubrics[rank + 1] if rank + 1 < len(template.rubrics) else None
    return before, after


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """Two texts to choose from, and what differs from the one in force to the other."""

    choice: Choice
    diff: Comparison


def shown_choices(rubric: Rubric, here: Writing) -> tuple[ShownChoice, ...]:
    """The texts that wait for a choice, each compared with the one in force."""
    columns = columns_of(rubric)
    return tuple(ShownChoice(one, compare(here.content, one.content, columns)) for one in here.choices)


def compared(found: Overview, rubric: Rubric, diff: Comparison) -> Comparison:
    """The comparison, objectives by their words."""
    theme = found.situation.template.theme(found.line.theme)
    words = {one.id: one.label for one in theme.objectives} if theme else {}
    return Comparison(
        diff.text,
        diff.rows,
        tuple(words.get(name, name) for name in diff.added),
        tuple(words.get(name, name) for name in diff.removed),
    )


def team(content: Content) -> tuple[tuple[str, int, bool], ...]:
    """The professions of a team, the most numerous first: label, how many people, whether beyond the IT department."""
    labels = dict(PROFESSIONS)
    counted = sorted(professions(content).items(), key=lambda item: (-item[1], item[0]))
    return tuple((labels.get(code, code), count, code not in TECHNICAL) for code, count in counted)
