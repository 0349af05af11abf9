"""Tension: computed from live data, declared and lifted by people, read across the group, told to the screens."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import TensionFact, TensionReading
from archipel.domains.flow.public import Level
from archipel.domains.flow.rules.tension import same_week
from archipel.domains.flow.services.passage_days import write_days
from archipel.domains.flow.values.tension import DayCount, LevelSource, Signal
from archipel.foundation.accounts.roles import Role
from archipel.foundation.outbox.models import Event
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from tests.db.test_ed import announce, department, of
from tests.factories.accounts import audit_entries
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit, system

pytestmark = pytest.mark.django_db
SUBJECT = f"site:{SITE}"
CELL = of(Role.CELLULE_TERRITORIALE, CHU)


def level(subject: str = SUBJECT) -> flow.TensionLevel:
    scope = of(Role.PHARMACIEN, LANGRES)
    with in_scope(scope):
        return next(one for one in flow.tension_levels(scope=scope) if one.subject == subject)


def crowd() -> None:
    """A department far over its places, with patients who wait for a bed and hardly any bed."""
    department()
    make_unit("3001", beds="101-P 102-P")
    crowd_more()


def crowd_more() -> None:
    """Patients who wait for a bed, in a department that exists already."""
    for _ in range(9):
        announce(make_stay(flow.BedKey(CHU, "0500", "BOX", "1")), "MED")


def test_an_empty_department_is_normal_and_says_so() -> None:
    department()
    assert level().source is LevelSource.INCONNU
    flow.compute_tension(force=True)
    found = level()
    assert (found.level, found.source, found.in_tension) == (Level.NORMAL, LevelSource.CALCUL, False)
    assert found.since is not None
    assert {one.subject for one in read_levels()} == {SUBJECT, "ght:BFC-03"}


def read_levels() -> tuple[flow.TensionLevel, ...]:
    scope = system()
    with in_scope(scope):
        return flow.tension_levels(scope=scope)


def test_a_crowd_raises_the_level_with_its_reasons_and_tells_the_screens() -> None:
    crowd()
    assert flow.compute_tension(force=True) == 2  # the site and, its only site being tense, the group
    found = level()
    assert found.level >= Level.TENSION
    assert found.in_tension
    assert level("ght:BFC-03").level == found.level
    with in_scope(system()):
        line = TensionFact.objects.get(subject=SUBJECT)
        told = {one["indicateur"] for one in line.details["indicateurs"]}
        assert {"charge", "attente_aval"} <= told
        assert Event.objects.filter(topic="flow.tension").count() == 1
    assert flow.compute_tension(force=True) == 0
    assert flow.compute_tension() == 0  # too soon: nothing is read again
    with in_scope(system()):
        assert TensionReading.objects.count() == 2


def test_declare_confirm_lift_with_a_reason_and_a_trace() -> None:
    department()
    flow.compute_tension(force=True)
    with pytest.raises(Conflict), in_scope(CELL):
        flow.lift_tension(scope=CELL, subject=SUBJECT, reason="rien à lever ici")
    with pytest.raises(Invalid, match="pourquoi"), in_scope(CELL):
        flow.declare_tension(scope=CELL, subject=SUBJECT, level=Level.TENSION, reason="x")
    with pytest.raises(Invalid, match="7 jours"), in_scope(CELL):
        flow.declare_tension(
            scope=CELL, subject=SUBJECT, level=Level.TENSION, reason="épidémie de grippe",
            until=clock.now() + timedelta(days=30),
        )  # fmt: skip
    with in_scope(CELL):
        flow.declare_tension(scope=CELL, subject=SUBJECT, level=Level.FORTE, reason="épidémie de grippe")
        with pytest.raises(Conflict):
            flow.declare_tension(scope=CELL, subject=SUBJECT, level=Level.FORTE, reason="épidémie de grippe")
        flow.confirm_tension(scope=CELL, subject=SUBJECT, reason="constaté sur place")
    found = level()
    assert (found.level, found.source) == (Level.FORTE, LevelSource.DECLARATION)
    assert found.standing.confirmed is not None
    with in_scope(CELL):
        flow.lift_tension(scope=CELL, subject=SUBJECT, reason="lits ouverts en médecine")
    assert level().level is Level.NORMAL
    actions = [e.action for e in audit_entries() if e.action.startswith("tension.")]
    assert actions == ["tension.declaration", "tension.confirmation", "tension.levee"]


def test_who_may_declare() -> None:
    department()
    for role in Role:
        scope = of(role, CHU)
        if role in (Role.CELLULE_TERRITORIALE, Role.DIRECTION):
            continue
        with pytest.raises(Denied), in_scope(scope):
            flow.declare_tension(scope=scope, subject=SUBJECT, level=Level.TENSION, reason="essai de droit")
    elsewhere = of(Role.CELLULE_TERRITORIALE, LANGRES)
    with pytest.raises(Denied), in_scope(elsewhere):
        flow.declare_tension(scope=elsewhere, subject=SUBJECT, level=Level.TENSION, reason="essai de droit")
    with pytest.raises(NotFound), in_scope(CELL):
        flow.declare_tension(scope=CELL, subject="site:999999999", level=Level.TENSION, reason="essai de droit")
    direction = of(Role.DIRECTION, CHU)  # sees no patient, and may declare all the same
    with in_scope(direction):
        flow.declare_tension(scope=direction, subject=SUBJECT, level=Level.TENSION, reason="plan blanc local")
    assert level().in_tension
    with pytest.raises(Denied):
        flow.tension_levels(scope=of(Role.REFERENT_ARS, CHU))


def test_bjml_and_the_indicators_that_need_a_history() -> None:
    department()
    today = clock.today()
    counts = {day: DayCount(day.toordinal(), 90, 90, 20 + day.toordinal() % 5, 5000, 12) for day in same_week(today, 3)}
    recent = {
        today - timedelta(days=n): DayCount(0, 80 + n % 7, 80, 20 + n % 3, 4000 + n % 11, 10) for n in range(1, 60)
    }
    with in_scope(system()):
        write_days(CHU, SITE, counts | recent, "historique", clock.now())
        (signals,) = flow.site_signals(scope=system())
    assert signals.need.days == 21
    assert signals.need.beds == sorted(one.hospitalised for one in counts.values())[5]  # 25 % of 21, nearest rank
    passages = signals.of(Signal.PASSAGES_VEILLE)
    assert passages is not None
    assert passages.value == 81
    assert passages.bounds[0] is not None
    assert 80 < passages.bounds[0] < 90


def test_a_better_source_of_a_day_is_not_overwritten() -> None:
    department()
    day = date(2026, 1, 5)
    with in_scope(system()):
        assert write_days(CHU, SITE, {day: DayCount(0, 9, 9, 3, 100)}, "mouvements", clock.now()) == 1
        assert write_days(CHU, SITE, {day: DayCount(0, 5, 5, 1, 10)}, "historique", clock.now()) == 0
        assert write_days(CHU, SITE, {day: DayCount(0, 10, 10, 3, 100)}, "mouvements", clock.now()) == 1
