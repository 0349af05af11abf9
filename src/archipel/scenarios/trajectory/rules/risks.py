"""What may go wrong with a plan: each risk with its level and the figures that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archipel.scenarios.trajectory.rules.building import Built
from archipel.scenarios.trajectory.rules.results import Results
from archipel.scenarios.trajectory.values import Choice
from archipel.scenarios.trajectory.values.facts import Facts

TENSE, FULL = 0.85, 0.95
MANY = 12
"""Functions that one establishment moves in one year."""
SHARE = 0.4
"""Share of the running costs on one vendor."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk: ``level`` 1 (to watch), 2 (serious) or 3 (critical), what is at stake, what to do."""

    level: int
    title: str
    text: str
    answer: str


LEVELS = {1: "à surveiller", 2: "sérieux", 3: "critique"}


def risks(facts: Facts, built: Built, choices: Sequence[Choice], found: Results) -> list[Risk]:
    """The risks of a plan, the worst first."""
    made = [*_load(found), *_crowded(found), *_vendor(facts, built, choices), *_support(facts), *_unknown(built),
            *_sovereignty(found)]  # fmt: skip
    return sorted(made, key=lambda one: -one.level)


def _load(found: Results) -> Iterable[Risk]:
    tense = [
        (year, days, most)
        for year, days, most in zip(found.years, found.load, found.capacity, strict=False)
        if most and days >= TENSE * most
    ]
    if tense:
        told = ", ".join(f"{year} ({100 * days / most:.0f} %)" for year, days, most in tense)
        level = 3 if any(days >= FULL * most for _, days, most in tense) else 2
        yield Risk(level, "Équipes sans marge", f"Charge proche de la capacité : {told}.",
                   "Renforcer ces années-là, ou décaler des bascules.")  # fmt: skip


def _crowded(found: Results) -> Iterable[Risk]:
    counts = Counter((one.name, one.year) for one in found.switches)
    crowded = sorted((pair for pair in counts.items() if pair[1] >= MANY), key=lambda pair: -pair[1])
    if crowded:
        told = ", ".join(f"{name} en {year} ({count} fonctions)" for (name, year), count in crowded[:4])
        more = f" et {len(crowded) - 4} autres" if len(crowded) > 4 else ""
        yield Risk(2, "Beaucoup de changements à la fois", f"{told}{more}.",
                   "Prévoir la formation et un soutien sur place ; étaler si possible.")  # fmt: skip


def _vendor(facts: Facts, built: Built, choices: Sequence[Choice]) -> Iterable[Risk]:
    vendors = {one.name: one.vendor for one in facts.products} | {one.product: one.vendor for one in facts.uses}
    users = {one.id: one.users for one in built.problem.establishments}
    counts: Counter[str] = Counter()
    for one in choices:
        counts[vendors.get(one.by_year[-1], "")] += users[one.establishment]
    total = sum(counts.values())
    name, most = max(((n, c) for n, c in counts.items() if n), key=lambda pair: pair[1], default=("", 0))
    if total and most / total >= SHARE:
        yield Risk(2 if most / total < 0.6 else 3, "Dépendance à un éditeur",
                   f"{name} tient {100 * most / total:.0f} % des besoins à la fin (pondérés par les utilisateurs).",
                   "Négocier réversibilité et formats d'export ; tenir un plan de sortie.")  # fmt: skip


def _support(facts: Facts) -> Iterable[Risk]:
    ended = [(name, end, count) for name, end, count in facts.endings if end <= facts.day and count]
    if ended:
        told = ", ".join(f"{name} ({count} applications)" for name, _, count in ended[:5])
        yield Risk(2, "Technologies déjà sans support", f"{told}.",
                   "Monter de version sans attendre la bascule, ou isoler.")  # fmt: skip


def _unknown(built: Built) -> Iterable[Risk]:
    free = [note for note in built.notes if note.kind == "hypothese"]
    count = sum(len(note.items) for note in free)
    if count:
        yield Risk(1 if count < 40 else 2, "Chiffres supposés",
                   f"{count} valeurs manquent à l'inventaire et sont supposées.",
                   "Compléter l'inventaire des établissements concernés, puis recalculer.")  # fmt: skip


def _sovereignty(found: Results) -> Iterable[Risk]:
    if found.sovereign and found.sovereign[-1] < found.sovereign[0] - 1:
        yield Risk(1, "Souveraineté en recul",
                   f"De {found.sovereign[0]:.0f} % à {found.sovereign[-1]:.0f} % des besoins au niveau attendu.",
                   "Demander un hébergement au niveau attendu dans les marchés.")  # fmt: skip
