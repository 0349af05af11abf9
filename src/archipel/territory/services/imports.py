"""Dry runs and proposals: nothing a file or a message says is published before somebody accepted what it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.territory import models
from archipel.territory.impact import ImpactLine, Probe, impact_of
from archipel.territory.queries.timelines import structure
from archipel.territory.reference import ghts
from archipel.territory.rules.plan import plan
from archipel.territory.services.publication import Publication, digest, publish
from archipel.territory.services.statements import dump, dump_problems, load, load_problems
from archipel.territory.values import Key, Kind, Plan, Problem, Severity, Statement


@dataclass(frozen=True, slots=True)
class DryRun:
    """What publication would do: shown whole before it is accepted. ``digest`` names exactly this."""

    plan: Plan
    problems: tuple[Problem, ...]
    impact: tuple[ImpactLine, ...]
    digest: str

    @property
    def blocking(self) -> int:
        """How many problems forbid publication."""
        return sum(problem.blocking for problem in self.problems)

    @property
    def publishable(self) -> bool:
        """Whether there is something to publish and nothing that forbids it."""
        return not self.blocking and bool(self.plan.changes)

    @property
    def totals(self) -> dict[str, int]:
        """Entities by what happens to them."""
        counted = Counter(line.action.value for line in self.plan.diff)
        return {**counted, "inchangé": self.plan.unchanged}

    def report(self) -> dict[str, Any]:
        """The whole as JSON values, for a file."""
        return {
            "empreinte": self.digest,
            "publiable": self.publishable,
            "totaux": self.totals,
            "differences": [
                {
                    "action": line.action.value, "type": line.key.kind.value, "etablissement": line.key.establishment,
                    "code": line.key.code, "libelle": line.name, "depuis": line.since.isoformat(),
                    "ligne": line.place.line,
                    "champs": [{"champ": f.field, "avant": f.before, "apres": f.after} for f in line.fields],
                }
                for line in self.plan.diff
            ],
            "impact": [
                {"entite": str(line.key), "quoi": line.what, "nombre": line.count} for line in self.impact
            ],
            "problemes": dump_problems(self.problems),
        }  # fmt: skip


def dry_run(
    *,
    statements: Sequence[Statement],
    effective_on: date,
    problems: Sequence[Problem] = (),
    complete: bool = False,
    impact_probe: Probe | None = None,
) -> DryRun:
    """What the statements would change, whom that touches, and what is wrong. Writes nothing.

    Args:
        statements: what a file or a message says.
        effective_on: from when, where a statement has no date.
        problems: those found while reading.
        complete: what is not named closes.
        impact_probe: asked instead of the registered ones.
    """
    concerned = {statement.key.establishment for statement in statements}
    known = structure(concerned)
    made = plan(statements, known.timelines, known.provisional, effective_on, complete=complete)
    everything = (*problems, *made.problems, *_owners(statements))
    return DryRun(made, everything, tuple(impact_of(made.closing, impact_probe)), digest(made.changes, known))


def _reference_owners() -> Mapping[str, str]:
    """FINESS EG → FINESS EJ of the reference data; nothing where they are not installed."""
    try:
        return {eg.finess.value: eg.finess_ej.value for group in ghts() for eg in group.egs}
    except NotFound:
        return {}


def _owners(statements: Sequence[Statement]) -> list[Problem]:
    """Sites that belong to another legal entity, in our structure or in the reference data."""
    said = {s.key: s for s in statements if s.key.kind is Kind.EG}
    if not said:
        return []
    codes = {key.code for key in said}
    ours: dict[str, set[str]] = {}
    for code, owner in models.Entity.objects.filter(kind=Kind.EG.value, code__in=codes).values_list(
        "code", "establishment"
    ):
        ours.setdefault(code, set()).add(owner)
    legal = set(models.Entity.objects.filter(kind=Kind.EJ.value, code__in=codes).values_list("code", flat=True))
    reference = _reference_owners()
    problems = []
    for key, statement in said.items():
        others = ours.get(key.code, set()) - {key.establishment}
        official = reference.get(key.code)
        if key.code in legal:
            problems.append(_owner(key, statement, "est celui d'une entité juridique", Severity.BLOQUANT, ""))
        elif others and key.establishment not in ours[key.code]:
            owner = ", ".join(sorted(others))
            why = f"est déjà celui d'un site de l'entité juridique {owner}"
            problems.append(_owner(key, statement, why, Severity.BLOQUANT, owner))
        elif official and official != key.establishment:
            why = f"appartient à l'entité juridique {official} dans les données de référence"
            problems.append(_owner(key, statement, why, Severity.AVERTISSEMENT, official))
    return problems


def _owner(key: Key, statement: Statement, why: str, severity: Severity, owner: str) -> Problem:
    expected = f"un site de {key.establishment}" + (f", ou etablissement = {owner}" if owner else "")
    message = f"Le FINESS {key.code} {why}, pas un site de {key.establishment}."
    return Problem("finess-autre-ej", message, severity, statement.place, "etablissement", key.establishment, expected)


@dataclass(frozen=True, slots=True)
class ProposalInfo:
    """A proposal in a list."""

    id: int
    kind: str
    name: str
    created_at: datetime
    actor: str
    establishment: str
    effective_on: date
    complete: bool
    status: str
    reason: str
    statements: int
    problems: int
    publication: int | None


def _info(row: models.Proposal) -> ProposalInfo:
    return ProposalInfo(
        row.pk, row.kind, row.name, row.created_at, row.actor, row.establishment, row.effective_on, row.complete,
        row.status, row.reason, len(row.statements), len(row.problems), row.publication_id,
    )  # fmt: skip


def propose(
    *,
    scope: Scope,
    kind: str,
    name: str,
    raw: bytes,
    statements: Sequence[Statement],
    problems: Sequence[Problem],
    effective_on: date,
    complete: bool = False,
) -> ProposalInfo:
    """Keep what was read until somebody accepts or rejects it.

    Args:
        kind: ``ficom`` or ``mfn``.
        name: file name or control id.
        raw: what arrived, as it was.

    Raises:
        Denied: the account manages the structure of no establishment.
    """
    scope.require(Capability.GERER_STRUCTURE)
    places = {statement.key.establishment for statement in statements}
    row = models.Proposal.objects.create(
        kind=kind, name=name, created_at=timezone.now(), actor=scope.actor, effective_on=effective_on,
        establishment=places.pop() if len(places) == 1 else "", complete=complete, raw=raw,
        statements=dump(statements), problems=dump_problems(problems),
    )  # fmt: skip
    record(
        scope=scope, action="structure.proposer", establishment=row.establishment, object_type="proposition",
        object_key=str(row.pk), details={"source": kind, "entites": len(statements)},
    )  # fmt: skip
    return _info(row)


def _row(scope: Scope, proposal: int, *, locked: bool = False) -> models.Proposal:
    scope.require(Capability.GERER_STRUCTURE)
    rows = models.Proposal.objects.select_for_update() if locked else models.Proposal.objects.all()
    found = rows.filter(pk=proposal).first()
    if found is None:
        raise NotFound(f"La proposition n° {proposal} n'existe pas.", code="proposition-inconnue")
    return found


def proposals(
    *, scope: Scope, status: str | None = models.Proposal.WAITING, kind: str | None = None
) -> list[ProposalInfo]:
    """The proposals, the latest first."""
    scope.require(Capability.GERER_STRUCTURE)
    rows = models.Proposal.objects.order_by("-id").defer("raw")
    if status is not None:
        rows = rows.filter(status=status)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return [_info(row) for row in rows[:200]]


def examine(*, scope: Scope, proposal: int) -> tuple[ProposalInfo, DryRun]:
    """A proposal, and what publishing it now would do."""
    row = _row(scope, proposal)
    return _info(row), _examined(row)


def _examined(row: models.Proposal) -> DryRun:
    return dry_run(
        statements=load(row.statements),
        problems=load_problems(row.problems),
        effective_on=row.effective_on,
        complete=row.complete,
    )


def publish_proposal(*, scope: Scope, proposal: int, expected: str, reason: str) -> Publication:
    """Publish a proposal whose dry run was accepted.

    Args:
        expected: the digest of the dry run that was shown.
        reason: why; asked for, kept with the publication.

    Raises:
        Conflict: already decided, or the structure changed since the dry run.
        Invalid: no reason, a blocking problem, or nothing to publish.
    """
    if not reason.strip():
        raise Invalid("Dites pourquoi vous publiez : le motif reste avec l'historique.", code="motif-absent")
    with transaction.atomic():
        row = _row(scope, proposal, locked=True)
        if row.status != row.WAITING:
            raise Conflict(f"La proposition n° {proposal} est déjà décidée ({row.status}).", code="proposition-decidee")
        run = _examined(row)
        if run.digest != expected:
            raise Conflict("La structure a changé depuis l'essai à blanc : relisez-le avant de publier.",
                           code="structure-changee")  # fmt: skip
        if run.blocking:
            first = next(problem for problem in run.problems if problem.blocking)
            raise Invalid(f"{run.blocking} problème(s) bloquant(s). {first.message}", code="essai-bloquant")
        if not run.plan.changes:
            raise Invalid("Rien à publier : la structure dit déjà cela.", code="rien-a-publier")
        done = publish(
            scope=scope, changes=run.plan.changes, source=f"{row.kind}:{row.name}", effective_on=row.effective_on,
            reason=reason, expected=expected,
        )  # fmt: skip
        row.status, row.publication_id = row.PUBLISHED, done.id
        row.decided_at, row.decided_by, row.reason = done.at, scope.actor, reason
        row.save(update_fields=["status", "publication", "decided_at", "decided_by", "reason"])
    return done


def reject_proposal(*, scope: Scope, proposal: int, reason: str) -> None:
    """Set a proposal aside; it is kept.

    Raises:
        Denied: the account may not change one of the establishments that it names.
        Conflict: already decided.
        Invalid: no reason.
    """
    if not reason.strip():
        raise Invalid("Dites pourquoi vous écartez cette proposition.", code="motif-absent")
    with transaction.atomic():
        row = _row(scope, proposal, locked=True)
        for place in {item["key"][1] for item in row.statements}:
            scope.require(Capability.GERER_STRUCTURE, place or "*")
        if row.status != row.WAITING:
            raise Conflict(f"La proposition n° {proposal} est déjà décidée ({row.status}).", code="proposition-decidee")
        row.status, row.decided_at, row.decided_by, row.reason = row.REJECTED, timezone.now(), scope.actor, reason
        row.save(update_fields=["status", "decided_at", "decided_by", "reason"])
        record(scope=scope, action="structure.ecarter", establishment=row.establishment, object_type="proposition",
               object_key=str(row.pk), reason=reason)  # fmt: skip
