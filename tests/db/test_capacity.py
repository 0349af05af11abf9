"""Capacity of the group: the SQL says what the rules say, without names, and quickly."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import Venue
from archipel.domains.flow.queries.bed_rows import BED_ROWS, PLAN_LAPSES, whole_territory
from archipel.foundation.scope import NOBODY, Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied
from archipel.territory.models import Lit
from tests.factories.beds import CHU, LANGRES, leave, make_stay, make_unit, move, system

pytestmark = pytest.mark.django_db
OUTSIDER = Scope(actor="direction", establishments=frozenset(), grants={LANGRES: frozenset({Capability.VOIR_CAPACITE})})


def words(at: object = None) -> dict[tuple[str, str, str], str]:
    """State of each bed, from the SQL."""
    with whole_territory(system()), connection.cursor() as cursor:
        parameters = {"now": at or clock.now(), "lapse": PLAN_LAPSES}
        cursor.execute(BED_ROWS + "SELECT uf, chambre, lit, state FROM words", parameters)
        return {row[:3]: row[3] for row in cursor.fetchall()}


def hence(rng: random.Random, first: float, last: float) -> datetime:
    """A moment in so many hours."""
    return clock.now() + timedelta(hours=rng.uniform(first, last))


def shake(rng: random.Random, beds: list[flow.BedKey]) -> None:
    """Things that happen to beds, in no particular order."""
    stays: list[int] = []
    scope = system()
    acts = (
        lambda b: stays.append(make_stay(b, since=rng.uniform(1, 99))),
        lambda b: stays.append(make_stay(b, since=rng.uniform(1, 99), until=-rng.uniform(1, 30))),
        lambda b: make_stay(b, since=-rng.uniform(1, 40)),
        lambda b: leave(stays.pop(rng.randrange(len(stays)))) if stays else None,
        lambda b: move(rng.choice(stays), b) if stays else None,
        lambda b: flow.plan_move(scope=scope, bed=b, venue=rng.choice(stays)) if stays else None,
        lambda b: flow.close_bed(scope=scope, bed=b, reason="x", force=rng.random() < 0.5),
        lambda b: flow.close_bed(scope=scope, bed=b, reason="x", until=hence(rng, 1, 30)),
        lambda b: flow.reopen_bed(scope=scope, bed=b),
        lambda b: flow.set_staffed(scope=scope, bed=b, staffed=False, reason="x"),
        lambda b: flow.reserve_bed(scope=scope, bed=b, text="y"),
        lambda b: flow.reserve_bed(scope=scope, bed=b, text="z", expected_at=hence(rng, 0, 48)),
        lambda b: flow.mark_cleaned(scope=scope, bed=b),
        lambda b: flow.mark_to_clean(scope=scope, bed=b),
        lambda b: Lit.objects.filter(uf=b.uf, chambre=b.chambre, lit=b.lit).update(closed=rng.random() < 0.3),
        lambda b: plan(rng, b),
    )  # fmt: skip
    for _ in range(60):
        try:
            rng.choice(acts)(rng.choice(beds))
        except (Conflict, IndexError):
            continue


def plan(rng: random.Random, bed: flow.BedKey) -> None:
    """An admission or transfer announced for the bed."""
    at = clock.now() + timedelta(hours=rng.uniform(-40, 40))
    rows = Venue.objects.filter(discharged_at=None).order_by("id")
    chosen = rng.choice(list(rows))
    entry = {"kind": rng.choice(("A05", "A15", "A16")), "at": at.isoformat(), "uf": bed.uf, "chambre": bed.chambre}
    Venue.objects.filter(pk=chosen.pk).update(plans=[{**entry, "lit": bed.lit, "wish": "", "movement": "m"}])


@pytest.mark.parametrize("seed", range(12))
def test_sql_says_what_the_rules_say(seed: int) -> None:
    rng = random.Random(seed)
    beds = make_unit(beds="1-A 1-B 2-A 2-B 3-", tracks_cleaning=bool(seed % 3)) + make_unit("3002", beds="9-A 9-B")
    make_stay(beds[0])
    with in_scope(system()):
        shake(rng, beds)
        for at in (clock.now(), clock.now() + timedelta(hours=rng.uniform(1, 40))):
            boards = [flow.unit_board(scope=system(), establishment=CHU, uf=uf, at=at) for uf in ("3001", "3002")]
            told = {
                (board.unit.code, bed.chambre, bed.lit): bed.state.state.value for board in boards for bed in board.beds
            }
            found = words(at)
            assert {key: found[key] for key in told} == told
            total = flow.capacity(scope=system(), at=at).total
            assert total.installed == len(told)
            assert sum(total.values()[1:7]) == total.installed
            assert total.conflicts == sum(bed.state.conflict for board in boards for bed in board.beds)


def test_whoever_sees_capacity_sees_the_whole_group_and_no_name() -> None:
    bed, free, _ = make_unit()
    make_stay(bed, name="SECRETE")
    found = flow.capacity(scope=OUTSIDER)
    site = next(s for s in found.sites if s.finess == "210987558")
    assert (site.counts.installed, site.counts.occupied, site.counts.available) == (3, 1, 2)
    flow.reserve_bed(scope=system(), bed=free, text="SECRETE aussi")
    board = flow.unit_board(scope=OUTSIDER, establishment=CHU, uf="3001")
    assert (board.names, board.manages, board.keys) == (False, False, ())
    assert "SECRETE" not in repr(board)
    assert board.beds[0].stays[0].key == ""
    assert "SECRETE" in repr(flow.unit_board(scope=system(), establishment=CHU, uf="3001"))


def test_capacity_is_denied_without_the_capability() -> None:
    make_unit()
    for scope in (NOBODY, Scope(actor="x", establishments=frozenset({CHU}))):
        with pytest.raises(Denied):
            flow.capacity(scope=scope)
        with pytest.raises(Denied):
            flow.unit_board(scope=scope, establishment=CHU, uf="3001")


def test_the_scope_is_narrow_again_after_the_count() -> None:
    bed = make_unit()[0]
    make_stay(bed)
    with in_scope(OUTSIDER):
        flow.capacity(scope=OUTSIDER)
        assert Venue.objects.count() == 0


def test_unknown_is_not_zero() -> None:
    make_unit()
    site = next(s for s in flow.capacity(scope=OUTSIDER).sites if s.finess == "210987558")
    assert (site.heard, site.described, site.updated_at) == (False, True, None)
    make_stay(make_unit("3002", beds="1-")[0])
    site = next(s for s in flow.capacity(scope=OUTSIDER).sites if s.finess == "210987558")
    assert site.heard


def test_emergency_load_counts_those_who_wait() -> None:
    wait, box = make_unit("9001", filiere="URG", beds="SAS-1 B1-1", usage="attente")
    Lit.objects.filter(chambre="B1").update(usage="box")
    make_stay(wait, since=3)
    make_stay(wait, since=2)
    make_stay(box, since=6)
    found = flow.capacity(scope=OUTSIDER)
    load = next(s for s in found.sites if s.finess == "210987558").emergency
    assert load is not None
    assert (load.present, load.waiting) == (3, 2)
    assert load.oldest_arrival is not None
    assert abs(clock.now() - load.oldest_arrival - timedelta(hours=3)) < timedelta(minutes=1)
    assert found.total.installed == 0, "the places of an emergency department are not beds"


def test_filiere_and_provisional() -> None:
    make_unit()
    make_unit("3002", filiere="CHI", beds="1- 2-")
    Lit.objects.filter(uf="3002", chambre="1").update(provisional=True)
    found = flow.capacity(scope=OUTSIDER, filiere="CHI")
    assert (found.total.installed, found.total.provisional) == (2, 1)
    assert [unit.uf for unit in found.units] == ["3002"]


def test_the_number_of_queries_does_not_grow() -> None:
    make_unit()
    with CaptureQueriesContext(connection) as few:
        flow.capacity(scope=OUTSIDER)
    for number in range(10):
        make_stay(make_unit(f"31{number:02d}", site=f"2109875{number:02d}", beds="1- 2-")[0])
    with CaptureQueriesContext(connection) as many:
        flow.capacity(scope=OUTSIDER)
    assert len(few) == len(many) <= 16


@pytest.mark.parametrize("hours", [2, 23, 25, 47])
@pytest.mark.parametrize("how", ["segment", "plan", "reservation"])
def test_a_bed_awaited_within_a_day_is_reserved_for_both(how: str, hours: int) -> None:
    origin, target, _ = make_unit()
    at = clock.now() + timedelta(hours=hours)
    with in_scope(system()):
        if how == "segment":
            make_stay(target, since=-hours)
        elif how == "plan":
            venue = make_stay(origin)
            entry = {"kind": "A15", "at": at.isoformat(), "uf": "3001", "chambre": "101", "lit": "F"}
            Venue.objects.filter(pk=venue).update(plans=[{**entry, "wish": "", "movement": "m"}])
        else:
            flow.reserve_bed(scope=system(), bed=target, text="M. X", expected_at=at)
    expected = "reserve" if hours < 24 else "libre"
    board = flow.unit_board(scope=system(), establishment=CHU, uf="3001")
    assert board.beds[1].state.state.value == expected
    assert words()["3001", "101", "F"] == expected
