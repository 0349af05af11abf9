"""What the layers above may use of money."""

from archipel.programmes.funding.queries.activity import group_parties, parties
from archipel.programmes.funding.queries.eligible import Eligible, eligible
from archipel.programmes.funding.queries.programme import Programme, programme, programmes
from archipel.programmes.funding.queries.projects import (
    ProjectMoney,
    Totals,
    by_entity,
    by_reference,
    cash_plan,
    project,
    projects,
    totals,
)
from archipel.programmes.funding.queries.runs import RUN_LABELS, RunInfo, RunState, run, runs
from archipel.programmes.funding.rules.caps import ceiling, gain
from archipel.programmes.funding.rules.instalments import payments, split
from archipel.programmes.funding.rules.ledger import CashLine, Position
from archipel.programmes.funding.rules.portfolio.checker import Verdict, check
from archipel.programmes.funding.rules.portfolio.instance import Lock, Whose
from archipel.programmes.funding.services.asking import Changes, Question, ask, ask_again, cancel, instance_of
from archipel.programmes.funding.services.ledger import Entry, may_write, undo, write
from archipel.programmes.funding.services.mirroring import Origin, Told, mirror
from archipel.programmes.funding.services.opening import open_project, set_perimeter
from archipel.programmes.funding.services.running import claim, execute, portfolio_tick
from archipel.programmes.funding.values import KIND_LABELS, Band, Ceiling, Fact, Instalment, Kind, Party, Payment

__all__ = [
    "KIND_LABELS",
    "RUN_LABELS",
    "Band",
    "CashLine",
    "Ceiling",
    "Changes",
    "Eligible",
    "Entry",
    "Fact",
    "Instalment",
    "Kind",
    "Lock",
    "Origin",
    "Party",
    "Payment",
    "Position",
    "Programme",
    "ProjectMoney",
    "Question",
    "RunInfo",
    "RunState",
    "Told",
    "Totals",
    "Verdict",
    "Whose",
    "ask",
    "ask_again",
    "by_entity",
    "by_reference",
    "cancel",
    "cash_plan",
    "ceiling",
    "check",
    "claim",
    "eligible",
    "execute",
    "gain",
    "group_parties",
    "instance_of",
    "may_write",
    "mirror",
    "open_project",
    "parties",
    "payments",
    "portfolio_tick",
    "programme",
    "programmes",
    "project",
    "projects",
    "run",
    "runs",
    "set_perimeter",
    "split",
    "totals",
    "undo",
    "write",
]
