"""Synthetic patients: invented family names, common first names, demonstration identifiers. Nobody real."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from archipel.kernel.ins import compute_key

_ROOTS = (
    "Test", "Testar", "Testi", "Démon", "Démo", "Ficti", "Fictard", "Exempl", "Exempli", "Simul", "Simulac", "Essay",
    "Modél", "Imagin", "Maquett", "Proto", "Inventi", "Figur", "Pseudo", "Gabari",
)  # fmt: skip
_ENDS = (
    "dier", "court", "ville", "gnac", "lier", "mont", "rand", "bault", "nel", "reau", "let", "chon", "vin", "raud",
    "zac", "teau", "ric", "bert", "sault", "geon", "quet", "vert", "lange", "fée", "ïs",
)  # fmt: skip
FAMILY_NAMES: tuple[str, ...] = tuple(root + end for root in _ROOTS for end in _ENDS)
"""Invented: every one begins like a word for "test", "fiction" or "model"."""

GIRLS = (
    "Marie", "Jeanne", "Françoise", "Monique", "Catherine", "Nathalie", "Isabelle", "Jacqueline", "Anne", "Sylvie",
    "Martine", "Madeleine", "Nicole", "Suzanne", "Hélène", "Christine", "Louise", "Émilie", "Chloé", "Léa", "Camille",
    "Manon", "Zoé", "Inès", "Jade", "Aïcha", "Fatima", "Sofia", "Maëlys", "Élodie", "Céline", "Aurélie", "Pauline",
)  # fmt: skip
BOYS = (
    "Jean", "Pierre", "Michel", "André", "Philippe", "René", "Louis", "Alain", "Jacques", "Bernard", "Marcel", "Daniel",
    "Roger", "Robert", "Paul", "Claude", "Christian", "Henri", "Nicolas", "François", "Éric", "Frédéric", "Lucas",
    "Hugo", "Théo", "Raphaël", "Gaël", "Mohamed", "Karim", "Noé", "Jérôme", "Loïc", "Benoît", "Grégory",
)  # fmt: skip
STREETS = ("rue des Essais", "allée du Modèle", "place de la Fiction", "chemin du Gabarit", "impasse de l'Exemple")

STATUSES = ("QUAL", "RECUP", "VALI", "PROV")
_STATUS_WEIGHTS = (80, 5, 7, 8)
_POOL = 20000
"""People remembered by each establishment for readmissions."""


@dataclass(slots=True, eq=False)
class Person:
    """A patient as one establishment knows it; mutable (identity qualified later, merged, dead)."""

    ipp: str
    sex: str
    birth: date
    family: str
    used: str
    given: str
    commune: str
    """INSEE code of the commune of birth."""
    town: tuple[str, str]
    """Postcode and name of the commune of residence."""
    street: str
    matricule: str
    """13 characters and key; empty when the INS is not known here."""
    status: str
    mother: str = ""
    """IPP of the mother, for a newborn."""
    dead_at: int = 0
    stays: int = 0
    """Venues open at this moment."""
    created: bool = False
    """Whether A28 was sent."""
    head: str = ""
    tail: str = ""
    """PID before and after PID-18, prepared by the emitter; emptied by :meth:`changed`."""

    def changed(self) -> None:
        """Forget the prepared segment."""
        self.head = self.tail = ""


class Registry:
    """The patients of one establishment."""

    def __init__(self, random: Random, towns: Sequence[tuple[str, str, str]], first_ipp: int) -> None:
        self._random = random
        self._towns = towns
        self._next = first_ipp
        self._pools: dict[tuple[str, int], deque[Person]] = {}

    def ipp(self) -> str:
        """A new local number."""
        self._next += 1
        return f"{self._next:08d}"

    def newcomer(self, age: int, sex: str, today: int) -> Person:
        """Create somebody of that age in years, ``today`` being the ordinal of the local day."""
        random = self._random
        born = date.fromordinal(today) - timedelta(days=int(age * 365.25) + int(random.random() * 365))
        family = random.choice(FAMILY_NAMES)
        woman = sex == "F"
        used = random.choice(FAMILY_NAMES) if woman and age > 25 and random.random() < 0.55 else family
        insee = random.choice(self._towns)[0]
        status = random.choices(STATUSES, _STATUS_WEIGHTS)[0]
        matricule = make_matricule(random, sex, born, insee) if status in ("QUAL", "RECUP") else ""
        street = f"{int(random.random() * 98) + 1} {random.choice(STREETS)}"
        home = random.choice(self._towns)
        return Person(
            self.ipp(), sex, born, family, used, random.choice(GIRLS if woman else BOYS), insee, home[1:], street,
            matricule, status,
        )  # fmt: skip

    def newborn(self, mother: Person, today: int) -> Person:
        """A child of ``mother`` born today: no INS yet, provisional identity."""
        random = self._random
        sex = "F" if random.random() < 0.488 else "M"
        given = random.choice(GIRLS if sex == "F" else BOYS)
        insee = random.choice(self._towns)[0]
        return Person(
            self.ipp(), sex, date.fromordinal(today), mother.used, mother.used, given, insee, mother.town,
            mother.street, "", "PROV", mother.ipp,
        )  # fmt: skip

    def known_elsewhere(self, person: Person) -> Person:
        """The same human being, registered here under another local number."""
        return Person(
            self.ipp(), person.sex, person.birth, person.family, person.used, person.given, person.commune,
            person.town, person.street, person.matricule, person.status,
        )  # fmt: skip

    def duplicate(self, person: Person) -> Person:
        """A second record of the same patient, made by mistake: other number, provisional, no INS."""
        twin = self.known_elsewhere(person)
        twin.matricule, twin.status = "", "PROV"
        return twin

    def qualify(self, person: Person) -> None:
        """The identity is checked and the INS retrieved."""
        person.status = "QUAL"
        if not person.matricule:
            person.matricule = make_matricule(self._random, person.sex, person.birth, person.commune)
        person.changed()

    def remember(self, person: Person, today: int) -> None:
        """Keep somebody who left, to be readmitted one day."""
        if person.dead_at:
            return
        key = (person.sex, _decade(person, today))
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = deque(maxlen=_POOL // 20)
        pool.append(person)

    def readmitted(self, age: int, sex: str) -> Person | None:
        """Somebody known of about that age, not present at the moment, or None."""
        pool = self._pools.get((sex, age // 10))
        if not pool:
            return None
        index = int(self._random.random() * len(pool))
        pool.rotate(-index)
        person = pool.popleft()
        return person if person.stays == 0 and not person.dead_at else None


def _decade(person: Person, today: int) -> int:
    return int((today - person.birth.toordinal()) / 365.25) // 10


def make_matricule(random: Random, sex: str, born: date, insee: str) -> str:
    """A matricule of the shape of a NIR, with its key; only ever sent with the demonstration OID."""
    body = f"{1 if sex == 'M' else 2}{born.year % 100:02d}{born.month:02d}{insee}{900 + int(random.random() * 99):03d}"
    return body + compute_key(body)
