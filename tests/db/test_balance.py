"""The territorial cell's board: needs of the next day against what is coming free, counted once each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import Segment, Venue
from archipel.domains.flow.values.balance import Balance
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied
from tests.db.test_ed import announce, department, of
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit, system

pytestmark = pytest.mark.django_db
SITE_LANGRES = "520000001"


def balance(**filters: str) -> Balance:
    scope = of(Role.PHARMACIEN, LANGRES)  # sees no patient of the other hospital: counts only
    with in_scope(scope):
        return flow.bed_balance(scope=scope).of(**filters)


def plan(kind: str, uf: str, *, hours: float, chambre: str = "", begun: bool = False) -> None:
    """A planned venue, or a plan of a venue that is there."""
    bed = flow.BedKey(CHU, uf, "999", "1")
    venue = make_stay(bed, since=10)
    now = clock.now()
    at = (now + timedelta(hours=hours)).isoformat()
    one = {"kind": kind, "at": at, "uf": uf, "chambre": chambre, "lit": "", "wish": "", "movement": f"a|{venue}"}
    with in_scope(system()):
        row = Venue.objects.get(id=venue)
        row.plans = [one]
        if not begun:
            row.begin = None
            row.save()
            Segment.objects.filter(venue_id=venue).delete()
        else:
            row.save()


def test_supply_is_what_beds_are_and_what_is_announced() -> None:
    beds = make_unit("3001", beds="101-P 102-P 103-P 104-P 105-P 106-P")
    hands = system()
    leaving = make_stay(beds[0])
    make_stay(beds[1])
    with in_scope(hands):
        Venue.objects.filter(id=leaving).update(expected_exit=clock.now() + timedelta(hours=5))
        flow.mark_to_clean(scope=hands, bed=beds[2])
        flow.close_bed(scope=hands, bed=beds[3], reason="travaux", kind="01")
        flow.set_staffed(scope=hands, bed=beds[4], staffed=False, reason="absence")
    found = balance(filiere="MED", site=SITE)
    assert (found.free, found.cleaning, found.leaving, found.reopenable, found.unstaffed) == (1, 1, 1, 1, 1)
    assert (found.coming, found.needs, found.balance, found.reserve) == (3, 0, 3, 2)


def test_needs_are_those_without_a_bed() -> None:
    places = department()
    make_unit("3001", beds="101-P")
    for _ in range(2):
        announce(make_stay(places["BOX1"]), "MED")
    announce(make_stay(places["BOX2"]), "???")
    plan("A05", "3001", hours=6)
    plan("A05", "3001", hours=6, chambre="101")  # has its room
    plan("A05", "3001", hours=48)  # too far
    plan("A15", "3001", hours=2, begun=True)
    found = balance(filiere="MED")
    assert (found.waiting, found.admissions, found.transfers) == (2, 1, 1)
    assert balance(filiere="AUTRE").waiting == 1


def test_a_request_to_another_hospital_is_a_need_there_and_an_accepted_one_none() -> None:
    places = department()
    make_unit("3001", beds="101-P 102-P")
    (there,) = make_unit("4001", establishment=LANGRES, site=SITE_LANGRES, beds="201-P")
    first, second = make_stay(places["BOX1"]), make_stay(places["BOX2"])
    for venue in (first, second):
        announce(venue, "MED")
    nurse = of(Role.IDE_URGENCES, CHU)
    with in_scope(nurse):
        asked = flow.create_request(scope=nurse, venue=first, bed=there, filiere="MED")
    assert balance(site=SITE).waiting == 1
    assert balance(site=SITE_LANGRES).transfers == 1
    manager = of(Role.GESTIONNAIRE_LITS, LANGRES)
    with in_scope(manager):
        flow.accept_request(scope=manager, request=asked.number, bed=there)
    assert balance(site=SITE).waiting == 1
    found = balance(site=SITE_LANGRES)
    assert (found.transfers, found.booked, found.free) == (0, 1, 0)


def test_it_is_for_those_who_may_see_the_capacity() -> None:
    with pytest.raises(Denied):
        flow.bed_balance(scope=of(Role.REFERENT_ARS, CHU))
