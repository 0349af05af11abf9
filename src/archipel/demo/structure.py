"""A believable internal structure for the real sites of a GHT: pôles, services, UF, rooms, beds and ED places.

What is real: the sites and, for each site and filière, the number of beds and places (SAE). What is made up, for
the demonstration: the units, their names and codes, the rooms. Pure and deterministic for a seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from random import Random

from archipel.demo.nomenclature import DAY_UNITS, ONLY_SINGLE, POLES, SERVICE_OF_ED, UNIT_SIZE, WARDS
from archipel.territory.reference_values import RefEg, RefGht, RefUrgences

SINGLE_ROOMS = 0.60
"""Share of rooms of one bed in ordinary wards."""
UNARMED = (0.05, 0.08)
"""Range of the share of beds that are closed for want of staff."""
_USAGE_NAMES = {
    "place": "Place", "accueil": "Accueil", "tri": "Tri", "attente": "Attente", "box": "Box",
    "dechocage": "Déchocage", "radio": "Radio", "aval": "Couloir",
}  # fmt: skip
_ORDER = ("URG", "UHCD", "SCA", "SCP", "BRU", "MED", "GER", "CHI", "OBS", "PED", "SMR", "PSY", "SLD")


@dataclass(frozen=True, slots=True)
class DemoUf:
    """One unité fonctionnelle, with what it hangs from."""

    establishment: str
    """FINESS EJ."""
    site: str
    """FINESS EG."""
    pole: str
    pole_name: str
    service: str
    service_name: str
    code: str
    """Four digits, unique in the establishment."""
    name: str
    filiere: str
    kind: str
    """hospitalisation, jour or urgences."""
    ed_type: str = ""
    """GEN or PED for an emergency department and its UHCD."""
    protected_beds: int = 0
    """Beds kept for the emergency department of the site."""


@dataclass(frozen=True, slots=True)
class DemoBed:
    """One bed, day place or ED place."""

    establishment: str
    site: str
    uf: str
    chambre: str
    lit: str
    usage: str
    """lit, place, accueil, tri, attente, box, dechocage, aval or radio."""
    single: bool
    isolation: bool
    armed: bool
    """False: closed at the beginning (not staffed); the stream says so again as a ``lit_ferme``."""
    position: int

    @property
    def name(self) -> str:
        """What people call it: ``101`` (single room), ``102 P`` (by the door), ``Box 3``, ``Place 12``."""
        label = _USAGE_NAMES.get(self.usage)
        if label is not None:
            return f"{label} {int(''.join(c for c in self.lit if c.isdigit()))}"
        return self.chambre if self.single else f"{self.chambre} {self.lit[-1]}"


@dataclass(frozen=True)
class DemoStructure:
    """The structure of a GHT."""

    ufs: tuple[DemoUf, ...]
    beds: tuple[DemoBed, ...]

    @cached_property
    def beds_of(self) -> Mapping[tuple[str, str], tuple[DemoBed, ...]]:
        """Beds by (establishment, UF code)."""
        found: dict[tuple[str, str], list[DemoBed]] = {(uf.establishment, uf.code): [] for uf in self.ufs}
        for bed in self.beds:
            found[bed.establishment, bed.uf].append(bed)
        return {key: tuple(beds) for key, beds in found.items()}

    def count(self, site: str, filiere: str, usage: str = "lit") -> int:
        """Number of beds (or of places, with ``usage="place"``) of one filière at one site."""
        codes = {(uf.establishment, uf.code) for uf in self.ufs if uf.site == site and uf.filiere == filiere}
        return sum(1 for bed in self.beds if bed.usage == usage and (bed.establishment, bed.uf) in codes)


class _Codes:
    """Numbers of one establishment: UF, rooms, pôles and services."""

    def __init__(self, establishment: str) -> None:
        self.establishment = establishment
        self._next = {filiere: 1000 + 100 * rank for rank, filiere in enumerate(_ORDER)}
        self._used: set[str] = set()
        self._poles: dict[str, str] = {}
        self._services: dict[tuple[str, str], str] = {}
        self._room = 0

    def uf(self, filiere: str) -> str:
        while True:
            self._next[filiere] += 1
            code = f"{self._next[filiere]:04d}"
            if code not in self._used:
                self._used.add(code)
                return code

    def pole(self, name: str) -> str:
        return self._poles.setdefault(name, f"P{len(self._poles) + 1:02d}")

    def service(self, site: str, name: str) -> str:
        return self._services.setdefault((site, name), f"S{len(self._services) + 1:03d}")

    def room(self) -> str:
        self._room += 1
        floor, rank = divmod(self._room - 1, 60)
        return f"{floor + 1}{rank + 1:02d}"


def _cut(total: int, size: int) -> list[int]:
    """Cut a number of beds into nearly equal units of about ``size``."""
    units = max(1, round(total / size))
    base, rest = divmod(total, units)
    return [base + (1 if rank < rest else 0) for rank in range(units)]


def _unit_names(filiere: str, units: int, source: str) -> Iterator[str]:
    """Names of the units of a filière; critical care is named after what the SAE says the beds are."""
    names = WARDS[filiere]
    if filiere == "SCA" and "REAADU" not in source:
        names = WARDS["SI"] if "SIADU" in source else WARDS["SURVEILLANCE"]
    elif filiere == "SCP" and "PERINAT" not in source:
        names = ("Surveillance continue pédiatrique",)
    rounds = ceil(units / len(names))
    for rank in range(units):
        name, lap = names[rank % len(names)], rank // len(names)
        yield name if rounds == 1 else f"{name} {lap + 1}"


class _Builder:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a simulation, not a secret
        self.ufs: list[DemoUf] = []
        self.beds: list[DemoBed] = []

    def unit(self, eg: RefEg, codes: _Codes, name: str, filiere: str, kind: str, ed_type: str = "") -> DemoUf:
        pole = POLES[filiere]
        service_name = name.rstrip("0123456789 ") if kind == "hospitalisation" else name
        protected = 2 if kind == "hospitalisation" and filiere in ("MED", "GER", "CHI") and eg.urgences else 0
        uf = DemoUf(
            establishment=codes.establishment,
            site=eg.finess.value,
            pole=codes.pole(pole),
            pole_name=pole,
            service=codes.service(eg.finess.value, service_name),
            service_name=service_name,
            code=codes.uf(filiere),
            name=name,
            filiere=filiere,
            kind=kind,
            ed_type=ed_type,
            protected_beds=protected,
        )
        self.ufs.append(uf)
        return uf

    def place(self, uf: DemoUf, room: str, lit: str, usage: str, position: int, *, single: bool = False) -> None:
        isolation = single and self.random.random() < 0.3
        self.beds.append(
            DemoBed(uf.establishment, uf.site, uf.code, room, lit, usage, single, isolation, True, position)
        )

    def ward(self, eg: RefEg, codes: _Codes, name: str, filiere: str, beds: int, ed_type: str = "") -> None:
        uf = self.unit(eg, codes, name, filiere, "hospitalisation", ed_type)
        share = 1.0 if filiere in ONLY_SINGLE else SINGLE_ROOMS
        left, position = beds, 0
        while left:
            room = codes.room()
            double = left >= 2 and self.random.random() >= share
            for letter in ("P", "F") if double else ("P",):
                position += 1
                self.place(uf, room, f"{room}{letter}", "lit", position, single=not double)
            left -= 2 if double else 1

    def day_unit(self, eg: RefEg, codes: _Codes, filiere: str, places: int) -> None:
        name = DAY_UNITS.get(filiere, "Hôpital de jour")
        uf = self.unit(eg, codes, name, filiere, "jour")
        for rank in range(1, places + 1):
            self.place(uf, f"HDJ{(rank - 1) // 8 + 1}", f"PL{rank:03d}", "place", rank)

    def emergency(self, eg: RefEg, codes: _Codes, urgences: RefUrgences) -> None:
        uf = self.unit(eg, codes, SERVICE_OF_ED[urgences.type], "URG", "urgences", urgences.type)
        daily = urgences.passages / 365.0
        position = 0
        for usage, prefix, number in ed_places(daily):
            for rank in range(1, number + 1):
                position += 1
                room = f"{prefix}{rank:02d}" if usage in ("box", "dechocage") else prefix
                self.place(uf, room, f"{prefix}{rank:02d}", usage, position, single=usage in ("box", "dechocage"))

    def site(self, eg: RefEg, codes: _Codes) -> None:
        for urgences in eg.urgences:
            self.emergency(eg, codes, urgences)
        capacities = {c.filiere: c for c in eg.capacites}
        for filiere in _ORDER[1:]:
            capacity = capacities.get(filiere)
            if capacity is None:
                continue
            if filiere == "UHCD":
                self.uhcd(eg, codes, capacity.lits)
            elif capacity.lits:
                sizes = _cut(capacity.lits, UNIT_SIZE[filiere])
                for name, beds in zip(_unit_names(filiere, len(sizes), capacity.source), sizes, strict=True):
                    self.ward(eg, codes, name, filiere, beds)
            if capacity.places:
                self.day_unit(eg, codes, filiere, capacity.places)

    def uhcd(self, eg: RefEg, codes: _Codes, total: int) -> None:
        """One UHCD by ED that declares beds; what the EDs do not explain goes to the first."""
        shares = [(u.type, u.lits_uhcd) for u in eg.urgences if u.lits_uhcd]
        if sum(lits for _, lits in shares) != total:
            shares = [("GEN", total)]
        for ed_type, lits in shares:
            if lits:
                self.ward(eg, codes, "UHCD pédiatrique" if ed_type == "PED" else "UHCD", "UHCD", lits, ed_type)

    def close_some(self) -> None:
        """Close a few beds of each establishment; never in the UHCD, nor the last bed of a unit."""
        share = self.random.uniform(*UNARMED)
        alone = {(uf.establishment, uf.code) for uf in self.ufs if uf.filiere == "UHCD"}
        candidates = [i for i, b in enumerate(self.beds) if b.usage == "lit" and (b.establishment, b.uf) not in alone]
        total = sum(1 for b in self.beds if b.usage == "lit")
        sizes: dict[tuple[str, str], int] = {}
        for index in candidates:
            key = (self.beds[index].establishment, self.beds[index].uf)
            sizes[key] = sizes.get(key, 0) + 1
        wanted = round(total * share)
        self.random.shuffle(candidates)
        closed: dict[tuple[str, str], int] = {}
        for index in candidates:
            if not wanted:
                return
            bed = self.beds[index]
            key = (bed.establishment, bed.uf)
            if closed.get(key, 0) + 1 > max(1, sizes[key] // 6) or sizes[key] < 3:
                continue
            closed[key] = closed.get(key, 0) + 1
            wanted -= 1
            self.beds[index] = DemoBed(
                bed.establishment, bed.site, bed.uf, bed.chambre, bed.lit, bed.usage, bed.single, bed.isolation, False,
                bed.position,
            )  # fmt: skip


def ed_places(daily: float) -> Iterable[tuple[str, str, int]]:
    """Places of an emergency department of ``daily`` visits: (usage, prefix of the code, number)."""
    boxes = max(4, ceil(daily / 7.5))
    return (
        ("accueil", "ACC", max(3, ceil(daily / 25))),
        ("tri", "TRI", max(2, ceil(daily / 40))),
        ("attente", "ATT", max(8, ceil(daily / 3.5))),
        ("box", "BOX", boxes),
        ("dechocage", "DCH", max(1, ceil(daily / 60))),
        ("radio", "RAD", max(1, ceil(daily / 45))),
        ("aval", "COU", max(4, ceil(daily / 7))),
    )


def build_structure(ght: RefGht, *, seed: int) -> DemoStructure:
    """Build the internal structure of every site of a GHT; the same seed gives the same structure.

    The number of ``lit`` and ``place`` by site and filière equals the reference data (SAE) exactly, the closed
    (``armed=False``) beds included.
    """
    builder = _Builder(seed)
    for ej in ght.ejs:
        codes = _Codes(ej.finess.value)
        for eg in ej.egs:
            builder.site(eg, codes)
    builder.close_some()
    return DemoStructure(tuple(builder.ufs), tuple(builder.beds))
