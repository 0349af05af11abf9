"""Where the group depends on others: vendors, concentration, hosting, end of support, greenhouse gases."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.model import Carbon
from archipel.domains.systems.rules.technologies import technologies, technology_index
from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import DEPENDENCY, EXIT, HOSTING, Kind

NAMED = ("oracle", "microsoft", "vmware")
"""The dependencies whose exit the sources ask to plan."""


@dataclass(slots=True)
class Dependency:
    """One family of vendors: what rests on it, and the way out."""

    family: str
    label: str
    applications: list[Record] = field(default_factory=list)
    equipment: int = 0
    cost: Decimal = Decimal(0)
    health: int = 0
    plans: Counter[str] = field(default_factory=Counter)

    @property
    def establishments(self) -> int:
        """How many establishments are concerned."""
        return len({one.key.establishment for one in self.applications})

    @property
    def plan(self) -> str:
        """The furthest plan said for a vendor of the family."""
        order = [code for code, _ in EXIT]
        known = [code for code in self.plans if code in order]
        return dict(EXIT)[max(known, key=order.index)] if known else "inconnu"


def dependencies(known: Inventory) -> list[Dependency]:
    """What rests on each family: by the technologies of applications and equipment, by vendors themselves."""
    reader, index = Reader(known), technology_index(known)
    vendors = {one.name: one for one in known.of(Kind.EDITEUR)}
    labels = dict(DEPENDENCY)
    found = {family: Dependency(family, labels[family]) for family in NAMED}

    def families(one: Record) -> set[str]:
        of_technologies = {tech.text("dependance") for tech in technologies(index, one)}
        own = vendors.get(reader.vendor(one))
        return {family for family in of_technologies | {own.text("dependance") if own else ""} if family}

    for one in known.live():
        for family in families(one) - {"aucune", "libre"}:
            kept = found.setdefault(family, Dependency(family, labels.get(family, family)))
            kept.applications.append(one)
            kept.cost += one.cost or 0
            kept.health += one.flag("donnees_sante") is True
    for one in known.of(Kind.EQUIPEMENT):
        for family in families(one) & set(found):
            found[family].equipment += int(one.number("quantite") or 1)
    for vendor in vendors.values():
        if vendor.text("dependance") in found and vendor.text("plan_sortie"):
            found[vendor.text("dependance")].plans[vendor.text("plan_sortie")] += 1
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Share:
    """A vendor's part of what is spent."""

    vendor: str
    cost: Decimal
    percent: Decimal
    applications: int
    establishments: int


@dataclass(frozen=True, slots=True)
class Concentration:
    """How spending is shared among vendors; ``index`` is Herfindahl-Hirschman, from 0 to 10,000."""

    shares: tuple[Share, ...]
    index: Decimal | None
    unknown: int
    """Applications whose vendor or cost is unknown."""


def concentration(known: Inventory) -> Concentration:
    """Spending by vendor, the largest first; the index is the sum of the squares of the shares in per cent."""
    reader = Reader(known)
    costs: dict[str, Decimal] = defaultdict(Decimal)
    uses: dict[str, list[Record]] = defaultdict(list)
    unknown = 0
    for one in known.live():
        vendor, cost = reader.vendor(one), one.cost
        if not vendor or cost is None:
            unknown += 1
        if vendor:
            costs[vendor] += cost or 0
            uses[vendor].append(one)
    total = sum(costs.values(), Decimal(0))
    shares = sorted(
        (
            Share(vendor, cost, 100 * cost / total if total else Decimal(0), len(uses[vendor]),
                  len({one.key.establishment for one in uses[vendor]}))
            for vendor, cost in costs.items()
        ),
        key=lambda share: (-share.cost, share.vendor),
    )  # fmt: skip
    index = sum((share.percent**2 for share in shares), Decimal(0)) if total else None
    return Concentration(tuple(shares), index, unknown)


@dataclass(frozen=True, slots=True)
class Hosting:
    """How many applications are hosted in a way, and how many of them hold health data."""

    label: str
    applications: int
    health: int


@dataclass(frozen=True, slots=True)
class Sovereignty:
    """Where applications are hosted, at what level of sovereignty, and what is wrong."""

    hosting: tuple[Hosting, ...]
    levels: tuple[tuple[str, int], ...]
    uncertified: tuple[Record, ...]
    """Health data at an outside host that is not certified HDS."""


def sovereignty(known: Inventory) -> Sovereignty:
    """Hosting and levels (0 to 4, SEAL of the European framework) of the applications in service."""
    live = known.live()
    rows = []
    for code, label in (*HOSTING, ("", "Inconnu")):
        here = [one for one in live if one.text("hebergement") == code]
        rows.append(Hosting(label, len(here), sum(one.flag("donnees_sante") is True for one in here)))
    levels = Counter(one.text("souverainete") or "inconnu" for one in live)
    wrong = [one for one in live if one.text("hebergement") == "externe" and one.flag("donnees_sante")]
    ordered = [(level, levels[level]) for level in ("0", "1", "2", "3", "4", "inconnu") if levels[level]]
    return Sovereignty(tuple(rows), tuple(ordered), tuple(wrong))


@dataclass(frozen=True, slots=True)
class Ending:
    """A technology whose support ends, and what uses it."""

    technology: Record
    ends: date
    days: int
    applications: tuple[Record, ...]
    equipment: int


def endings(known: Inventory) -> list[Ending]:
    """The technologies in use by the end of their support, the soonest first."""
    index = technology_index(known)
    uses: dict[str, list[Record]] = defaultdict(list)
    machines: Counter[str] = Counter()
    for one in known.live():
        for tech in technologies(index, one):
            uses[tech.key.code].append(one)
    for one in known.of(Kind.EQUIPEMENT):
        for tech in technologies(index, one):
            machines[tech.key.code] += int(one.number("quantite") or 1)
    found = []
    for tech in known.of(Kind.TECHNOLOGIE):
        ends, code = tech.day("fin_support"), tech.key.code
        if ends and (uses[code] or machines[code]):
            found.append(Ending(tech, ends, (ends - known.day).days, tuple(uses[code]), machines[code]))
    return sorted(found, key=lambda one: (one.ends, one.technology.key))


@dataclass(frozen=True, slots=True)
class Emission:
    """One type of equipment: kilograms of CO2 equivalent a year."""

    label: str
    count: Decimal
    making: Decimal
    """Making, moving and end of life, spread over the life."""
    electricity: Decimal

    @property
    def total(self) -> Decimal:
        """Both."""
        return self.making + self.electricity


def footprint(known: Inventory, carbon: Carbon) -> tuple[list[Emission], Decimal]:
    """Greenhouse gases of the equipment, by type (kg CO2e a year), and how many have no public factor.

    The electricity is that of the record (``electricite``, kWh a year for one unit) when it is said, else the average
    of the type; in a computer room, the building's consumption is added (PUE).
    """
    counts: dict[str, list[Decimal]] = {}
    without = Decimal(0)
    for one in known.of(Kind.EQUIPEMENT):
        number = one.number("quantite") or Decimal(1)
        factor = carbon.factors.get(one.text("type"))
        if factor is None:
            without += number
            continue
        kwh = one.number("electricite")
        used = number * (factor.kwh if kwh is None else kwh) * (carbon.pue if factor.room else 1)
        sums = counts.setdefault(one.text("type"), [Decimal(0)] * 3)
        sums[0] += number
        sums[1] += number * factor.once / factor.years
        sums[2] += used * carbon.kg_per_kwh
    made = [Emission(carbon.factors[code].label, *sums) for code, sums in counts.items()]
    return sorted(made, key=lambda one: -one.total), without
