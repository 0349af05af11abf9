"""The state of the simulated hospitals: beds, wards, emergency departments, stays. Mutable, owned by the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import cos, radians
from random import Random

from archipel.demo.simulator.people import Person, Registry
from archipel.demo.structure import DemoBed, DemoStructure, DemoUf
from archipel.territory.reference_values import RefEg, RefGht, RefUrgences


@dataclass(slots=True, eq=False)
class Bed:
    """A bed, day place or ED place. ``stay`` is who is in it, ``held`` who it is reserved for."""

    ward: Ward
    source: DemoBed
    chambre: str
    lit: str
    single: bool
    armed: bool
    mate: Bed | None = None
    """The other bed of a room of two."""
    stay: Stay | None = None
    held: Stay | None = None
    dirty: bool = False


@dataclass(slots=True, eq=False)
class Ward:
    """The beds of one UF (for an ED: of one usage)."""

    uf: DemoUf
    site: Site
    index: int
    beds: list[Bed] = field(default_factory=list)
    free: list[Bed] = field(default_factory=list)
    occupied: int = 0
    """Beds with a patient or held for one."""
    leaving: dict[int, int] = field(default_factory=dict)
    """Local day → stays expected to leave on that day."""
    booked: dict[int, int] = field(default_factory=dict)
    """Local day → scheduled admissions."""
    stay_scale: float = 1.0
    """Correction of the lengths of stay so that the demand fits the beds."""
    urgent_a_day: float = 0.0
    """Unscheduled admissions expected each day."""

    @property
    def armed(self) -> int:
        """Open beds."""
        return sum(1 for bed in self.beds if bed.armed)

    def take(self, stay: Stay, *, hold: bool = False, other_sex: bool = True) -> Bed | None:
        """Give a free bed, with a roommate of the same sex if there is one; None when there is none."""
        free = self.free
        chosen = -1
        sex = stay.person.sex
        for index in range(len(free) - 1, -1, -1):
            mate = free[index].mate
            if mate is None or mate.stay is None or mate.stay.person.sex == sex:
                chosen = index
                break
        if chosen < 0:
            if not free or not other_sex:
                return None
            chosen = len(free) - 1
        bed = free[chosen]
        free[chosen] = free[-1]
        free.pop()
        self.occupied += 1
        if hold:
            bed.held = stay
        else:
            bed.stay = stay
        return bed

    def leave(self, bed: Bed) -> None:
        """Empty a bed; it is not free until it is :meth:`ready`."""
        bed.stay = bed.held = None
        bed.dirty = True
        self.occupied -= 1

    def ready(self, bed: Bed) -> None:
        """The bed is clean: free again when it is open."""
        bed.dirty = False
        if bed.armed:
            self.free.append(bed)


@dataclass(slots=True, eq=False)
class EmergencyRoom:
    """An emergency department."""

    site: Site
    uf: DemoUf
    yearly: int
    hospitalised: float
    over_80: float
    under_18: float
    places: dict[str, Ward]
    """By usage."""
    uhcd: Ward | None = None
    queue: list[tuple[int, int, int, Stay]] = field(default_factory=list)
    """Waiting for a box: (triage, since, order, stay), a heap."""


@dataclass(slots=True, eq=False)
class Site:
    """A geographic site."""

    ref: RefEg
    member: Member
    wards: dict[str, list[Ward]] = field(default_factory=dict)
    """Wards with beds by filière, UHCD included, without day units."""
    day_units: list[Ward] = field(default_factory=list)
    emergency: list[EmergencyRoom] = field(default_factory=list)

    def distance(self, other: Site) -> float:
        """Rough distance in kilometres."""
        north = (self.ref.latitude - other.ref.latitude) * 111.2
        east = (self.ref.longitude - other.ref.longitude) * 111.2 * cos(radians(self.ref.latitude))
        return float((north * north + east * east) ** 0.5)


@dataclass(slots=True, eq=False)
class Member:
    """A legal entity: its numbers and its patients."""

    finess: str
    index: int
    registry: Registry
    dossiers: int = 0
    movements: int = 0
    sites: list[Site] = field(default_factory=list)

    def dossier(self) -> int:
        """The next rank of a dossier."""
        self.dossiers += 1
        return self.dossiers

    def movement(self) -> int:
        """The next number of a movement."""
        self.movements += 1
        return self.movements


@dataclass(slots=True, eq=False)
class Stay:
    """A venue in the making."""

    member: Member
    person: Person
    dossier: str
    vn: str
    klass: str
    """PV1-2: E, I or R."""
    need: str
    """Filière needed."""
    uf: DemoUf
    """Where the patient is hosted."""
    medical: DemoUf
    """Who is responsible."""
    site: Site
    bed: Bed | None = None
    ward: Ward | None = None
    begun: int = 0
    """When the patient came."""
    due: int = 0
    """When the stay is due to end; 0 unknown."""
    due_day: int = 0
    """The day counted in ``ward.leaving``."""
    announced: int = 0
    """The expected exit that was told (PV2-9, A16); 0 none."""
    triage: int = 0
    ed: EmergencyRoom | None = None
    kept: Bed | None = None
    """A box kept while the patient is at the radiology."""
    entry: str = "8"
    """PMSI mode of entry."""
    last_trigger: str = ""
    last_movement: int = 0
    last_at: int = 0
    """Effective time of the last movement."""
    sent_at: int = 0
    """When the last message left; kept increasing by the emitter."""
    expected_exit_movement: int = 0
    pending_movement: int = 0
    preadmission_movement: int = 0
    phase: int = 0
    """Grows at each change of plan, so that a stale event is ignored."""
    outcome: str = "domicile"
    """How the stay in the present ward ends: domicile, deces, smr or aval."""
    away: bool = False
    """On leave of absence."""
    room: str = ""
    """Room of a newborn, which has no bed of its own."""
    child: Stay | None = None
    """The venue of the newborn that stays with its mother."""
    twin: Person | None = None
    """The true record of somebody registered twice by mistake."""
    over: bool = False


class World:
    """Every site of the GHT."""

    def __init__(self, ght: RefGht, structure: DemoStructure, random: Random) -> None:
        self.random = random
        self.support = ght.support.finess.value
        self.members: list[Member] = []
        self.sites: list[Site] = []
        self.wards: list[Ward] = []
        towns = sorted({(e.commune.code_insee, e.commune.code_postal, e.commune.nom) for e in ght.egs})
        by_site: dict[str, list[DemoUf]] = {}
        for uf in structure.ufs:
            by_site.setdefault(uf.site, []).append(uf)
        for index, ej in enumerate(ght.ejs):
            member = Member(ej.finess.value, index, Registry(random, towns, 100000 * (index + 1)))
            member.movements = 1000 * (index + 1)
            self.members.append(member)
            for eg in ej.egs:
                site = Site(eg, member)
                member.sites.append(site)
                self.sites.append(site)
                for uf in by_site.get(eg.finess.value, ()):
                    self._add(site, uf, structure)
        for site in self.sites:
            self._join_uhcd(site)
        self.near: dict[Site, list[Site]] = {
            site: sorted(self.sites, key=lambda other: (other.member is not site.member, site.distance(other)))
            for site in self.sites
        }

    def _add(self, site: Site, uf: DemoUf, structure: DemoStructure) -> None:
        beds = structure.beds_of[uf.establishment, uf.code]
        if uf.kind == "urgences":
            places: dict[str, Ward] = {}
            for usage in dict.fromkeys(bed.usage for bed in beds):
                places[usage] = self._ward(site, uf, [bed for bed in beds if bed.usage == usage])
            urgences = next(u for u in site.ref.urgences if u.type == uf.ed_type)
            site.emergency.append(_emergency(site, uf, urgences, places))
            return
        ward = self._ward(site, uf, list(beds))
        if uf.kind == "jour":
            site.day_units.append(ward)
        else:
            site.wards.setdefault(uf.filiere, []).append(ward)

    def _ward(self, site: Site, uf: DemoUf, sources: list[DemoBed]) -> Ward:
        ward = Ward(uf, site, len(self.wards))
        rooms: dict[str, Bed] = {}
        for source in sources:
            bed = Bed(ward, source, source.chambre, source.lit, source.single, source.armed)
            other = rooms.get(source.chambre)
            if other is not None and source.usage == "lit":
                bed.mate, other.mate = other, bed
            rooms[source.chambre] = bed
            ward.beds.append(bed)
            if bed.armed:
                ward.free.append(bed)
        self.random.shuffle(ward.free)
        self.wards.append(ward)
        return ward

    @staticmethod
    def _join_uhcd(site: Site) -> None:
        wards = site.wards.get("UHCD", [])
        for room in site.emergency:
            same = [ward for ward in wards if ward.uf.ed_type == room.uf.ed_type]
            room.uhcd = same[0] if same else (wards[0] if wards and room.uf.ed_type == "GEN" else None)

    def inpatient_wards(self) -> Iterator[Ward]:
        """Wards with beds, UHCD included."""
        for site in self.sites:
            for wards in site.wards.values():
                yield from wards


def _emergency(site: Site, uf: DemoUf, urgences: RefUrgences, places: dict[str, Ward]) -> EmergencyRoom:
    child = urgences.type == "PED"
    passages = urgences.passages
    share = urgences.part_hospitalisee
    old = urgences.passages_80_ans_et_plus
    young = urgences.passages_moins_de_18_ans
    separate = any(u.type == "PED" for u in site.ref.urgences)
    return EmergencyRoom(
        site,
        uf,
        passages,
        share if share else (0.12 if child else 0.22),
        0.0 if child else (old / passages if old else 0.14),
        1.0 if child else (young / passages if young else (0.0 if separate else 0.22)),
        places,
    )
