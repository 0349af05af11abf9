"""The emergency departments: arrivals, triage, waiting, care, decision, and the wait for a downstream bed."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from math import exp

from archipel.demo.simulator.calendar import HOUR, MINUTE, at_hour, day_of, local, weekday
from archipel.demo.simulator.coding import summary
from archipel.demo.simulator.core import Core
from archipel.demo.simulator.downstream import Request
from archipel.demo.simulator.people import Person
from archipel.demo.simulator.profiles import (
    AGE_HOSPITALISED,
    CARE_HOURS,
    ED_HOURS,
    ED_WEEKDAYS,
    NEEDS,
    TRIAGE,
    season,
)
from archipel.demo.simulator.wards import WardFlow
from archipel.demo.simulator.world import Bed, EmergencyRoom, Stay

_TRIAGE_CHANCE = {1: 2.44, 2: 2.11, 3: 1.28, 4: 0.5, 5: 0.17}
"""Relative chance of being hospitalised, by triage level; the mean over arrivals is 1."""
KNOWN = 0.38
"""Share of arrivals by somebody already known."""
DUPLICATES = 0.006
MISTAKEN = 0.0015
"""Share of arrivals entered on somebody else's record, found hours later (A44)."""
GO_HOME = 0.10
"""Share of those waiting for a bed who go home in the end."""
UHCD_FIRST = 0.22
"""Share of those kept who go to the UHCD by choice."""


def poisson(mean: float, roll: float) -> int:
    """The Poisson quantile of ``roll``, for small means."""
    term = total = exp(-mean)
    count = 0
    while roll > total and count < 200:
        count += 1
        term *= mean / count
        total += term
    return count


@dataclass(frozen=True, slots=True)
class Surge:
    """More arrivals than usual at the supporting hospital, for some hours."""

    begin: int
    end: int
    factor: float

    def at(self, moment: int) -> float:
        """What multiplies the arrivals of an hour."""
        return self.factor if self.begin <= moment < self.end else 1.0


NO_SURGE = Surge(0, 0, 1.0)


class EmergencyFlow:
    """The process of every ED."""

    def __init__(self, core: Core, wards: WardFlow, surge: Surge = NO_SURGE) -> None:
        self.core = core
        self.surge = surge
        self.wards = wards
        wards.place_ready = self._place_ready  # type: ignore[method-assign]
        self.rooms = [room for site in core.world.sites for room in site.emergency]
        self._by_uf = {(room.uf.establishment, room.uf.code): room for room in self.rooms}
        self._scale = {id(room): room.hospitalised / self._mean_chance(room) for room in self.rooms}

    @staticmethod
    def _mean_chance(room: EmergencyRoom) -> float:
        if room.under_18 >= 1.0:
            return AGE_HOSPITALISED[0][1]
        middle = 1.0 - room.under_18 - room.over_80
        adult = 0.76 * AGE_HOSPITALISED[1][1] + 0.24 * AGE_HOSPITALISED[2][1]
        return room.under_18 * AGE_HOSPITALISED[0][1] + room.over_80 * AGE_HOSPITALISED[3][1] + middle * adult

    # --- arrivals ---------------------------------------------------------------------------------------

    def plan_day(self, day: int, after: int) -> None:
        """Draw the arrivals of a local day (those after an instant), hour by hour."""
        random, total = self.core.random, sum(ED_HOURS)
        support = self.core.world.support
        for room in self.rooms:
            daily = room.yearly / 365.0 * ED_WEEKDAYS[weekday(day)]
            for hour, weight in enumerate(ED_HOURS):
                begin = at_hour(day, hour)
                mean = daily * weight / total * season(local(begin // HOUR)[2])
                mean *= self.surge.at(begin) if room.site.member.finess == support else 1.0
                for _ in range(poisson(mean, random.random())):
                    at = begin + int(random.random() * HOUR)
                    if at > after:
                        self.core.later(at, self._arrival, room)

    def _age(self, room: EmergencyRoom) -> int:
        random = self.core.random
        roll = random.random()
        if roll < room.under_18:
            return int(random.random() ** 1.4 * 18)
        if roll < room.under_18 + room.over_80:
            return min(80 + int(random.expovariate(1 / 6.5)), 104)
        return 65 + int(random.random() * 15) if random.random() < 0.24 else 18 + int(random.random() * 47)

    def _person(self, room: EmergencyRoom, age: int) -> tuple[Person, Person | None]:
        """Who comes, and the true record when a duplicate was made by mistake."""
        core, member = self.core, room.site.member
        random = core.random
        sex = "F" if random.random() < 0.505 else "M"
        if random.random() < KNOWN:
            known = member.registry.readmitted(age, sex)
            if known is not None:
                if random.random() < DUPLICATES / KNOWN:
                    twin = member.registry.duplicate(known)
                    return twin, known
                return known, None
        return member.registry.newcomer(age, sex, day_of(core.now)), None

    def _arrival(self, room: EmergencyRoom) -> None:
        core = self.core
        random = core.random
        person, true_record = self._person(room, self._age(room))
        if not person.created:
            person.created = True
            core.tell_person("A28", room.site.member, person)
        stay = core.new_stay(room.site.member, person, "E", "", room.places["accueil"])
        stay.ed, stay.twin = room, true_record
        stay.triage = core.pick(TRIAGE)
        bed = room.places["accueil"].take(stay)
        if bed is not None:
            self.wards.put(stay, bed)
        stay.ward = room.places["accueil"]
        core.tell("A04", stay)
        core.later(core.now + (1 if stay.triage == 1 else 3 + int(random.random() * 8)) * MINUTE, self._triage, stay)
        if true_record is not None:
            core.later(core.now + (1 + int(random.random() * 30)) * HOUR, self._merge, stay)
        elif random.random() < MISTAKEN:
            core.later(core.now + (1 + int(random.random() * 5)) * HOUR, self._own, stay)

    def _own(self, stay: Stay) -> None:
        """The venue was entered on somebody else's record: it moves to the right one (A44)."""
        core, wrong = self.core, stay.person
        if stay.over or wrong.dead_at:
            return
        age = (day_of(core.now) - wrong.birth.toordinal()) // 365
        right = stay.member.registry.newcomer(age, wrong.sex, day_of(core.now))
        right.created = True
        core.tell_person("A28", stay.member, right)
        core.tell_person("A44", stay.member, right, wrong, stay)
        stay.person = right
        right.stays += 1
        wrong.stays -= 1

    def _merge(self, stay: Stay) -> None:
        """The duplicate record is found: it is merged into the true one (A40)."""
        true_record, duplicate = stay.twin, stay.person
        if true_record is None or true_record is duplicate or true_record.dead_at or duplicate.dead_at:
            return
        stay.twin = None
        self.core.tell_person("A40", stay.member, true_record, duplicate)
        stay.person = true_record
        if not stay.over:
            true_record.stays += 1
        duplicate.stays += 1000

    # --- steps ------------------------------------------------------------------------------------------

    def _go(self, stay: Stay, usage: str) -> Bed | None:
        """Move to a free place of that use, and tell it; None when there is none."""
        room = stay.ed
        if room is None or usage not in room.places:
            return None
        bed = room.places[usage].take(stay)
        if bed is not None:
            self.wards.put(stay, bed)
            self.core.tell("A02", stay, "L")
        return bed

    def _triage(self, stay: Stay) -> None:
        core = self.core
        if stay.triage > 1 and self._go(stay, "tri") is None:
            core.later(core.now + 4 * MINUTE, self._after_triage, stay)
            return
        core.later(core.now + (1 if stay.triage == 1 else 4 + int(core.random.random() * 5)) * MINUTE,
                   self._after_triage, stay)  # fmt: skip

    def _after_triage(self, stay: Stay) -> None:
        core, room = self.core, stay.ed
        if room is None:
            return
        if stay.ward is not None:
            core.deed("tri", stay.ward, stay.bed, stay, niveau=str(stay.triage))
        urgent = stay.triage == 1 and self._go(stay, "dechocage") is not None
        if urgent or (not room.queue and self._go(stay, "box") is not None):
            self._begin_care(stay)
        else:
            self._go(stay, "attente")
            heapq.heappush(room.queue, (stay.triage, core.now, core.rank(), stay))
            if stay.triage >= 4:
                core.later(core.now + int(core.spread(4.5, 0.5) * HOUR), self._leave_unseen, (stay, stay.phase))

    def _leave_unseen(self, pair: tuple[Stay, int]) -> None:
        stay, phase = pair
        if not stay.over and stay.phase == phase and stay.klass == "E":
            self._code(stay, "", left_unseen=True)
            self.wards.discharge(stay, "8")

    def _code(self, stay: Stay, need: str, *, left_unseen: bool = False) -> None:
        """The team writes the summary of the passage."""
        if stay.ward is not None:
            age = (day_of(self.core.now) - stay.person.birth.toordinal()) // 365
            items = summary(stay.vn, triage=stay.triage, age=age, need=need, left_unseen=left_unseen)
            self.core.deed("rpu", stay.ward, stay.bed, stay, **items)

    def _place_ready(self, bed: Bed) -> None:
        """A box is free: the next one waiting goes in."""
        room = self._by_uf.get((bed.ward.uf.establishment, bed.ward.uf.code))
        if room is None or bed.source.usage not in ("box", "dechocage") or bed not in bed.ward.free:
            return
        if bed.source.usage == "dechocage" and (not room.queue or room.queue[0][0] > 2):
            return
        while room.queue:
            stay = heapq.heappop(room.queue)[3]
            if not stay.over:
                if self._go(stay, bed.source.usage) is not None:
                    self._begin_care(stay)
                return

    def _begin_care(self, stay: Stay) -> None:
        core = self.core
        stay.phase += 1
        duration = core.spread(CARE_HOURS[stay.triage], 0.45) * HOUR
        if 2 <= stay.triage <= 4 and core.random.random() < 0.35:
            core.later(core.now + int(duration * 0.35), self._radiology, (stay, stay.phase))
        core.later(core.now + int(duration), self._decide, (stay, stay.phase))

    def _radiology(self, pair: tuple[Stay, int]) -> None:
        stay, phase = pair
        if stay.over or stay.phase != phase or stay.bed is None or stay.kept is not None or stay.ed is None:
            return
        box = stay.bed
        place = stay.ed.places["radio"].take(stay)
        if place is None:
            return
        stay.kept, stay.bed = box, None
        box.held, box.stay = stay, None
        self.wards.put(stay, place)
        self.core.tell("A02", stay, "L")
        minutes = 12 + int(self.core.random.random() * 25)
        self.core.later(self.core.now + minutes * MINUTE, self._back_from_radiology, pair)

    def _back_from_radiology(self, pair: tuple[Stay, int]) -> None:
        stay, phase = pair
        if stay.over or stay.phase != phase or stay.kept is None:
            return
        box, stay.kept = stay.kept, None
        self.wards.put(stay, box)
        self.core.tell("A02", stay, "L")

    # --- decision ---------------------------------------------------------------------------------------

    def _decide(self, pair: tuple[Stay, int]) -> None:
        stay, phase = pair
        room = stay.ed
        if stay.over or stay.phase != phase or room is None:
            return
        core = self.core
        if stay.kept is not None:
            core.later(core.now + 10 * MINUTE, self._decide, pair)
            return
        stay.phase += 1
        random = core.random
        age = (day_of(core.now) - stay.person.birth.toordinal()) // 365
        relative = next(value for limit, value in AGE_HOSPITALISED if age < limit)
        chance = self._scale[id(room)] * relative * _TRIAGE_CHANCE[stay.triage]
        roll = random.random()
        if stay.triage == 1 and random.random() < 0.06:
            self._code(stay, "SCA")
            self.wards.discharge(stay, "9")
        elif roll >= min(chance, 0.97):
            self._code(stay, "")
            self.wards.discharge(stay, "8")
        else:
            stay.need = core.pick(next(table for limit, table in NEEDS if age < limit))
            self._code(stay, stay.need)
            if age >= 3 and room.uhcd is not None and random.random() < UHCD_FIRST and self._to_uhcd(stay):
                self.wards.settle(stay)
                return
            self._ask(stay)

    def _to_uhcd(self, stay: Stay) -> bool:
        """Into the UHCD if it has a bed (A06)."""
        room = stay.ed
        bed = room.uhcd.take(stay) if room is not None and room.uhcd is not None else None
        if bed is None:
            return False
        stay.klass = "I"
        self.wards.put(stay, bed)
        stay.medical = bed.ward.uf
        self.core.tell("A06", stay)
        return True

    def _ask(self, stay: Stay) -> None:
        """Orientation decided: a downstream bed is asked for, then the search widens as time passes."""
        core, random = self.core, self.core.random
        stay.pending_movement = core.tell("A15", stay, "", wish=stay.need).movement
        if stay.ward is not None:
            core.deed("demande_aval", stay.ward, stay.bed, stay, filiere=stay.need)
        request = self.wards.downstream.ask(stay, stay.need, 0)
        if request.done:
            return
        if random.random() < GO_HOME:
            core.later(core.now + int((2 + random.random() * 6) * HOUR), self._better, request)
        steps = (
            (0.7 + random.random() * 0.6, self._to_corridor),
            (3.0 + random.random() * 2.0, self._board_in_uhcd),
            (6.0 + random.random() * 3.0, self._widen),
            (11.0 + random.random() * 4.0, self._abroad),
            (22.0 + random.random() * 12.0, self._outside),
        )
        for hours, action in steps:
            core.later(core.now + int(hours * HOUR), action, request)

    @staticmethod
    def _waits(request: Request) -> bool:
        stay = request.stay
        return not request.done and not stay.over and stay.phase == request.phase

    def _to_corridor(self, request: Request) -> None:
        stay = request.stay
        if self._waits(request) and stay.bed is not None and stay.bed.source.usage in ("box", "dechocage"):
            self._go(stay, "aval")

    def _board_in_uhcd(self, request: Request) -> None:
        if self._waits(request) and request.stay.klass == "E":
            self._to_uhcd(request.stay)

    def _outside(self, request: Request) -> None:
        """No bed in the whole group: transferred to a hospital outside it."""
        if self._waits(request):
            self.wards.downstream.withdraw(request)
            self.wards.discharge(request.stay, "7")

    def _better(self, request: Request) -> None:
        """The patient is well enough to go home after all (A26, A03)."""
        if self._waits(request):
            self.wards.downstream.withdraw(request)
            self.wards.cancel_pending(request.stay)
            self.wards.discharge(request.stay, "8")

    def _widen(self, request: Request) -> None:
        if self._waits(request):
            self.wards.downstream.widen(request)

    def _abroad(self, request: Request) -> None:
        if self._waits(request):
            self.wards.downstream.go_abroad(request)
