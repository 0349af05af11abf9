"""Keeping the ledger of a project true to whoever decides elsewhere (a dossier): each decision and payment, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel.errors import NotFound
from archipel.programmes.funding.models import Line, Project
from archipel.programmes.funding.queries.programme import programme
from archipel.programmes.funding.queries.projects import facts_of
from archipel.programmes.funding.rules.ledger import perimeter
from archipel.programmes.funding.values import Kind
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key
from archipel.programmes.perimetre.public import Kind as Level

_LOCK = 7205_403
UNDONE = ":annulation"


@dataclass(frozen=True, slots=True)
class Told:
    """A decision or a payment told by another room. ``source`` names it for ever (``dossier:12#7``); euros."""

    source: str
    kind: Kind
    effective_on: date
    actor: str
    amount: Decimal | None = None
    year: int | None = None
    instalment: str = ""
    text: str = ""
    by_authority: bool = True


@dataclass(frozen=True, slots=True)
class Origin:
    """The project as the other room knows it; ``perimeter`` is FINESS PMSI, the bearer first."""

    reference: str
    pack: str
    version: str
    theme: str
    title: str
    perimeter: tuple[str, ...]
    opened_on: date


def mirror(origin: Origin, told: Sequence[Told]) -> int | None:
    """Write what is told and not written yet, take back what is told no more; returns the project, None without any.

    Safe to call again, whatever the concurrency: a source is written once. Permissions, places of the establishments
    and amounts are those of the room that decided; nothing is judged again here.
    """
    try:
        about = programme(origin.pack, origin.version)
    except NotFound:  # this programme gives no ceiling: its money has no ledger
        return None
    legal = _legal(origin.perimeter, origin.opened_on)
    if not legal:
        return None
    with in_scope(system_scope("financement", legal)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, origin.reference])
        row = Project.objects.filter(reference=origin.reference).first()
        if row is None:
            if not any(one.kind is Kind.OCTROI for one in told):
                return None
            row = Project.objects.create(
                reference=origin.reference, pack=about.id, version=about.version, theme=origin.theme,
                title=origin.title[:200], establishments=sorted(set(legal)), opened_at=timezone.now(),
                actor=told[0].actor,
            )  # fmt: skip
        _perimeter(row, origin, sorted(set(legal)), told[0].actor if told else row.actor)
        _lines(row, legal[0], told)
    return row.pk


def _legal(codes: Iterable[str], day: date) -> list[str]:
    """The FINESS EJ of each, the bearer's first; empty when the graph does not know them all."""
    graph = perimetre.graph(day)
    found = [graph.ej(Key(Level.PMSI, code)) if Key(Level.PMSI, code) in graph.nodes else None for code in codes]
    return [one.code for one in found if one is not None] if None not in found else []


def _perimeter(row: Project, origin: Origin, legal: list[str], actor: str) -> None:
    if perimeter(facts_of(row.pk)) == origin.perimeter:
        return
    if row.establishments != legal:
        row.establishments = legal
        row.save(update_fields=["establishments"])
    Line.objects.create(
        project=row, kind=Kind.PERIMETRE.value, perimeter=list(origin.perimeter), effective_on=origin.opened_on,
        recorded_at=timezone.now(), actor=actor,
    )  # fmt: skip


def _lines(row: Project, bearer: str, told: Sequence[Told]) -> None:
    written = {line.source: line for line in Line.objects.filter(project=row).exclude(source="")}
    wanted = {one.source for one in told}
    for source, line in written.items():
        if source not in wanted and not source.endswith(UNDONE) and source + UNDONE not in written:
            _write(row, bearer, Line(
                kind=Kind.ANNULATION.value, undoes=line, source=source + UNDONE, effective_on=line.effective_on,
                actor=told[-1].actor if told else line.actor, text="Annulé là où la décision a été prise.",
            ))  # fmt: skip
    for one in told:
        if one.source in written:
            continue
        receipt = one.kind is Kind.ENCAISSEMENT
        _write(row, bearer, Line(
            kind=one.kind.value, amount=one.amount, establishment=bearer if receipt else "", year=one.year,
            instalment=one.instalment, text=" ".join(one.text.split())[:500], by_authority=one.by_authority,
            source=one.source, effective_on=one.effective_on, actor=one.actor,
        ))  # fmt: skip


def _write(row: Project, bearer: str, line: Line) -> None:
    line.project, line.recorded_at = row, timezone.now()
    line.save(force_insert=True)
    details = {"projet": row.pk, "reference": row.reference, "source": line.source}
    record(
        scope=system_scope(line.actor, [bearer]), action=f"financement.{line.kind}", establishment=bearer,
        object_type="financement", object_key=str(line.pk), reason=line.text, details=details,
    )  # fmt: skip
