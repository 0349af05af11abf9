"""The simulated group: its messages are readable, its hospitals possible, its volumes those of the reference."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import hl7
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.codec.model import Profile
from archipel.connectors.hl7v2_pam.codec.translate import translate
from archipel.demo.corpus import START, corpus, invented_ght
from archipel.demo.emitter import STAFF_KINDS, Emission, StaffAction, simulate
from archipel.demo.faults import CORRECTION, KINDS
from archipel.demo.senders import make_senders
from archipel.demo.simulator.calendar import seconds
from archipel.demo.simulator.core import Fact
from archipel.demo.simulator.engine import Simulation
from archipel.demo.simulator.profiles import season
from archipel.demo.structure import build_structure
from archipel.domains.flow.rules.fold import fold_facts
from archipel.domains.flow.rules.reading import state_at
from archipel.domains.flow.values import MovementFact, VenueOwnerFact, VenueStatus, VenueTimeline
from archipel.identity.values import IdentityAssertion
from archipel.kernel.hl7v2 import er7
from archipel.kernel.hl7v2.charset import decode
from archipel.kernel.hl7v2.problems import Rejected
from archipel.kernel.ins import OID_DEMO
from archipel.kernel.ins import parse as parse_ins
from archipel.territory.reference import ght

PROFILE = Profile(ins_environment="demo")
FAR = datetime.max.replace(tzinfo=UTC)
seeds = st.integers(min_value=0, max_value=2**31)
few = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class Reading:
    """A stream, read by the real codec and folded by the real rules."""

    items: list[Emission | StaffAction]
    movements: dict[tuple[str, str], list[MovementFact]] = field(default_factory=lambda: defaultdict(list))
    owners: dict[tuple[str, str], list[VenueOwnerFact]] = field(default_factory=lambda: defaultdict(list))
    identities: list[IdentityAssertion] = field(default_factory=list)
    merges: int = 0
    rejected: list[tuple[Emission, str]] = field(default_factory=list)
    warnings: list[tuple[Emission, str]] = field(default_factory=list)

    @property
    def messages(self) -> list[Emission]:
        return [item for item in self.items if isinstance(item, Emission)]

    def timelines(self) -> dict[tuple[str, str], VenueTimeline]:
        return {key: fold_facts(key[1], facts, self.owners[key]) for key, facts in self.movements.items()}


def read(seed: int, days: float, faults: float) -> Reading:
    end = START + timedelta(days=days)
    reading = Reading(list(simulate(invented_ght(), start=START, end=end, seed=seed, faults=faults)))
    for item in reading.messages:
        try:
            message = er7.parse(decode(item.raw).text)
            said = translate(message, PROFILE, hashlib.sha256(item.raw).hexdigest())
        except Rejected as error:
            reading.rejected.append((item, str(error)))
            continue
        assert said.outcome == "translated", said.reason
        reading.warnings += [(item, warning) for warning in said.warnings]
        for movement in said.movements:
            reading.movements[item.establishment, movement.venue].append(movement)
        for owner in said.owners:
            reading.owners[item.establishment, owner.venue].append(owner)
        reading.identities += said.identities
        reading.merges += len(said.merges)
    return reading


@pytest.fixture(scope="module")
def clean() -> Reading:
    return read(11, 8, 0.0)


def test_the_stream_is_in_order_and_begins_with_the_stays_under_way(clean: Reading) -> None:
    times = [item.at for item in clean.items]
    assert times == sorted(times)
    assert times[-1] < START + timedelta(days=8)
    before = [item for item in clean.messages if item.at < START]
    assert Counter(item.event for item in before)["A01"] > 600
    assert all(item.at.tzinfo is not None for item in clean.items)


def test_a_clean_stream_is_accepted_without_remark(clean: Reading) -> None:
    assert clean.rejected == []
    fills = {finess for finess, sender in make_senders(invented_ght()).items() if sender.fills_zbe3}
    odd = [(item.event, warning) for item, warning in clean.warnings if not warning.startswith("ZBE-3")]
    assert odd == []
    assert {item.establishment for item, _ in clean.warnings} <= fills
    assert all(item.fault is None for item in clean.messages)
    for timeline in clean.timelines().values():
        assert timeline.remarks == ()


def test_python_hl7_reads_every_kind_of_message(clean: Reading) -> None:
    kinds = {(item.establishment, item.event): item for item in clean.messages}
    for (finess, event), item in kinds.items():
        message = hl7.parse(decode(item.raw).text)
        assert str(message.segment("MSH")[9][0][1]) == event
        assert str(message.segment("MSH")[4][0][1]) == finess
        assert str(message.segment("PID")[3][0][3][0]).endswith(finess) or finess in str(message.segment("PID")[3])
        if event in ("A01", "A02", "A03", "A04", "A06"):
            pv1, zbe = message.segment("PV1"), message.segment("ZBE")
            assert str(pv1[19][0][4]) == "VN" and str(message.segment("PID")[18][0][4]) == "AN"
            assert len(str(pv1[44])) == 14
            assert (len(str(pv1[45])) == 14) == (event == "A03")
            assert str(zbe[4]) == "INSERT" and str(zbe[5]) == "N" and set(str(zbe[9])) <= set("SHMLDC")
            assert str(zbe[7][0][9]).isdigit()
    assert {"A01", "A02", "A03", "A04", "A05", "A06", "A15", "A16", "A21", "A22", "A25", "A28", "A31"} <= {
        event for _, event in kinds
    }


def test_control_ids_and_movements_are_unique_per_sender(clean: Reading) -> None:
    controls = Counter(
        (item.establishment, decode(item.raw).text.split("\r", 1)[0].split("|")[9]) for item in clean.messages
    )
    assert max(controls.values()) == 1
    for (_, venue), facts in clean.movements.items():
        assert all(fact.venue == venue for fact in facts)


def _stretches(reading: Reading) -> dict[tuple[str, str, str, str], list[tuple[datetime, datetime, str]]]:
    beds: dict[tuple[str, str, str, str], list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for (establishment, venue), timeline in reading.timelines().items():
        for segment in timeline.segments:
            place = segment.place
            if place.lit:
                beds[establishment, place.uf, place.chambre, place.lit].append(
                    (segment.begin, segment.end or FAR, venue)
                )
    return beds


def test_never_two_patients_in_a_bed_and_only_known_beds(clean: Reading) -> None:
    structure = build_structure(invented_ght(), seed=11)
    known = {(b.establishment, b.uf, b.chambre, b.lit) for b in structure.beds}
    beds = _stretches(clean)
    assert set(beds) <= known
    for bed, stretches in beds.items():
        stretches.sort()
        for (_, end, venue), (begin, _, other) in pairwise(stretches):
            assert begin >= end or venue == other, bed


@few
@given(seeds)
def test_in_the_order_of_arrival_too_a_bed_holds_one_venue(seed: int) -> None:
    """Message after message, without any fold: nobody arrives in a bed that was not left."""
    reading = read(seed, 1.5, 0.0)
    where: dict[tuple[str, str], tuple[str, ...]] = {}
    holder: dict[tuple[str, ...], tuple[str, str]] = {}
    facts = sorted(
        ((f.stamp, establishment, f) for (establishment, _), fs in reading.movements.items() for f in fs),
        key=lambda one: one[:2],
    )
    for _, establishment, fact in facts:
        if fact.event not in ("A01", "A02", "A03", "A04", "A06"):
            continue
        venue = (establishment, fact.venue)
        left = where.pop(venue, None)
        if left is not None:
            del holder[left]
        if fact.event == "A03" or fact.place is None or not fact.place.lit:
            continue
        bed = (establishment, fact.place.uf, fact.place.chambre, fact.place.lit)
        assert bed not in holder, (bed, venue, holder[bed])
        holder[bed], where[venue] = venue, bed


def test_a_venue_is_admitted_then_discharged(clean: Reading) -> None:
    discharged = 0
    for (_, venue), facts in clean.movements.items():
        order = [f.event for f in sorted(facts, key=lambda one: one.stamp)]
        moving = [event for event in order if event in ("A01", "A04", "A02", "A06", "A03", "A21", "A22")]
        if not moving:
            assert set(order) <= {"A05", "A14", "A27", "A38"}
            continue
        assert moving[0] in ("A01", "A04"), (venue, order)
        assert moving.count("A01") + moving.count("A04") == 1
        assert moving.count("A03") <= 1 and ("A03" not in moving or moving[-1] == "A03")
        if "A06" in moving:
            assert moving[0] == "A04"
        discharged += "A03" in moving
    assert discharged > 1500


def test_staff_never_put_anybody_in_a_closed_bed(clean: Reading) -> None:
    structure = build_structure(invented_ght(), seed=11)
    always = START - timedelta(days=9000)
    closed = {(b.establishment, b.uf, b.chambre, b.lit): always for b in structure.beds if not b.armed}
    beds = _stretches(clean)
    for item in clean.items:
        if isinstance(item, StaffAction):
            assert item.kind in STAFF_KINDS
            key = (item.establishment, item.uf, item.chambre, item.lit)
            if item.kind == "lit_ferme":
                assert (key in closed) == (item.at < START)
                closed.setdefault(key, item.at)
            elif item.kind == "lit_ouvert":
                since = closed.pop(key)
                assert not any(begin < item.at - timedelta(minutes=2) and end > since for begin, end, _ in beds[key])
    for key, since in closed.items():
        assert not any(end > since for _, end, _ in beds[key])


def test_cleaning_and_triage_follow_the_patients(clean: Reading) -> None:
    kinds = Counter(item.kind for item in clean.items if isinstance(item, StaffAction))
    assert abs(kinds["nettoyage_a_faire"] - kinds["lit_nettoye"]) < 60
    assert {"tri", "demande_aval", "lit_reserve"} <= set(kinds)
    venues = set(clean.movements)
    for item in clean.items:
        if isinstance(item, StaffAction) and item.kind == "tri":
            assert (item.establishment, item.venue) in venues
            assert dict(item.details)["niveau"] in {"1", "2", "3", "4", "5"}


def test_identities_are_synthetic_and_their_keys_right(clean: Reading) -> None:
    people = {one.patient: one for one in clean.identities}
    with_ins = [one.ins for one in people.values() if one.ins is not None]
    assert 0.80 <= len(with_ins) / len(people) <= 0.90
    for ins in with_ins:
        assert ins.oid == OID_DEMO
        assert parse_ins(ins.matricule + ins.cle, ins.oid).cle == ins.cle
    statuses = Counter(one.traits.get("statut_identite") for one in people.values())
    assert set(statuses) == {"QUAL", "RECUP", "VALI", "PROV"} and statuses["QUAL"] > 0.7 * len(people)
    assert all(one.traits.get("lieu_naissance") for one in people.values())


@few
@given(seeds)
def test_the_hospitals_stay_possible_and_full_enough(seed: int) -> None:
    group = invented_ght()
    start = seconds(START)
    simulation = Simulation(group, build_structure(group, seed=seed), start=start, seed=seed)
    wards = list(simulation.world.inpatient_wards())
    seen: list[float] = []
    next_look = start + 86400
    for now, _ in simulation.run():
        if now < next_look:
            continue
        next_look += 6 * 3600
        for ward in simulation.world.wards:
            taken = sum(1 for bed in ward.beds if bed.stay is not None or bed.held is not None)
            assert ward.occupied == taken <= len(ward.beds)
            assert not any(bed.stay or bed.held or bed.dirty or not bed.armed for bed in ward.free)
            assert len(set(map(id, ward.free))) == len(ward.free)
        seen.append(sum(w.occupied for w in wards) / sum(w.armed for w in wards))
        if now > start + 16 * 86400:
            break
    assert 0.78 <= sum(seen) / len(seen) <= 0.95
    assert min(seen) >= 0.70 and max(seen) <= 0.99
    assert max(seen) - min(seen) > 0.02


def test_the_passages_are_those_of_the_reference() -> None:
    """Eight whole weeks, the weight of the season taken away: within 10 % of the SAE at every site."""
    assert sum(season(day) for day in range(1, 366)) / 365 == pytest.approx(1.0, abs=0.001)
    group = ght("BFC-03")
    start = seconds(datetime(2026, 4, 6, tzinfo=UTC))
    first = datetime(2026, 4, 6, tzinfo=UTC).timetuple().tm_yday
    weight = sum(season(first + day) for day in range(56)) / 56
    simulation = Simulation(group, build_structure(group, seed=1), start=start, seed=1)
    found: Counter[str] = Counter()
    for now, facts in simulation.run():
        if now >= start + 56 * 86400:
            break
        if now >= start:
            for fact in facts:
                if isinstance(fact, Fact) and fact.trigger == "A04" and fact.stay is not None:
                    found[fact.stay.site.ref.finess.value] += 1
    for eg in group.egs:
        expected = sum(u.passages for u in eg.urgences) * weight * 56 / 365
        assert abs(found[eg.finess.value] - expected) <= 0.10 * expected, eg.nom


@few
@given(seeds)
def test_a_seed_gives_the_same_bytes(seed: int) -> None:
    first = list(corpus(1500, seed=seed, faults=0.1))
    assert first == list(corpus(1500, seed=seed, faults=0.1))
    assert first != list(corpus(1500, seed=seed + 1, faults=0.1))
    assert len(first) == 1500


def test_faults_are_of_every_kind_and_as_many_as_asked() -> None:
    end = START + timedelta(days=6)
    items = [
        one for one in simulate(invented_ght(), start=START, end=end, seed=4, faults=0.15) if isinstance(one, Emission)
    ]
    labels = Counter(one.fault for one in items if one.fault)
    assert set(labels) == {name for name, _ in KINDS} | {CORRECTION}
    share = sum(labels.values()) / len(items)
    assert 0.12 <= share <= 0.30
    twins = Counter(one.raw for one in items if one.fault == "duplicated")
    assert max(twins.values()) == 2
    for one in items:
        if one.fault == "truncated":
            assert not one.raw.endswith(b"\r") or one.raw.count(b"\r") < 5


@few
@given(seeds)
def test_a_faulty_feed_tells_the_same_story_in_the_end(seed: int) -> None:
    """After late messages and corrections, venues stand where the clean stream says."""
    truth, told = read(seed, 2, 0.0), read(seed, 2, 0.08)
    moment = START + timedelta(days=1, hours=12)
    right, found = truth.timelines(), told.timelines()
    damaged = 0
    for key, timeline in right.items():
        other = found.get(key)
        expected = state_at(timeline, moment)
        state = state_at(other, moment) if other is not None else None
        if state is None or (state.status, _bed(state)) != (expected.status, _bed(expected)):
            damaged += 1
    assert damaged <= 0.004 * len(right)


def _bed(state: object) -> tuple[str, str] | None:
    segment = getattr(state, "segment", None)
    status = getattr(state, "status", None)
    return (segment.place.uf, segment.place.lit) if segment is not None and status is VenueStatus.PRESENTE else None


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="share"):
        next(simulate(invented_ght(), start=START, end=None, seed=1, faults=2.0))
    with pytest.raises(ValueError, match="aware"):
        next(simulate(invented_ght(), start=START.replace(tzinfo=None), end=None, seed=1))
    assert list(corpus(0, seed=1)) == []


def test_a_poorer_sender_names_no_room_and_tells_less() -> None:
    group = ght("BFC-03")
    poorer = [s for s in make_senders(group).values() if not s.rooms]
    assert poorer
    end = START + timedelta(days=3)
    sent = Counter()
    for item in simulate(group, start=START, end=end, seed=3, faults=0.0):
        if not isinstance(item, Emission):
            assert all(item.establishment != sender.finess for sender in poorer)
            continue
        sent[item.establishment, item.event] += 1
        if any(item.establishment == sender.finess for sender in poorer) and item.event in ("A01", "A02", "A03"):
            place = er7.parse(decode(item.raw).text).raw("PV1", 3)
            assert place.split("^")[0].isdigit() and place.split("^")[1:3] == ["", ""]
    for sender in make_senders(group).values():
        assert sent[sender.finess, "A01"] > 0
        assert sender.expected_exits or sent[sender.finess, "A16"] == 0
        assert sender.orientation or sent[sender.finess, "A15"] == 0


def test_a_surge_fills_the_supporting_hospital_and_no_other() -> None:
    group = invented_ght()
    support, begin = group.support.finess.value, START + timedelta(hours=8)
    end = begin + timedelta(hours=8)
    arrivals = []
    for surge in (None, (begin, end, 3.0)):
        counts = [0, 0]
        for one in simulate(group, start=START, end=end, seed=2, faults=0.0, surge=surge):
            if isinstance(one, Emission) and one.event == "A04" and one.at >= begin:
                counts[one.establishment == support] += 1
        arrivals.append(counts)
    (others, here), (others_then, here_then) = arrivals
    assert here_then > 1.8 * here
    assert abs(others_then - others) <= max(4, others // 2)
