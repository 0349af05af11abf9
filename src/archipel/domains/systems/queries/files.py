"""What a file received would change now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import PurePath

from archipel.domains.systems.models import Received
from archipel.domains.systems.queries.store import inventory, remembered
from archipel.domains.systems.rules.checks import check
from archipel.domains.systems.rules.columns import Column, headings_of, kind_of, propose
from archipel.domains.systems.rules.model import function_words
from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.rules.planning import digest, doubtful, plan
from archipel.domains.systems.rules.reading import SheetReader
from archipel.domains.systems.values.files import Doubtful, Effect, Line, Planned, Problem
from archipel.domains.systems.values.records import Inventory, Key
from archipel.domains.systems.values.schema import GOLDEN, Kind
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import NotFound
from archipel.territory import public as territory
from archipel.territory.ficom.sheets import Sheet, read_sheets


@dataclass(frozen=True, slots=True)
class SheetView:
    """One sheet: what it describes and what its headings mean."""

    name: str
    kind: Kind
    columns: tuple[Column, ...]
    rows: int
    skipped: int = 1
    """Rows up to the headings, those included."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The dry run of a file."""

    number: int
    name: str
    sheets: tuple[SheetView, ...]
    planned: tuple[Planned, ...]
    problems: tuple[Problem, ...]
    doubtful: tuple[Doubtful, ...]
    golden_codes: frozenset[Key]
    digest: str

    def count(self, effect: Effect) -> int:
        """The lines that have an effect."""
        return sum(one.effect is effect for one in self.planned)

    @property
    def writes(self) -> int:
        """The lines that would be written."""
        return sum(one.effect is not Effect.INCHANGE for one in self.planned)


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file received and what became of it."""

    id: int
    name: str
    source: str
    establishment: str
    effective_on: date
    sha256: str
    recorded_at: datetime
    actor: str
    status: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    kept: int


def received(number: int, *, lock: bool = False) -> Received:
    """A file received. Raises NotFound."""
    rows = Received.objects.select_for_update() if lock else Received.objects.all()
    row = rows.filter(pk=number).first()
    if row is None:
        raise NotFound("Ce fichier n'existe pas, ou pas pour vous.", code="import")
    return row


def info(row: Received) -> FileInfo:
    """What is shown of a file."""
    return FileInfo(
        row.pk, row.name, row.source, row.establishment, row.effective_on, row.sha256, row.recorded_at, row.actor,
        row.status, row.decided_at, row.decided_by, row.reason, row.kept,
    )  # fmt: skip


def file_info(number: int) -> FileInfo:
    """One file. Raises NotFound."""
    return info(received(number))


def files(limit: int = 20) -> list[FileInfo]:
    """The files that the account may see, newest first."""
    return [info(row) for row in Received.objects.defer("raw").order_by("-id")[:limit]]


def raw_file(number: int) -> tuple[str, bytes]:
    """A file as it was received. Raises NotFound."""
    row = received(number)
    return row.name, bytes(row.raw)


def places(scope: Scope) -> dict[str, str]:
    """Plain name or FINESS → FINESS EJ of the establishments whose inventory the account keeps."""
    found: dict[str, str] = {}
    for one in territory.establishments():
        if one.code in scope.systems and scope.may(Capability.GERER_SYSTEMES, one.code):
            for word in (one.name, one.short_name, one.code):
                if word:
                    found.setdefault(plain(word), one.code)
    for code in scope.systems:
        found.setdefault(plain(code), code)
    return found


def trial(*, scope: Scope, number: int) -> Trial:
    """What a file would change now. Raises NotFound."""
    row = received(number)
    sheets, unread = read_sheets(bytes(row.raw), row.name)
    problems = [Problem(p.place.sheet, p.place.line or 0, "", p.found, p.expected, p.message) for p in unread]
    known, allowed = inventory(row.effective_on), places(scope)
    views: list[SheetView] = []
    lines: list[Line] = []
    for sheet in sheets:
        if sheet.rows:
            view = _view(sheet, row.source, row.name)
            views.append(view)
            reader = SheetReader(view.kind, sheet.name, view.columns, allowed, row.establishment, function_words())
            read = reader.read(sheet.rows[view.skipped :])
            lines += read.lines
            problems += read.problems
    return _settled(row, views, lines, problems, known)


def _view(sheet: Sheet, source: str, file: str) -> SheetView:
    name = sheet.name or PurePath(file).stem  # a CSV has no sheet: its own name says what it describes
    told = headings_of(name, sheet.rows, {word for kind in Kind for word in remembered(source, kind)})
    kind = kind_of(name, told.texts)
    columns = tuple(propose(kind, told.texts, remembered(source, kind)))
    return SheetView(sheet.name, kind, columns, len(sheet.rows) - told.skipped, told.skipped)


def _settled(
    row: Received, views: list[SheetView], lines: list[Line], problems: list[Problem], known: Inventory
) -> Trial:
    stand, more = check(lines, known.records)
    planned = plan(stand, {one.key: one for one in known.records})
    golden: Mapping[Kind, dict[str, str]] = {
        kind: {one.key.code: one.name for one in known.of(kind)} for kind in GOLDEN
    }
    titles = {(view.name, column.field): column.heading for view in views for column in view.columns if column.field}
    told = sorted([*problems, *(_titled(one, titles) for one in more)], key=lambda p: (p.sheet, p.line))
    return Trial(
        row.pk, row.name, tuple(views), tuple(planned), tuple(told), tuple(doubtful(stand, golden, known.aliases)),
        frozenset(_golden_keys(known, stand)), digest(planned),
    )  # fmt: skip


def _titled(problem: Problem, titles: Mapping[tuple[str, str], str]) -> Problem:
    """The same, with the heading that the file gives to the column."""
    heading = titles.get((problem.sheet, problem.column), problem.column)
    where = f"ligne {problem.line}"
    message = problem.message.replace(f"{where} :", f"{where}, colonne « {heading} » :", 1)
    return replace(problem, column=heading, message=message)


def _golden_keys(known: Inventory, lines: Iterable[Line]) -> Iterable[Key]:
    yield from (one.key for one in known.records if one.key.kind in GOLDEN)
    yield from (line.key for line in lines if line.key.kind in GOLDEN)
