"""From frozen facts and settings to a problem: what is known is taken as it is, what is assumed is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from archipel.scenarios.trajectory.rules.assumptions import Defaults
from archipel.scenarios.trajectory.rules.pricing import Book, price_book
from archipel.scenarios.trajectory.values import (
    Application,
    Common,
    Current,
    Establishment,
    Force,
    Function,
    Link,
    Price,
    Problem,
    Rules,
)
from archipel.scenarios.trajectory.values.facts import Facts, Use
from archipel.scenarios.trajectory.values.settings import Settings


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reader must know: what is assumed or left out, and for what."""

    kind: str
    """``hypothese`` (assumed) or ``ecarte`` (left out)."""
    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A problem, what was assumed, and which use stands for each (establishment, function)."""

    problem: Problem
    notes: tuple[Note, ...]
    held: Mapping[tuple[str, str], Use]


def build(facts: Facts, settings: Settings, defaults: Defaults) -> Built:
    """The problem of a scenario."""
    made = _Builder(facts, settings, defaults)
    return Built(made.problem(), tuple(made.notes()), made.held)


class _Builder:
    """One scenario being put together."""

    def __init__(self, facts: Facts, settings: Settings, defaults: Defaults) -> None:
        self.facts, self.settings, self.defaults = facts, settings, defaults
        self.names = {one.code: one.name for one in facts.members}
        self.labels = {one.id: one.label for one in facts.functions}
        self.users = self._users()
        self.book: Book = price_book(facts, self.users, self._assumed)
        self.covers = self._covers()
        self.coverable = frozenset().union(*self.covers.values()) if self.covers else frozenset()
        self.held, self.doubles = self._held()
        self.needs = self._needs()

    def _assumed(self, name: str) -> float:
        return self.defaults.value(name, self.settings.assumptions)

    # --- reading the facts

    def _users(self) -> dict[str, int]:
        most: dict[str, int] = {}
        for use in self.facts.uses:
            if use.users:
                most[use.establishment] = max(most.get(use.establishment, 0), use.users)
        self.unknown_users = [one.name for one in self.facts.members if one.code not in most]
        return {one.code: most.get(one.code) or round(self._assumed("utilisateurs")) for one in self.facts.members}

    def _covers(self) -> dict[str, frozenset[str]]:
        known = {one.id for one in self.facts.functions}
        found: dict[str, set[str]] = defaultdict(set)
        for product in self.facts.products:
            found[product.name] |= set(product.functions) & known
        for use in self.facts.uses:
            found[use.product] |= set(use.functions) & known
        return {name: frozenset(functions) for name, functions in sorted(found.items()) if functions}

    def _held(self) -> tuple[dict[tuple[str, str], Use], list[str]]:
        """Who serves what; of two, the one that serves more functions, then the dearer."""
        found: dict[tuple[str, str], Use] = {}
        doubles = []
        for use in sorted(self.facts.uses, key=lambda one: (-len(one.functions), -one.cost, one.code)):
            for function in use.functions:
                if function not in self.labels:
                    continue
                key = (use.establishment, function)
                if key in found and found[key].product != use.product:
                    doubles.append(f"{self.names[use.establishment]} : {use.name} ({self.labels[function]})")
                found.setdefault(key, use)
        return found, doubles

    def _needs(self) -> dict[str, frozenset[str]]:
        mandatory = {one.id for one in self.facts.functions if one.mandatory} & self.coverable
        return {
            one.code: frozenset({function for place, function in self.held if place == one.code} | mandatory)
            for one in self.facts.members
        }

    # --- the problem

    def problem(self) -> Problem:
        settings, used = self.settings, frozenset().union(*self.needs.values()) if self.needs else frozenset()
        functions = tuple(self._functions(used))
        applications = tuple(self._applications(used))
        current = tuple(self._current())
        order = {name: rank for rank, name in enumerate(self.labels)}
        links = tuple(
            Link(one.a, one.b, round(self._assumed("interface")))
            for one in sorted(self.facts.exchanges, key=lambda one: (order.get(one.a, 0), order.get(one.b, 0)))
            if one.a in used and one.b in used
        )
        return Problem(
            settings.years, tuple(self._members()), functions, applications, current, links,
            self._rules(applications, current), tuple(self._forces()), tuple(self._prices()), settings.weights,
            settings.first_year,
        )  # fmt: skip

    def _members(self) -> Iterable[Establishment]:
        budgets = dict(self.settings.budgets)
        for one in self.facts.members:
            most = budgets.get(one.code)
            limits = (most,) * self.settings.years if most is not None else ()
            yield Establishment(one.code, one.name, self.users[one.code], self.needs[one.code], limits)

    def _functions(self, used: frozenset[str]) -> Iterable[Function]:
        groups = {one.id: one for one in self.facts.groups}
        changed = self.settings.assumptions
        mandatory = max(0, self.settings.mandatory_from - self.settings.first_year)
        for one in self.facts.functions:
            if one.id in used:
                before = [name for group in groups[one.group].after for name in self.defaults.pivots.get(group, ())]
                yield Function(
                    one.id, one.label, tuple(name for name in before if name in used and name != one.id),
                    mandatory if one.mandatory else None,
                    self.defaults.switch("jours", one.id, one.group, changed),
                    self.defaults.switch("euros", one.id, one.group, changed),
                )  # fmt: skip

    def _applications(self, used: frozenset[str]) -> Iterable[Application]:
        uses: dict[str, list[Use]] = defaultdict(list)
        for use in self.facts.uses:
            uses[use.product].append(use)
        golden, level = {one.name for one in self.facts.products}, self._assumed("souverainete")
        ends = dict(self.settings.ends)
        for name, covers in self.covers.items():
            if not covers & used:
                continue
            here, unit = uses[name], self.book.units[name]
            leaving = bool(here) and all(use.phasing_out for use in here)
            meets = sum(use.sovereignty is not None and use.sovereignty >= level for use in here)
            carbon = [use.carbon for use in here if use.carbon is not None]
            last = ends[name] - self.settings.first_year if name in ends else self._planned_end(here)
            yield Application(
                id=name, label=name, covers=covers & used, group_fee=round(self._assumed("contrat")),
                licence=unit.licence, run=round(self._assumed("socle")), run_user=unit.run,
                sovereign=bool(here) and 2 * meets >= len(here),
                carbon=round(median(carbon)) if carbon else round(self._assumed("carbone")),
                large=bool(covers & self.defaults.large), last=last,
                target=name in golden and not leaving and name not in self.settings.barred,
            )  # fmt: skip

    def _planned_end(self, uses: list[Use]) -> int | None:
        """The last year of a product that everybody plans to give up; None: some keep it, or nobody has it."""
        years = [date.fromisoformat(use.ends).year for use in uses if use.ends]
        if not uses or len(years) < len(uses):
            return None
        return max(0, max(years) - self.settings.first_year)

    def _current(self) -> Iterable[Current]:
        for (place, function), use in sorted(self.held.items()):
            yield Current(place, function, use.product, self._bound_until(use))

    def _bound_until(self, use: Use) -> int:
        """The first year that its contract does not bind: a year begun is due."""
        if not use.contract_end:
            return 0
        end = date.fromisoformat(use.contract_end)
        year = end.year if (end.month, end.day) == (1, 1) else end.year + 1
        return min(max(0, year - self.settings.first_year), self.settings.years)

    def _prices(self) -> Iterable[Price]:
        here: dict[tuple[str, str], list[Use]] = defaultdict(list)
        for use in {id(use): use for use in self.held.values()}.values():
            here[use.establishment, use.product].append(use)
        for (place, product), uses in sorted(here.items()):
            unit, users = self.book.units[product], self.users[place]
            licence = sum(use.licence if use.licence is not None else unit.licence * users for use in uses)
            run = sum(use.run if use.run is not None else unit.run * users for use in uses)
            yield Price(place, product, licence, run)

    def _rules(self, applications: tuple[Application, ...], current: tuple[Current, ...]) -> Rules:
        settings, years = self.settings, self.settings.years
        by_size = self._assumed("jours-mille") * sum(self.users.values()) / 1000
        everybody = round(self._assumed("jours-membre") * len(self.facts.members) + by_size)
        emitted = {a.id: a.carbon for a in applications}
        today = sum(emitted[name] for _, name in {(c.establishment, c.application) for c in current})
        cut = settings.carbon_cut
        carbon = () if cut is None else (*(None,) * (years - 1), round(today * (1 - cut)))
        share = settings.sovereign_share
        return Rules(
            capacity=settings.capacity[:years] or (everybody,) * years,
            one_large=settings.one_large,
            sovereign_share=(*(0.0,) * (years - 1), share) if share else (),
            carbon=carbon,
            common=tuple(
                Common(one.function, one.share, one.product, frozenset(one.members), one.label)
                for one in settings.targets
                if one.function in self.labels
            ),
            keep=settings.keep,
        )

    def _forces(self) -> Iterable[Force]:
        for one in self.settings.hands:
            year = None if one.year is None else one.year - self.settings.first_year
            yield Force(one.establishment, one.function, one.product, year, one.allowed)

    # --- what must be said

    def notes(self) -> Iterable[Note]:
        if self.book.alike:
            yield Note("hypothese", "Prix inconnu : celui, médian, des produits de la même fonction", self.book.alike)
        if self.book.unknown:
            yield Note("hypothese", "Prix inconnu : celui des hypothèses", self.book.unknown)
        if self.unknown_users:
            yield Note("hypothese", "Nombre d'utilisateurs inconnu : celui des hypothèses", tuple(self.unknown_users))
        free = [use for use in self.held.values() if not use.contract_end]
        unbound = sorted({f"{self.names[use.establishment]} : {use.name}" for use in free})
        if unbound:
            yield Note("hypothese", "Fin de contrat inconnue : libre tout de suite", tuple(unbound))
        missing = [one.label for one in self.facts.functions if one.mandatory and one.id not in self.coverable]
        if missing:
            yield Note("ecarte", "Aucun produit connu ne tient ces fonctions obligatoires", tuple(missing))
        if self.doubles:
            yield Note("ecarte", "Doublons : le second produit n'est compté que pour ce qu'il tient seul",
                       tuple(sorted(set(self.doubles))))  # fmt: skip
        silent = sorted(f"{self.names[u.establishment]} : {u.name}" for u in self.facts.uses if not u.functions)
        if silent:
            yield Note("ecarte", "Applications sans fonction dite", tuple(silent))
