"""Tension: computed by the worker, and what a person says of it. Each change is a line of the journal, told at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from archipel.domains.flow.models import TensionFact as FactRow
from archipel.domains.flow.models import TensionReading
from archipel.domains.flow.queries.tension import SiteSignals, Subject, TensionLevel, site_signals, subjects
from archipel.domains.flow.queries.tension import tension_levels as levels
from archipel.domains.flow.queries.tension_config import TensionConfig, tension_config
from archipel.domains.flow.rules.tension import group_level, kept_level, site_level
from archipel.domains.flow.services.passage_days import count_recent_days
from archipel.domains.flow.values.tension import LEVEL_LABELS, SIGNAL_LABELS, Level, TensionFactKind
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.territory import public as territory

log = logging.getLogger(__name__)
TOPIC = "flow.tension"
REASON_MIN, REASON_MAX = 5, 300
LONGEST = timedelta(days=7)
"""A declaration lasts this long at the most: it is then to be said again."""
_LOCK = 7209_001
_LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class TensionAct:
    """What was said, and a French sentence."""

    subject: str
    fact: int
    message: str


# --- computing ----------------------------------------------------------------------------------------

_looked_at = 0.0


def tension_tick() -> None:
    """Compute when it is time; called about once a second by the worker, several workers share the work."""
    global _looked_at
    if time.monotonic() - _looked_at < _LOOK_SECONDS:
        return
    _looked_at = time.monotonic()
    compute_tension()


def compute_tension(*, force: bool = False) -> int:
    """Count the past days, read the indicators, write what changed; returns how many lines the journal gained.

    Nothing is done when another worker is at it, or when the last computation is recent enough (unless ``force``).
    """
    scope, config, now = _everywhere(), tension_config(), clock.now()
    with in_scope(scope):
        if not _first(now, config, force):
            return 0
        count_recent_days(now)
        recent = now - timedelta(minutes=config.fall_minutes)
        kept: dict[str, Level] = {}
        written = 0
        current = {level.subject: level for level in levels(scope=scope, at=now)}
        for signals in site_signals(scope=scope, at=now):
            raw = site_level(signals.readings, config.needed)
            kept[signals.site] = level = kept_level(raw, _recent(signals.site, recent))
            _read(signals, raw, level, now)
            written += _changed(current.get(f"site:{signals.site}"), level, now, _why(signals, level))
        for subject in subjects():
            if subject.kind == "ght":
                own = {code: kept[code] for code in _sites_of(subject) if code in kept}
                level = group_level(list(own.values()), config.sites_minimum)
                names = {"sites": {code: int(one) for code, one in sorted(own.items()) if one}}
                written += _changed(current.get(subject.key), level, now, names)
        if written:
            publish(TOPIC, {"sites": sorted(kept)})
        return written


def _everywhere() -> Scope:
    with in_scope(system_scope("tension", [])):
        return system_scope("tension", [place.code for place in territory.establishments()])


def _first(now: datetime, config: TensionConfig, force: bool) -> bool:
    """Whether this worker is the one to compute, now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (mine,) = cursor.fetchone() or (False,)
    if not mine:
        return False
    if force:
        return True
    due = now - timedelta(minutes=config.every_minutes)
    return not TensionReading.objects.filter(at__gt=due, at__lte=now).exists()


def _recent(site: str, since: datetime) -> list[Level]:
    rows = TensionReading.objects.filter(site=site, at__gte=since).values_list("raw", flat=True)
    return [Level(raw) for raw in rows]


def _read(signals: SiteSignals, raw: Level, level: Level, now: datetime) -> None:
    TensionReading.objects.create(
        establishment=signals.establishment,
        site=signals.site,
        at=now,
        raw=raw,
        level=level,
        indicators=[
            {"indicateur": one.signal.value, "valeur": one.value, "niveau": int(one.level), "seuils": list(one.bounds)}
            for one in signals.readings
        ],
    )


def _why(signals: SiteSignals, level: Level) -> dict[str, object]:
    """The indicators that reach the level, or those read when it is normal."""
    kept = [one for one in signals.readings if one.value is not None and one.level >= max(level, Level.VIGILANCE)]
    return {
        "indicateurs": [
            {"indicateur": one.signal.value, "nom": SIGNAL_LABELS[one.signal][0], "unite": SIGNAL_LABELS[one.signal][1],
             "valeur": round(one.value or 0, 1), "niveau": int(one.level)}
            for one in kept
        ]
    }  # fmt: skip


def _changed(current: TensionLevel | None, level: Level, now: datetime, details: Mapping[str, object]) -> int:
    """Write a change of the computed level; the first one is written even when it is normal."""
    if current is None or current.computed == level:
        return 0
    FactRow.objects.create(
        establishment=current.establishment,
        subject=current.subject,
        kind=TensionFactKind.CALCUL.value,
        level=level,
        effective_at=now,
        recorded_at=now,
        actor="système:tension",
        details=dict(details),
    )
    return 1


def _sites_of(ght: Subject) -> Iterable[str]:
    return [one.code for one in subjects() if one.kind == "site" and one.ght == ght.ght]


# --- what a person says -------------------------------------------------------------------------------


def declare_tension(
    *, scope: Scope, subject: str, level: Level, reason: str, until: datetime | None = None
) -> TensionAct:
    """Say that a site or a group is at least at this level, until a moment (a week at the most) or until lifted.

    Raises:
        Denied: without ``tension.declarer`` for the establishment.
        NotFound: no such site or group.
        Invalid: no reason, a normal level, an end that is past or too far.
        Conflict: the same is already declared.
    """
    if level is Level.NORMAL:
        raise Invalid("Pour dire qu'il n'y a plus de tension, levez-la.", code="tension-niveau", field="niveau")
    now = clock.now()
    end = until or now + LONGEST
    if not now < end <= now + LONGEST + timedelta(minutes=1):
        raise Invalid("La fin doit être à venir, dans 7 jours au plus.", code="tension-fin", field="fin")
    with in_scope(scope):
        current = _acting(scope, subject)
        declared = current.standing.declared
        if declared is not None and declared.level == level and until is None:
            raise Conflict(f"« {LEVEL_LABELS[level]} » est déjà déclaré ici.", code="deja-dit")
        message = f"{LEVEL_LABELS[level]} déclarée pour {current.name}."
        return _say(scope, current, TensionFactKind.DECLARATION, level, reason, message, end)


def confirm_tension(*, scope: Scope, subject: str, reason: str) -> TensionAct:
    """Say that the computed level is right. Raises as :func:`declare_tension`; Conflict when there is none."""
    with in_scope(scope):
        current = _acting(scope, subject)
        if current.level is Level.NORMAL or current.computed is None:
            raise Conflict("Aucune tension n'est en cours ici : rien à confirmer.", code="rien-a-confirmer")
        if current.standing.confirmed is not None:
            raise Conflict("Ce niveau est déjà confirmé.", code="deja-dit")
        message = f"{LEVEL_LABELS[current.level]} confirmée pour {current.name}."
        return _say(scope, current, TensionFactKind.CONFIRMATION, current.level, reason, message)


def lift_tension(*, scope: Scope, subject: str, reason: str) -> TensionAct:
    """Say that there is no tension any more: what was declared ends, the computed level is put aside until it rises.

    Raises as :func:`declare_tension`; Conflict when there is none.
    """
    with in_scope(scope):
        current = _acting(scope, subject)
        if current.level is Level.NORMAL:
            raise Conflict("Aucune tension n'est en cours ici : rien à lever.", code="rien-a-lever")
        message = f"Tension levée pour {current.name}."
        return _say(scope, current, TensionFactKind.LEVEE, Level.NORMAL, reason, message)


def _acting(scope: Scope, subject: str) -> TensionLevel:
    """The subject with its present level, locked, once the right is checked."""
    found = next((one for one in subjects() if one.key == subject), None)
    if found is None:
        raise NotFound("Ce site ou ce groupement n'est pas suivi ici.", code="tension-inconnue")
    scope.require(Capability.DECLARER_TENSION, found.establishment)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7210, hashtext(%s))", [subject])
    return next(one for one in levels(scope=scope) if one.subject == subject)


def _say(
    scope: Scope,
    current: TensionLevel,
    kind: TensionFactKind,
    level: Level,
    reason: str,
    message: str,
    until: datetime | None = None,
) -> TensionAct:
    why = " ".join(reason.split())
    if not REASON_MIN <= len(why) <= REASON_MAX:
        text = f"Dites pourquoi, en {REASON_MIN} à {REASON_MAX} caractères, sans nom de patient."
        raise Invalid(text, code="tension-motif", field="motif")
    now = clock.now()
    with in_scope(system_scope(scope.actor, [current.establishment])):  # who declares may see no patient there
        row = FactRow.objects.create(
            establishment=current.establishment,
            subject=current.subject,
            kind=kind.value,
            level=level,
            effective_at=now,
            recorded_at=now,
            until=until,
            actor=scope.actor,
            reason=why,
        )
    record(
        scope=scope,
        action=f"tension.{kind.value}",
        establishment=current.establishment,
        object_type="tension",
        object_key=current.subject,
        reason=why,
        details={"niveau": int(level), "ligne": row.pk},
    )
    publish(TOPIC, {"sites": [current.code] if current.kind == "site" else []})
    return TensionAct(current.subject, int(row.pk), message)
