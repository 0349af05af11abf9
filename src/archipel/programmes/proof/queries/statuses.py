"""Where the requirements stand, for a subject, at any moment and as known at any moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.kernel.indicators import Indicator, Measure, hide_small_groups
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import registry
from archipel.programmes.proof.queries import entries, readings
from archipel.programmes.proof.queries.packs import followed
from archipel.programmes.proof.queries.requirements import requirements
from archipel.programmes.proof.queries.subjects import may_see, own_places, targets
from archipel.programmes.proof.rules.ledger import binding_at, standing
from archipel.programmes.proof.rules.status import assess
from archipel.programmes.proof.values import Binding, Entry, Finding, Level, Nature, Requirement, Status, Subject

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class RequirementStatus:
    """A requirement, for a subject, at a moment."""

    requirement: Requirement
    subject: Subject
    binding: Binding
    """In force at the moment: the pack's, or a local one."""
    finding: Finding
    reading: Indicator | None
    """The metric that the binding names, as the account may read it."""
    entries: tuple[Entry, ...]
    """What stands of the ledger."""
    at: datetime
    known_at: datetime

    @property
    def status(self) -> Status:
        """Where it stands."""
        return self.finding.status

    @property
    def measure(self) -> Measure | None:
        """The measure that the binding looks at."""
        return self.reading.measure(self.binding.measure) if self.reading else None


def status_of(
    requirement: Requirement,
    subject: Subject,
    ledger: Sequence[Entry],
    found: Mapping[tuple[str, Subject], Indicator],
    *,
    at: datetime,
    known_at: datetime,
    within: bool,
) -> RequirementStatus:
    """One requirement for one subject, from what was read.

    Args:
        requirement: as its pack states it.
        subject: whom it is looked at for.
        ledger: its entries, in any order, those taken back included.
        found: the readings known, by metric and subject.
        at: the moment.
        known_at: what was recorded later is left aside.
        within: whether the reader belongs to the establishment: small groups are shown.
    """
    stands = standing(ledger, known_at)
    binding = binding_at(requirement.binding, stands, at.astimezone(PARIS).date())
    metric = registry.known(binding.metric) if binding.nature is Nature.METRIQUE else None
    reading = found.get((metric.id, subject)) if metric else None
    told = reading if reading is None or within else hide_small_groups(reading)
    finding = assess(binding, stands, reading, at, stale_days=metric.stale_days if metric else None, told=told)
    return RequirementStatus(requirement, subject, binding, finding, told, stands, at, known_at)


def statuses(
    *,
    scope: Scope,
    pack: Pack,
    subject: Subject,
    at: datetime | None = None,
    known_at: datetime | None = None,
    measured: Mapping[tuple[str, Subject], Indicator] | None = None,
    outside: bool = False,
) -> tuple[RequirementStatus, ...]:
    """Every requirement of a pack for a subject: each at its own level (members of a GHT, EJ of a site …).

    Args:
        scope: who asks; what it does not see is left out.
        pack: the version of the pack.
        subject: a GHT, an establishment or one of its parts.
        at: the moment, now by default.
        known_at: as known then, now by default.
        measured: readings to use rather than the last ones kept.
        outside: for readers outside of the establishments, whoever asks: small groups are hidden.
    """
    now = clock.now()
    moment, known = at or now, known_at or now
    day = moment.astimezone(PARIS).date()
    asked = followed_for(scope, pack, subject, day)
    whoms = {whom for _, whom in asked}
    ledger = entries.ledger(pack.pack, whoms)
    found = readings.latest(whoms, at=moment, known_at=known) if measured is None else measured
    own = frozenset[str]() if outside else own_places(scope)
    within = {whom: set(whom.establishments) <= own for whom in whoms}
    return tuple(
        status_of(
            requirement, whom, ledger.get((whom, requirement.path), ()), found, at=moment, known_at=known,
            within=within[whom],
        )
        for requirement, whom in asked
    )  # fmt: skip


def followed_for(scope: Scope, pack: Pack, subject: Subject, day: date) -> list[tuple[Requirement, Subject]]:
    """Every requirement of a pack with whom it is looked at for, in the order of the pack, as far as it is seen."""
    whoms: dict[Level | None, tuple[Subject, ...]] = {}
    for one in requirements(pack):
        if one.level not in whoms:
            whoms[one.level] = tuple(whom for whom in targets(one.level, subject, day) if may_see(scope, whom))
    return [(one, whom) for one in requirements(pack) for whom in whoms[one.level]]


def count(found: Iterable[RequirementStatus]) -> dict[Status, int]:
    """How many requirements at each status, every status named."""
    counted = Counter(one.status for one in found)
    return {status: counted[status] for status in Status}


@dataclass(frozen=True, slots=True)
class PackStatuses:
    """The requirements of a pack for a subject, counted."""

    pack: Pack
    subject: Subject
    found: tuple[RequirementStatus, ...]
    counts: Mapping[Status, int]

    @property
    def total(self) -> int:
        """How many requirements."""
        return len(self.found)


def all_statuses(
    *, scope: Scope, subject: Subject, at: datetime | None = None, known_at: datetime | None = None
) -> tuple[PackStatuses, ...]:
    """:func:`statuses` of every pack in force, counted."""
    moment = at or clock.now()
    result = []
    for pack in followed(moment.astimezone(PARIS).date()):
        found = statuses(scope=scope, pack=pack, subject=subject, at=at, known_at=known_at)
        result.append(PackStatuses(pack, subject, found, count(found)))
    return tuple(result)
