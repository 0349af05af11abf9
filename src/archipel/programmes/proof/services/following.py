"""Keeping the statuses: a line is written when a requirement changes, so that a trend can be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.kernel.indicators import Indicator
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models
from archipel.programmes.proof.queries import entries, readings
from archipel.programmes.proof.queries.statuses import RequirementStatus, status_of, statuses
from archipel.programmes.proof.values import Requirement, Subject

REASON_LIMIT = 500


def follow(*, scope: Scope, pack: Pack, asked: Requirement, subject: Subject) -> bool:
    """Compute one requirement again, and write the change if there is one."""
    now = clock.now()
    ledger = entries.ledger(pack.pack, [subject], asked.path)
    found: Mapping[tuple[str, Subject], Indicator] = readings.latest([subject], at=now, known_at=now)
    one = status_of(asked, subject, ledger.get((subject, asked.path), ()), found, at=now, known_at=now, within=False)
    return bool(write_changes([one]))


def follow_all(*, scope: Scope, pack: Pack, subject: Subject) -> int:
    """Compute every requirement of a pack for a subject, and write what changed; returns how many."""
    own = [one for one in statuses(scope=scope, pack=pack, subject=subject) if one.subject == subject]
    return write_changes(own)


def write_changes(found: Iterable[RequirementStatus]) -> int:
    """Write the statuses that are not those written last at their moment (the same for all); returns how many.

    The words are those that may be read outside of the establishment.
    """
    asked = list(found)
    if not asked:
        return 0
    known = {
        (row.pack, row.level, row.subject, row.requirement): (row.version, row.status, row.reason)
        for row in models.Change.objects.filter(
            pack__in={one.requirement.pack for one in asked},
            subject__in={one.subject.code for one in asked},
            at__lte=max(one.at for one in asked),
        )
        .order_by("pack", "level", "subject", "requirement", "-at", "-id")
        .distinct("pack", "level", "subject", "requirement")
    }
    fresh = []
    for one in asked:
        key = (one.requirement.pack, one.subject.level.value, one.subject.code, one.requirement.path)
        reason = one.finding.reasons[0][:REASON_LIMIT]
        if known.get(key) == (one.requirement.version, one.status.value, reason):
            continue
        value = one.measure.value if one.measure else None
        fresh.append(
            models.Change(
                establishments=list(one.subject.establishments), level=key[1], subject=key[2], pack=key[0],
                version=one.requirement.version, requirement=key[3], at=one.at, recorded_at=clock.now(),
                status=one.status.value, reason=reason, value=value,
            )
        )  # fmt: skip
    models.Change.objects.bulk_create(fresh)
    return len(fresh)
