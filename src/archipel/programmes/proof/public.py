"""What the other rooms may use of proof."""

from __future__ import annotations

from datetime import datetime, timedelta

from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.kernel.indicators import Indicator
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof.archive.signing import PublicKey, read_public
from archipel.programmes.proof.archive.verify import Fault, Verification, verify
from archipel.programmes.proof.queries import packs as _packs
from archipel.programmes.proof.queries import readings as _readings
from archipel.programmes.proof.queries.archives import ArchiveLine, FreezingLine, archives, freezing
from archipel.programmes.proof.queries.evidence import HeldPiece, held_pieces
from archipel.programmes.proof.queries.requirements import requirement as _requirement
from archipel.programmes.proof.queries.requirements import requirements
from archipel.programmes.proof.queries.statuses import PackStatuses, RequirementStatus, count
from archipel.programmes.proof.queries.statuses import statuses as _statuses
from archipel.programmes.proof.queries.subjects import require_seen
from archipel.programmes.proof.queries.subjects import subject as subject_of
from archipel.programmes.proof.registry import metric, metrics, register_metric
from archipel.programmes.proof.registry import metric as _metric
from archipel.programmes.proof.rules.files import EXTENSIONS, MEDIAS, Media, check_file
from archipel.programmes.proof.services.deposits import bind, declare, deposit_piece, record_decision
from archipel.programmes.proof.services.freezing import Frozen, Progress
from archipel.programmes.proof.services.freezing import freeze as _freeze
from archipel.programmes.proof.services.jobs import ask as _ask
from archipel.programmes.proof.services.jobs import freezing_tick
from archipel.programmes.proof.services.keys import PublishedKey, published
from archipel.programmes.proof.services.past import rebuild
from archipel.programmes.proof.services.readings import told as _told
from archipel.programmes.proof.services.readings import value as _value
from archipel.programmes.proof.services.rounds import round_tick
from archipel.programmes.proof.services.rounds import run as run_round
from archipel.programmes.proof.values import (
    STATUS_LABELS,
    Binding,
    Comparison,
    Condition,
    Finding,
    Level,
    Nature,
    Requirement,
    Status,
    Subject,
)
from archipel.programmes.proof.values.metric import Metric, Past

__all__ = [
    "EXTENSIONS",
    "MEDIAS",
    "STATUS_LABELS",
    "ArchiveLine",
    "Binding",
    "Comparison",
    "Condition",
    "Fault",
    "Finding",
    "FreezingLine",
    "Frozen",
    "HeldPiece",
    "Indicator",
    "Level",
    "Media",
    "Metric",
    "Nature",
    "PackStatuses",
    "Past",
    "PublicKey",
    "PublishedKey",
    "Requirement",
    "RequirementStatus",
    "Status",
    "Subject",
    "Verification",
    "archives",
    "ask_freeze",
    "bind",
    "check_file",
    "count",
    "current_pack",
    "declare",
    "deposit_piece",
    "freeze",
    "freezing",
    "freezing_tick",
    "held_pieces",
    "metric",
    "metrics",
    "published",
    "read_public",
    "readings",
    "rebuild",
    "record_decision",
    "register_metric",
    "requirement_status",
    "requirements",
    "round_tick",
    "run_round",
    "statuses",
    "subject_of",
    "value",
    "verify",
]


def value(
    *, scope: Scope, metric: str, subject: str, at: datetime | None = None, known_at: datetime | None = None
) -> Indicator | None:
    """What a live metric says of a subject (FINESS, or code of a GHT) at a moment; None when it was not kept.

    Counts under 11 patients are hidden outside of the establishment.

    Raises:
        NotFound: no such metric or subject. Denied: the programmes of an establishment are not visible.
        Invalid: the metric says nothing at that level.
    """
    return _value(scope=scope, metric=metric, subject=subject_of(subject), at=at, known_at=known_at)


def statuses(
    *, scope: Scope, subject: str, pack: str = "", version: str = "", at: datetime | None = None
) -> tuple[RequirementStatus, ...]:
    """Where the requirements stand for a subject, from the readings kept (no metric is computed here).

    Args:
        scope: what it does not see is left out.
        subject: FINESS, or code of a GHT: each requirement is looked at at its own level.
        pack: only this one; every pack in force by default.
        version: of the pack; the one in force by default.
        at: the moment, now by default.

    Raises:
        NotFound: no such subject, pack or version.
    """
    seen = subject_of(subject)
    day = clock.day_of(at or clock.now())
    chosen = (_packs.pack(pack, version, day),) if pack else _packs.followed(day)
    return tuple(one for each in chosen for one in _statuses(scope=scope, pack=each, subject=seen, at=at))


def requirement_status(
    *, scope: Scope, pack: str, path: str, subject: str, at: datetime | None = None, version: str = ""
) -> tuple[RequirementStatus, ...]:
    """One requirement for a subject: one line by entity of its level (the members of a GHT).

    Raises:
        NotFound: no such requirement, pack or subject.
    """
    _requirement(_packs.pack(pack, version, clock.day_of(at or clock.now())), path)
    found = statuses(scope=scope, subject=subject, pack=pack, version=version, at=at)
    return tuple(one for one in found if one.requirement.path == path)


def freeze(
    *,
    scope: Scope,
    pack: str,
    subject: str,
    version: str = "",
    at: datetime | None = None,
    known_at: datetime | None = None,
    progress: Progress = lambda done, total, what: None,
) -> Frozen:
    """Freeze the requirements of a pack in a signed archive, and write it in the register.

    Raises:
        Denied, Invalid, NotFound, Upstream: see :func:`archipel.programmes.proof.services.freezing.freeze`.
    """
    day = clock.day_of(at or clock.now())
    chosen, seen = _packs.pack(pack, version, day), subject_of(subject, at=day)
    return _freeze(scope=scope, pack=chosen, subject=seen, at=at, known_at=known_at, progress=progress)


def ask_freeze(
    *,
    scope: Scope,
    pack: str,
    subject: str,
    version: str = "",
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> int:
    """Ask for an archive, that the worker makes; returns the number of the request (see :func:`freezing`).

    Raises:
        Denied, Invalid, NotFound: as :func:`freeze`.
    """
    day = clock.day_of(at or clock.now())
    chosen, seen = _packs.pack(pack, version, day), require_seen(scope, subject_of(subject, at=day))
    return _ask(scope=scope, pack=chosen, subject=seen, at=at, known_at=known_at)


def readings(*, scope: Scope, metric: str, subject: str) -> tuple[tuple[Subject, Indicator], ...]:
    """The readings kept of a metric over a year for a subject, the newest first; small groups hidden.

    Raises:
        NotFound: no such metric or subject, or not seen.
    """
    known, seen = _metric(metric), require_seen(scope, subject_of(subject))
    now = clock.now()
    found = _readings.history(known.id, seen, since=now - timedelta(days=366), until=now)
    return tuple((seen, _told(scope, seen, one)) for one in reversed(found))


def current_pack(pack: str, at: datetime | None = None) -> Pack:
    """The version of a pack whose requirements are followed at a moment.

    Raises:
        NotFound: no such pack.
    """
    return _packs.pack(pack, "", clock.day_of(at or clock.now()))
