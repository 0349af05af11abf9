"""What is decided day by day: scheduled admissions, day hospital, leaves, small moves, closed beds, identities."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from archipel.demo.simulator.calendar import DAY, HOUR, at_hour, day_of, weekday
from archipel.demo.simulator.core import Core
from archipel.demo.simulator.emergency import UHCD_FIRST, EmergencyFlow
from archipel.demo.simulator.people import Person
from archipel.demo.simulator.profiles import AGES, ELECTIVE_WEEKDAYS, LENGTHS, NEEDS, OCCUPANCY, TO_SMR
from archipel.demo.simulator.wards import WardFlow
from archipel.demo.simulator.world import Bed, Member, Stay, Ward

_KNOWN = {"MED": 0.5, "SMR": 0.6, "PSY": 0.6, "SLD": 0.5, "CHI": 0.35}
_DAY_FILLED = 0.82
_STEP_DOWN = {"SCA": ("MED", "CHI"), "SCP": ("PED",)}


class Planning:
    """The offices of the hospital: everything that is not urgent."""

    def __init__(self, core: Core, wards: WardFlow, emergency: EmergencyFlow) -> None:
        self.core = core
        self.wards = wards
        self.emergency = emergency
        self._inpatient = [w for w in core.world.inpatient_wards() if w.uf.filiere != "UHCD"]
        self._day_units = [w for site in core.world.sites for w in site.day_units]

    # --- the beginning ----------------------------------------------------------------------------------

    def calibrate(self) -> None:
        """Estimate the unscheduled admissions of each ward and shorten stays where they would not fit."""
        demand: dict[tuple[int, str], float] = {}
        for room in self.emergency.rooms:
            daily = room.yearly / 365.0 * room.hospitalised * (1.0 - UHCD_FIRST)
            shares = _need_shares(room.under_18, room.over_80)
            for need, share in shares.items():
                filiere = next((f for f in (need, "MED", "PED") if f in room.site.wards), "")
                if filiere:
                    key = (id(room.site), filiere)
                    demand[key] = demand.get(key, 0.0) + daily * share
        self._add_flows(demand)
        for site in self.core.world.sites:
            for filiere, wards in site.wards.items():
                daily = demand.get((id(site), filiere), 0.0)
                beds = sum(ward.armed for ward in wards)
                days = beds * OCCUPANCY[filiere]
                scale = 1.0
                if daily and filiere != "UHCD":
                    scale = min(1.0, max(0.3, 0.85 * days / (daily * LENGTHS[filiere].mean)))
                for ward in wards:
                    ward.stay_scale = scale
                    ward.urgent_a_day = daily * ward.armed / max(1, beds)

    def _add_flows(self, demand: dict[tuple[int, str], float]) -> None:
        """Add step-down from critical care to the demand of the site, and rehabilitation to that of the GHT."""
        to_smr = 0.0
        smr_beds = 0
        for site in self.core.world.sites:
            for filiere, nexts in _STEP_DOWN.items():
                leaving = _throughput(site.wards.get(filiere, ())) * 0.8
                targets = [f for f in nexts if f in site.wards]
                for target in targets:
                    key = (id(site), target)
                    demand[key] = demand.get(key, 0.0) + leaving / len(targets)
            to_smr += sum(_throughput(site.wards.get(filiere, ())) * share for filiere, share in TO_SMR.items())
            smr_beds += sum(ward.armed for ward in site.wards.get("SMR", ()))
        for site in self.core.world.sites:
            beds = sum(ward.armed for ward in site.wards.get("SMR", ()))
            if beds:
                demand[id(site), "SMR"] = to_smr * beds / smr_beds

    def fill(self) -> None:
        """Put patients in the beds, as if the hospital had always been working: ages of stays are length-biased."""
        core, random = self.core, self.core.random
        for ward in self._inpatient:
            law = LENGTHS[ward.uf.filiere]
            for _ in range(ward.armed):
                if random.random() >= OCCUPANCY[ward.uf.filiere]:
                    continue
                days = exp(random.gauss(law.mu + law.sigma**2, law.sigma)) * ward.stay_scale
                days = min(days, law.median * 8)
                part = random.random()
                now = core.now
                core.now = begun = now - max(HOUR, int(days * part * DAY))
                stay = self._stay(ward)
                core.now = now
                bed = ward.take(stay)
                if bed is None:
                    stay.person.stays -= 1
                    return
                self.wards.put(stay, bed)
                self.wards.settle(stay, max(int(days * (1 - part) * DAY), 4 * HOUR))
                core.tell("A01", stay, at=begun, known_at=begun, when=stay.announced)

    # --- the agenda -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin with the present day."""
        day = day_of(self.core.now)
        self.emergency.plan_day(day, self.core.now)
        for ahead in (0, 1):
            self._plan_admissions(day + ahead)
        self._day(day)

    def _day(self, day: int) -> None:
        core = self.core
        for hour, action in ((10.6, self._small_moves), (9.2, self._beds_closed), (15.0, self._afternoon),
                             (5.5, self._day_hospital)):  # fmt: skip
            at = at_hour(day, hour)
            if at >= core.now:
                core.later(at, action, day)
        core.later(at_hour(day + 1, 0.0) + 1, self._midnight, day + 1)

    def _midnight(self, day: int) -> None:
        self.emergency.plan_day(day, self.core.now)
        self._day(day)

    def _afternoon(self, day: int) -> None:
        self._plan_admissions(day + 2)
        if weekday(day) == 4:
            self._leaves(day)

    # --- scheduled admissions ---------------------------------------------------------------------------

    def _stay(self, ward: Ward, klass: str = "I") -> Stay:
        filiere = ward.uf.filiere
        core = self.core
        random = core.random
        person = self._person(ward.site.member, filiere)
        stay = core.new_stay(ward.site.member, person, klass, filiere, ward)
        stay.ward = ward
        if filiere == "SMR":
            stay.entry = "7" if random.random() < 0.7 else "8"
        return stay

    def _person(self, member: Member, filiere: str) -> Person:
        random = self.core.random
        low, high, mode = AGES[filiere]
        age = int(random.triangular(low, high + 0.99, mode))
        sex = "F" if filiere == "OBS" or random.random() < (0.62 if age > 78 else 0.49) else "M"
        if random.random() < _KNOWN.get(filiere, 0.3):
            known = member.registry.readmitted(age, sex)
            if known is not None:
                return known
        person = member.registry.newcomer(age, sex, day_of(self.core.now))
        person.created = True
        self.core.tell_person("A28", member, person)
        return person

    def _plan_admissions(self, day: int) -> None:
        """Book admissions of a day so that the ward comes near its target."""
        core = self.core
        random = core.random
        today = day_of(core.now)
        share = ELECTIVE_WEEKDAYS[weekday(day)]
        for ward in self._inpatient:
            filiere = ward.uf.filiere
            for old in [d for d in ward.booked if d < today]:
                del ward.booked[old]
            leaving = sum(n for d, n in ward.leaving.items() if d <= day)
            coming = sum(n for d, n in ward.booked.items() if d > today)
            urgent = ward.urgent_a_day * max(0.0, day - today + 0.5)
            wanted = OCCUPANCY[filiere] * ward.armed - (ward.occupied - leaving + coming + urgent)
            wanted = min(max(wanted, 0.04 * ward.armed / LENGTHS[filiere].mean) * share, 0.3 * ward.armed)
            for _ in range(int(wanted + random.random())):
                self._book(ward, day)

    def _book(self, ward: Ward, day: int) -> None:
        core, random = self.core, self.core.random
        hour = 7.5 + random.random() * 3.5 if random.random() < 0.65 else 13.5 + random.random() * 3.5
        at = at_hour(day, hour)
        if at <= core.now + HOUR:
            return
        stay = self._stay(ward)
        ward.booked[day] = ward.booked.get(day, 0) + 1
        if ward.uf.filiere not in ("SMR", "SLD") or random.random() < 0.5:
            stay.preadmission_movement = core.tell("A05", stay, at=at, when=at).movement
        core.later(at, self._scheduled, (stay, ward, 0))

    def _scheduled(self, triple: tuple[Stay, Ward, int]) -> None:
        stay, ward, tries = triple
        core = self.core
        stay.begun = core.now
        if tries == 0 and core.random.random() < 0.03:
            self._not_coming(stay)
            return
        for candidate in (ward, *ward.site.wards[ward.uf.filiere]):
            bed = candidate.take(stay, other_sex=tries > 1)
            if bed is not None:
                self.wards.admit(stay, bed)
                return
        if tries < 4:
            core.later(core.now + int((1.0 + core.random.random()) * HOUR), self._scheduled, (stay, ward, tries + 1))
        else:
            self._not_coming(stay)

    def _not_coming(self, stay: Stay) -> None:
        if stay.preadmission_movement:
            self.core.tell("A38", stay, movement=stay.preadmission_movement, original="A05")
        self.wards.close(stay)

    def _day_hospital(self, day: int) -> None:
        """Patients of the day units: in the morning, out in the afternoon."""
        if weekday(day) >= 5:
            return
        core = self.core
        random = core.random
        for ward in self._day_units:
            klass = "I" if ward.uf.filiere == "CHI" else "R"
            for _ in range(len(ward.free)):
                if random.random() < _DAY_FILLED:
                    core.later(at_hour(day, 7.2 + random.random() * 2.6), self._day_arrival, (ward, klass, day))

    def _day_arrival(self, triple: tuple[Ward, str, int]) -> None:
        ward, klass, day = triple
        stay = self._stay(ward, klass)
        bed = ward.take(stay)
        if bed is None:
            stay.person.stays -= 1
            return
        self.wards.put(stay, bed)
        stay.announced = at_hour(day, 16.0)
        self.core.tell("A01", stay, when=stay.announced)
        self.core.later(at_hour(day, 12.0 + self.core.random.random() * 5.5), self._day_exit, stay)

    def _day_exit(self, stay: Stay) -> None:
        if not stay.over:
            self.wards.discharge(stay, "8")

    # --- small things -----------------------------------------------------------------------------------

    def _leaves(self, day: int) -> None:
        """Week-end leaves in rehabilitation and psychiatry (A21, A22)."""
        core = self.core
        random = core.random
        for ward in self._inpatient:
            if ward.uf.filiere not in ("SMR", "PSY"):
                continue
            for bed in ward.beds:
                stay = bed.stay
                if stay is None or stay.due < at_hour(day + 3, 8) or random.random() >= 0.16:
                    continue
                back = at_hour(day + 2, 17 + random.random() * 3)
                core.later(at_hour(day, 15.5 + random.random() * 2.5), self._go_out, (stay, back))

    def _go_out(self, pair: tuple[Stay, int]) -> None:
        stay, back = pair
        if stay.over or stay.away:
            return
        stay.away = True
        movement = self.core.tell("A21", stay, "S", when=back).movement
        if self.core.random.random() < 0.04:
            self.core.later(self.core.now + HOUR, self._leave_refused, (stay, movement))
        else:
            self.core.later(back, self._return, stay)

    def _leave_refused(self, pair: tuple[Stay, int]) -> None:
        stay, movement = pair
        if not stay.over and stay.away:
            stay.away = False
            self.core.tell("A52", stay, "S", movement=movement, original="A21")

    def _return(self, stay: Stay) -> None:
        if not stay.over and stay.away:
            self.wards.come_back(stay)

    def _small_moves(self, _day: int) -> None:
        """Changes of bed, of ward, of responsible unit or doctor; updates; identities completed."""
        random = self.core.random
        for ward in self._inpatient:
            present = [bed for bed in ward.beds if bed.stay is not None and not bed.stay.away]
            if not present:
                continue
            bed = random.choice(present)
            roll = random.random()
            if roll < 0.20:
                self._change_bed(bed)
            elif roll < 0.34:
                self._change_ward(bed)
            elif roll < 0.37:
                self._change_responsible(bed)
            elif roll < 0.40:
                self._told(bed, "A54", "")
            elif roll < 0.52:
                self._told(bed, "Z99", "HMS")
            elif roll < 0.80:
                self._identify(bed)
            elif roll < 0.803:
                self._renumber(bed)

    def _told(self, bed: Bed, trigger: str, nature: str) -> None:
        stay = bed.stay
        if stay is None or not stay.last_movement:
            return
        if trigger == "Z99":
            self.core.tell("Z99", stay, nature, at=stay.last_at, when=stay.announced, movement=stay.last_movement,
                           original=stay.last_trigger)  # fmt: skip
        else:
            self.core.tell(trigger, stay, nature)

    def _change_bed(self, bed: Bed) -> None:
        stay = bed.stay
        new = bed.ward.take(stay, other_sex=False) if stay is not None else None
        if stay is not None and new is not None:
            self.wards.put(stay, new)
            self.core.tell("A02", stay, "L")

    def _change_ward(self, bed: Bed) -> None:
        """To another ward of the filière; the date of exit stays."""
        stay = bed.stay
        others = [w for w in bed.ward.site.wards[bed.ward.uf.filiere] if w is not bed.ward and len(w.free) > 2]
        if stay is None or not others or not stay.due_day:
            return
        ward = self.core.random.choice(others)
        new = ward.take(stay, other_sex=False)
        if new is None:
            return
        left = bed.ward.leaving.get(stay.due_day, 0)
        if left:
            bed.ward.leaving[stay.due_day] = left - 1
        ward.leaving[stay.due_day] = ward.leaving.get(stay.due_day, 0) + 1
        self.wards.put(stay, new)
        stay.medical = ward.uf
        self.core.tell("A02", stay, "HMS")

    def _change_responsible(self, bed: Bed) -> None:
        """Another unit becomes responsible; the patient does not move (ZBE-9 = M)."""
        stay = bed.stay
        others = [w for f in ("MED", "CHI", "GER") for w in bed.ward.site.wards.get(f, ()) if w is not bed.ward]
        if stay is not None and others:
            stay.medical = self.core.random.choice(others).uf
            self.core.tell("A02", stay, "M")

    def _identify(self, bed: Bed) -> None:
        """A provisional identity is qualified (A31)."""
        for other in bed.ward.beds:
            stay = other.stay
            if stay is not None and stay.person.status in ("PROV", "VALI"):
                person = stay.person
                stay.member.registry.qualify(person)
                self.core.tell_person("A31", stay.member, person)
                return

    def _renumber(self, bed: Bed) -> None:
        """The local number of a patient changes (A47)."""
        stay = bed.stay
        if stay is not None:
            person = stay.person
            former = stay.member.registry.known_elsewhere(person)
            person.ipp, former.ipp = former.ipp, person.ipp
            person.changed()
            self.core.tell_person("A47", stay.member, person, former)

    def _beds_closed(self, _day: int) -> None:
        """Some free beds close, others reopen, so that the closed share stays about the same."""
        random = self.core.random
        for ward in self._inpatient:
            if random.random() >= 0.06:
                continue
            closed = [bed for bed in ward.beds if not bed.armed and not bed.dirty]
            if closed and random.random() < 0.38:
                bed = random.choice(closed)
                bed.armed = True
                self.core.deed("lit_ouvert", ward, bed, None)
                ward.ready(bed)
                self.wards.downstream.serve(ward)
            elif ward.free and len(closed) < len(ward.beds) // 6:
                bed = ward.free.pop(random.randrange(len(ward.free)))
                bed.armed = False
                self.core.deed("lit_ferme", ward, bed, None, motif=random.choice(("personnel", "travaux", "hygiène")))


def _throughput(wards: Sequence[Ward]) -> float:
    """Stays that end each day in these wards, at their target occupancy."""
    return sum(w.armed * OCCUPANCY[w.uf.filiere] / LENGTHS[w.uf.filiere].mean for w in wards)


def _need_shares(under_18: float, over_80: float) -> dict[str, float]:
    """Share of each filière among those hospitalised from an ED with that mix of ages."""
    weights = (
        under_18 * 0.35,
        (1 - under_18 - over_80) * 0.76 * 0.62,
        (1 - under_18 - over_80) * 0.24 * 1.75,
        over_80 * 2.35,
    )
    total = sum(weights) or 1.0
    shares: dict[str, float] = {}
    for weight, (_, table) in zip(weights, NEEDS, strict=True):
        for need, share in table:
            shares[need] = shares.get(need, 0.0) + weight / total * share
    return shares
