"""A dossier as a whole: where it stands, what is complete, what is due, what may be done next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from archipel.foundation.scope import Capability, Scope
from archipel.programmes.dossiers.models import Dossier
from archipel.programmes.dossiers.queries import store, templates
from archipel.programmes.dossiers.queries.neighbours import cap_of, eligibility_of, group_members
from archipel.programmes.dossiers.rules.completeness import completeness, share_done
from archipel.programmes.dossiers.rules.deadlines import Deadline, deadlines
from archipel.programmes.dossiers.rules.lifecycle import Fact, Life, fold, possible
from archipel.programmes.dossiers.rules.selection import criteria
from archipel.programmes.dossiers.values.checks import Check
from archipel.programmes.dossiers.values.situation import Eligibility, Situation
from archipel.programmes.dossiers.values.states import ACTS, LABELS, WRITABLE, Act, Side, Status


@dataclass(frozen=True, slots=True)
class Line:
    """A dossier in a list."""

    number: int
    title: str
    programme: str
    version: str
    theme: str
    status: Status
    bearer_finess: str
    bearer_ej: str
    ght: str
    region: str
    deposited: bool
    granted: Decimal | None
    paid: Decimal
    created_at: datetime
    updated_at: datetime

    @property
    def label(self) -> str:
        """The state in words."""
        return LABELS[self.status]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the account may do on the dossier now."""

    write: bool
    """Write rubrics and perimeter: the right, and a state that allows it."""
    manage: bool
    """Writes for the lead, whatever the state."""
    internal: bool
    """Reads the writing itself: versions, comments, drafts."""
    agency: bool
    """Instructs it for the regional agency."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page of a dossier shows."""

    line: Line
    life: Life
    situation: Situation
    checks: tuple[Check, ...]
    criteria: tuple[Check, ...]
    deadlines: tuple[Deadline, ...]
    acts: tuple[Act, ...]
    undo: Act | None
    rights: Rights
    history: tuple[Fact, ...]

    @property
    def done(self) -> int:
        """Percentage of rubrics that are complete."""
        return share_done(self.checks)


def line_of(row: Dossier) -> Line:
    """The row as a list shows it."""
    return Line(
        row.pk, row.title, row.programme, row.pack_version, row.theme, Status(row.status), row.bearer_finess,
        row.bearer_ej, row.ght, row.region, row.deposited, row.granted, row.paid, row.created_at, row.updated_at,
    )  # fmt: skip


def situation_of(row: Dossier, scope: Scope | None = None) -> Situation:
    """All that the checks look at, gathered; the rules of eligibility are asked only for a scope, whose facts are read.

    They are asked as of today while the dossier is being written, as of its deposit afterwards.
    """
    made = templates.of(row)
    parties = store.parties(row.pk)
    ledger = store.facts(row.pk)
    life = fold(ledger)
    return Situation(
        template=made,
        contents=store.contents(row.pk),
        parties=parties,
        pieces=store.piece_counts(row.pk, ledger),
        eligibility=eligibility_of(scope, row, _day(life)) if scope is not None else Eligibility(),
        cap=cap_of(row.programme, row.pack_version, parties),
        validated=life.last("valider") is not None,
        open_forks=store.open_forks(row.pk),
        others=store.elsewhere(row.pk, row.programme, [party.finess for party in parties]),
    )


def _day(life: Life) -> date:
    """When eligibility counts: at the deposit, today before it."""
    deposit = life.last("deposer")
    return timezone.localtime(deposit.effective_at).date() if deposit is not None else timezone.localdate()


def rights_of(scope: Scope, row: Dossier) -> Rights:
    """What the account may do on the dossier."""
    manage = scope.may(Capability.GERER_PROGRAMMES, row.bearer_ej)
    agreed = {party.ej for party in store.parties(row.pk) if party.agreed}
    writes = manage or any(scope.may(Capability.GERER_PROGRAMMES, ej) for ej in agreed)
    return Rights(
        write=writes and Status(row.status) in WRITABLE,
        manage=manage,
        internal=bool(scope.drafts & set(row.establishments)),
        agency=row.deposited and row.bearer_ej in scope.instructed,
    )


def overview(*, scope: Scope, dossier: int, today: date) -> Overview:
    """The whole dossier, as the account may see it.

    Raises:
        Denied, NotFound: no right on programmes, or no such dossier in the scope.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    row = store.row(dossier)
    life = store.life(row.pk)
    situation = situation_of(row, scope)
    rights = rights_of(scope, row)
    group = group_members(row.ght)
    undoable = life.undoable
    undo = ACTS[undoable.code] if undoable is not None else None
    return Overview(
        line=line_of(row),
        life=life,
        situation=situation,
        checks=completeness(situation),
        criteria=criteria(situation),
        deadlines=deadlines(situation.template, life.status, today),
        acts=tuple(one for one in possible(life, needs_ght=situation.needs_ght) if _holds(scope, row, one.side, group)),
        undo=undo if undo is not None and _holds(scope, row, undo.side, group) else None,
        rights=rights,
        history=tuple(reversed(_history(row, rights))),
    )


def _history(row: Dossier, rights: Rights) -> list[Fact]:
    """The ledger; for the agency, from the last deposit on."""
    facts = store.facts(row.pk)
    if rights.internal:
        return facts
    start = max((n for n, fact in enumerate(facts) if fact.code == "deposer"), default=len(facts))
    return facts[start:]


def _holds(scope: Scope, row: Dossier, side: Side, group: frozenset[str]) -> bool:
    if side is Side.ETABLISSEMENT:
        return scope.may(Capability.GERER_PROGRAMMES, row.bearer_ej)
    if side is Side.ARS:
        return scope.may(Capability.INSTRUIRE_PROGRAMMES, row.bearer_ej)
    return all(scope.may(Capability.VALIDER_PROGRAMMES, ej) for ej in {*group, row.bearer_ej})
