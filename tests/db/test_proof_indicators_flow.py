"""What patient flow measures for steering: ages, shares, delays, at any moment and as known at any moment."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from archipel.domains.flow import public as flow
from archipel.domains.flow.models import BedFact, EdFact, MovementFact, Request, RequestEvent
from archipel.foundation.scope import NOBODY, Scope, in_scope, system_scope
from archipel.identity.models import Patient
from archipel.kernel import clock
from archipel.kernel.errors import Denied
from archipel.kernel.indicators import Indicator, hide_small_groups
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit, system

pytestmark = pytest.mark.django_db
SITE_LANGRES = "520000001"
_numbers = itertools.count(1)


def values(indicator: Indicator) -> dict[str, Decimal | None]:
    return {one.code: one.value for one in indicator.measures}


def asks(what, *places: str, scope: Scope | None = None, **options) -> Indicator:
    now = clock.now()
    options = {"at": now, "known_at": options.get("known_at", now)} | options
    return what(scope=scope or system_scope("tests", places), establishments=places or (CHU,), **options)


def fact(
    venue: str, trigger: str, at: datetime, uf: str, *, place: str = CHU, recorded: datetime | None = None,
    movement: str = "", action: str = "INSERT", said: datetime | None = None,
) -> str:  # fmt: skip
    """One message about one movement, in the log only; its movement key."""
    rank = next(_numbers)
    key = movement or f"a|M{rank}"
    stamp = f"{(said or at):%Y%m%d%H%M%S%f}|{rank}|x"
    with in_scope(system(place)):
        MovementFact.objects.create(
            establishment=place, movement=key, venue=venue, patient=f"p|{venue}", trigger=trigger, event=trigger,
            action=action, effective_at=at, stamp=stamp, patient_class="I", has_place=trigger != "A15", uf=uf,
            chambre="1" if uf else "", lit="1" if uf else "", uf_medicale=uf, message_id=rank,
            recorded_at=recorded or at,
        )  # fmt: skip
    return key


# --- rights


@pytest.mark.parametrize(
    "what",
    [
        flow.bed_state_freshness, flow.followed_capacity, flow.qualified_identities, flow.boarding_delays,
        flow.request_answers,
    ],
)  # fmt: skip
def test_the_programmes_of_every_establishment_must_be_visible(what) -> None:
    make_unit()
    for scope in (NOBODY, system_scope("x", []).__class__("ailleurs", frozenset({CHU}), {})):
        with pytest.raises(Denied):
            asks(what, CHU, scope=scope)


# --- beds


def learnt(uf: str, hours: float, place: str = CHU) -> None:
    at = clock.now() - timedelta(hours=hours)
    with in_scope(system(place)):
        BedFact.objects.create(
            establishment=place, uf=uf, chambre="1", lit="1", kind="nettoye", effective_at=at, recorded_at=at, actor="x"
        )


def test_the_age_of_the_beds_is_that_of_the_last_news_of_their_filiere() -> None:
    make_unit("3001", beds="1-1 1-2 1-3")
    make_unit("3002", beds="1-1")
    make_unit("4001", filiere="SCA", beds="1-1 1-2")
    make_unit("5001", filiere="SLD", beds="1-1 1-2")
    make_unit("0500", filiere="URG", usage="box", beds="B-1")
    learnt("3001", 2)
    fact("V1", "A01", clock.now() - timedelta(hours=5), "3002")
    learnt("4001", 30)
    found = asks(flow.bed_state_freshness)
    assert values(found) == {
        "part-a-jour": Decimal("50.0"), "lits": 8, "age-med": Decimal("2.0"), "age-sca": Decimal("30.0"),
        "age-sld": None,
    }  # fmt: skip
    assert "aucune nouvelle depuis 31 jours dans 1 établissement" in found.measure("age-sld").reason
    assert found.newest == pytest.approx(clock.now() - timedelta(hours=2), abs=timedelta(minutes=1))
    assert values(asks(flow.bed_state_freshness, bar=timedelta(hours=48)))["part-a-jour"] == Decimal("75.0")


def test_the_age_of_a_group_is_that_of_its_latest_member_and_a_site_has_its_own() -> None:
    make_unit("3001")
    make_unit("3001", establishment=LANGRES, site=SITE_LANGRES)
    learnt("3001", 1)
    learnt("3001", 10, LANGRES)
    assert values(asks(flow.bed_state_freshness, CHU, LANGRES))["age-med"] == Decimal("10.0")
    assert values(asks(flow.bed_state_freshness, CHU, LANGRES, sites=[SITE]))["age-med"] == Decimal("1.0")


def test_past_freshness_does_not_know_what_came_later() -> None:
    make_unit("3001")
    learnt("3001", 50)
    learnt("3001", 1)
    then = clock.now() - timedelta(hours=10)
    found = asks(flow.bed_state_freshness, at=then, known_at=then)
    assert values(found)["age-med"] == Decimal("40.0")
    assert values(found)["part-a-jour"] == 0
    assert found.rows_sha256 != asks(flow.bed_state_freshness).rows_sha256


def test_without_beds_nothing_is_known() -> None:
    make_unit("0500", filiere="URG", usage="box", beds="B-1")
    found = asks(flow.bed_state_freshness)
    assert values(found) == {"part-a-jour": None, "lits": 0}
    assert found.newest is None


def test_followed_capacity_counts_members_that_are_heard() -> None:
    beds = make_unit("3001")
    make_unit("3001", establishment=LANGRES, site=SITE_LANGRES)
    make_stay(beds[0])
    found = values(asks(flow.followed_capacity, CHU, LANGRES))
    assert (found["lits-suivis"], found["membres-entendus"], found["part-suivie"]) == (3, Decimal("50.0"), None)


# --- identities


def status(venue_rank: int, value: str) -> None:
    with in_scope(system()):
        key = Patient.objects.order_by("id")[venue_rank].key
        Patient.objects.filter(key=key).update(statut=value)


def test_qualified_identities_among_those_present_and_those_of_the_month() -> None:
    beds = make_unit("3001", beds=" ".join(f"{n}-1" for n in range(1, 31)))
    for bed in beds[:20]:
        make_stay(bed)
    make_stay(beds[20], since=100, until=40)
    make_stay(beds[21], since=24 * 60, until=24 * 40)
    with in_scope(system()):
        keys = list(Patient.objects.order_by("id").values_list("key", flat=True))
        Patient.objects.filter(key__in=keys[:11]).update(statut="QUAL")
        Patient.objects.filter(key=keys[20]).update(statut="QUAL")
    found = values(asks(flow.qualified_identities))
    assert found["patients"] == 21 and found["patients-presents"] == 20
    assert found["part-qualifiee"] == Decimal("57.1")
    assert found["part-qualifiee-presents"] == Decimal("55.0")
    assert values(asks(flow.qualified_identities, sites=["999999999"]))["part-qualifiee"] is None
    outside = values(hide_small_groups(asks(flow.qualified_identities)))
    assert outside["part-qualifiee"] == 57 and outside["patients"] is None


def test_merged_records_count_once() -> None:
    beds = make_unit("3001")
    make_stay(beds[0])
    make_stay(beds[1])
    with in_scope(system()):
        keep, lost = Patient.objects.order_by("id")
        Patient.objects.filter(pk=lost.pk).update(representative=keep.key, statut="PROV")
        Patient.objects.filter(pk=keep.pk).update(statut="QUAL")
    found = values(asks(flow.qualified_identities))
    assert (found["patients"], found["part-qualifiee"]) == (1, Decimal("100.0"))


# --- from the emergency department to the ward


@pytest.fixture
def wards() -> datetime:
    make_unit("0500", filiere="URG", usage="box", beds="B-1")
    make_unit("0510", filiere="UHCD", beds="U-1")
    make_unit("3001")
    return clock.now() - timedelta(hours=20)


def entered(venue: str, at: datetime, *, asked: float | None = None, stays: float = 4, through: str = "") -> None:
    """An arrival at ``at``, a bed asked for after so many hours, a ward after so many."""
    fact(venue, "A04", at, "0500")
    if through:
        fact(venue, "A02", at + timedelta(hours=1), through)
    if asked is not None:
        with in_scope(system()):
            moment = at + timedelta(hours=asked)
            EdFact.objects.create(
                establishment=CHU, venue=venue, kind="demande_aval", effective_at=moment, recorded_at=moment, actor="x",
                details={"filiere": "MED"},
            )  # fmt: skip
    fact(venue, "A02", at + timedelta(hours=stays), "3001")


def test_the_delay_runs_from_the_first_request_that_stands_to_the_ward(wards: datetime) -> None:
    entered("a|1", wards, asked=1)
    entered("a|2", wards, asked=2)
    entered("a|3", wards)
    entered("a|4", wards, asked=2, stays=9, through="0510")
    fact("a|5", "A04", wards, "0500")
    found = asks(flow.boarding_delays)
    assert values(found) == {"mediane": 180, "p90": 420, "part-tracee": Decimal("75.0"), "entrees": 4}
    assert found.rows == 4
    assert values(asks(flow.boarding_delays, sites=["999999999"]))["entrees"] == 0
    assert all(one.value is None for one in hide_small_groups(found).measures)


def test_a_pending_transfer_is_a_request_unless_it_was_cancelled(wards: datetime) -> None:
    entered("a|1", wards)
    key = fact("a|1", "A15", wards + timedelta(hours=5), "", said=wards + timedelta(hours=3))
    assert values(asks(flow.boarding_delays))["mediane"] == 60
    fact("a|1", "A15", wards + timedelta(hours=5), "", movement=key, action="CANCEL", said=wards + timedelta(hours=3.5))
    assert values(asks(flow.boarding_delays))["mediane"] is None


def test_a_request_sent_to_a_ward_counts(wards: datetime) -> None:
    entered("a|1", wards)
    ask("a|1", wards + timedelta(hours=2))
    assert values(asks(flow.boarding_delays))["mediane"] == 120


def test_the_past_does_not_know_what_was_received_later(wards: datetime) -> None:
    entered("a|1", wards, asked=1)
    fact("a|2", "A04", wards, "0500")
    late = clock.now() - timedelta(hours=1)
    fact("a|2", "A02", wards + timedelta(hours=2), "3001", recorded=late)
    assert values(asks(flow.boarding_delays))["entrees"] == 2
    before = asks(flow.boarding_delays, known_at=late - timedelta(minutes=1))
    assert values(before)["entrees"] == 1
    assert values(asks(flow.boarding_delays, at=wards + timedelta(hours=3)))["entrees"] == 1
    assert values(asks(flow.boarding_delays, at=clock.now() + timedelta(days=40)))["entrees"] == 0


# --- requests


def ask(venue: str, at: datetime, *, answered: float | None = None, place: str = CHU) -> None:
    with in_scope(system(place)):
        row = Request.objects.create(
            establishment=place, receiving_establishment=CHU, venue=venue, status="envoyee", filiere="MED", uf="3001",
            created_at=at, updated_at=at,
        )  # fmt: skip
        steps = [("envoyee", at)]
        if answered is not None:
            steps.append(("acceptee", at + timedelta(minutes=answered)))
        for step, moment in steps:
            RequestEvent.objects.create(
                request=row, establishment=place, receiving_establishment=CHU, status=step, actor="x",
                recorded_at=moment,
            )  # fmt: skip


def test_requests_and_the_time_of_their_answer() -> None:
    make_unit("3001")
    begin = clock.now() - timedelta(days=2)
    for n, minutes in enumerate((10, 20, 90, None)):
        ask(f"a|{n}", begin, answered=minutes)
    found = asks(flow.request_answers)
    assert values(found) == {"part-repondue": Decimal("75.0"), "mediane": 20, "demandes": 4}
    early = asks(flow.request_answers, known_at=begin + timedelta(minutes=15))
    assert values(early) == {"part-repondue": Decimal("25.0"), "mediane": 10, "demandes": 4}
    assert values(asks(flow.request_answers, at=begin - timedelta(days=1)))["demandes"] == 0
