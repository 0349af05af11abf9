"""Checks a plan and its certificate from the frozen inputs alone. Shares no code with what made them.

Everything is whole numbers. Up to 20 establishments every perimeter is tried (2 to the power n); beyond, where only the
sum of activities counts, the same is established by a knapsack: the greatest activity that a given price can buy.

What is proved: each project is allowed, the limits hold, the total is the sum; and for any other plan,
total ≤ sum of the prices of all slots (each slot is used at most once, and no project is worth more than its price).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Json = Mapping[str, Any]
Ints = npt.NDArray[np.int64]
_ALL = 20
_CUTS = ("categorie", "projets", "ensemble", "perimetre")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``plan``: the plan obeys every rule and its total is right; ``bound``: no plan is worth more."""

    plan: bool
    bound: bool
    total: int
    proved: int | None
    """The bound that the certificate proves, in euros; None: it proves nothing."""
    wrong: tuple[str, ...]
    """What does not hold, in French."""
    tried: int
    """How many perimeters were compared with their price."""

    @property
    def optimal(self) -> bool:
        """Whether the plan is certified the best."""
        return self.plan and self.bound


def check(inputs: Json, plan: Sequence[Json], total: int, certificate: Json | None) -> Verdict:
    """The verdict on a plan (rows with ``thematique``, ``perimetre``, ``porteur``, ``montant``) and its certificate."""
    question = _Question(inputs)
    wrong = tuple(question.faults(plan, total))
    if certificate is None:
        return Verdict(not wrong, False, total, None, (*wrong, "Aucun certificat n'accompagne ce plan."), 0)
    try:
        prover = _Bound(question, certificate)
        proved = prover.bound() + question.locked_total
    except _Broken as broken:
        return Verdict(not wrong, False, total, None, (*wrong, str(broken)), 0)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return Verdict(not wrong, False, total, None, (*wrong, f"Le certificat est illisible ({error})."), 0)
    told = (
        ()
        if proved < total + question.unit
        else (f"Le certificat prouve {proved} € au plus ; le plan vaut {total} €.",)
    )
    return Verdict(not wrong, not told, total, proved, (*wrong, *told), prover.tried)


class _Broken(Exception):
    """The certificate proves nothing, and why."""


class _Question:
    """The frozen inputs, read again."""

    def __init__(self, inputs: Json) -> None:
        rules = inputs["regles"]
        self.limit = int(rules["projets_par_finess"])
        self.distinct = bool(rules["thematiques_distinctes"])
        self.every_party = rules["eligibles"] == "tous"
        self.least = int(rules["etablissements_min"])
        self.most = rules["projets_max"]
        self.activity = {
            one["finess"]: Fraction(one["ac"]) for one in inputs["etablissements"] if one["ac"] is not None
        }
        self.codes = sorted(self.activity)
        self.steps = sorted((Fraction(one["a_partir_de"]), int(one["montant"])) for one in inputs["tranches"])
        barred = {(one["finess"], one["thematique"]) for one in inputs["exclusions"]}
        self.eligible = {one["id"]: set(one["eligibles"]) for one in inputs["thematiques"]}
        self.allowed = {
            theme: {c for c in self.codes if (c, theme) not in barred and (c in able or not self.every_party)}
            for theme, able in self.eligible.items()
        }
        self.able = {theme: self.allowed[theme] & able for theme, able in self.eligible.items()}
        self.apart = [set(pair) for pair in inputs["interdits"]]
        self.spend = None
        if inputs["depenses"] is not None:
            self.spend = {(one["finess"], one["thematique"]): int(one["montant"]) for one in inputs["depenses"]}
        self.locks = [(one["thematique"], frozenset(one["perimetre"])) for one in inputs["verrous"]]
        self.locked_total = sum(self.worth(theme, members) for theme, members in self.locks)
        self.unit = 1 if self.spend is not None else math.gcd(*(amount for _, amount in self.steps))
        taken = Counter(code for _, members in self.locks for code in members)
        self.slots = {code: self.limit - taken[code] for code in self.codes}

    def worth(self, theme: str, members: frozenset[str]) -> int:
        """What a project is worth, in euros."""
        activity = sum((self.activity[code] for code in members), Fraction(0))
        amount = [worth for since, worth in self.steps if since <= activity][-1]
        if self.spend is None:
            return amount
        return min(amount, sum(self.spend.get((code, theme), 0) for code in members))

    def free(self, theme: str) -> set[str]:
        """Who may still join a project of a theme, besides the locked ones."""
        busy = {code for one, members in self.locks if one == theme and self.distinct for code in members}
        return {code for code in self.allowed[theme] if self.slots[code] > 0 and code not in busy}

    def faults(self, plan: Sequence[Json], total: int) -> Iterator[str]:
        """What the plan breaks."""
        seen: Counter[str] = Counter()
        places: Counter[tuple[str, str]] = Counter()
        made: Counter[tuple[str, frozenset[str]]] = Counter()
        added = 0
        for number, one in enumerate(plan, 1):
            theme, members = one["thematique"], frozenset(one["perimetre"])
            imposed = (theme, members) in self.locks
            name = f"Projet {number}"
            if theme not in self.eligible or not members or not members <= set(self.codes):
                yield f"{name} : thématique ou établissement inconnu."
                continue
            if len(members) != len(one["perimetre"]):
                yield f"{name} : un établissement est écrit deux fois."
            if not members <= self.allowed[theme]:
                yield f"{name} : {', '.join(sorted(members - self.allowed[theme]))} n'y a pas droit."
            if one["porteur"] not in members & self.able[theme]:
                yield f"{name} : le porteur n'est pas un membre éligible."
            if not imposed and len(members) < self.least:
                yield f"{name} : moins de {self.least} établissements."
            if not imposed and any(pair <= members for pair in self.apart):
                yield f"{name} : réunit deux établissements qui ne doivent pas l'être."
            if self.worth(theme, members) != one["montant"]:
                yield f"{name} : vaut {self.worth(theme, members)} €, pas {one['montant']} €."
            added += self.worth(theme, members)
            seen.update(members)
            places.update((code, theme) for code in members)
            made[theme, members] += 1
        yield from self._limits(seen, places, made, len(plan))
        if added != total:
            yield f"La somme des projets est {added} €, pas {total} €."

    def _limits(
        self,
        seen: Counter[str],
        places: Counter[tuple[str, str]],
        made: Counter[tuple[str, frozenset[str]]],
        count: int,
    ) -> Iterator[str]:
        for code, times in sorted(seen.items()):
            if times > self.limit:
                yield f"{code} est dans {times} projets : {self.limit} au plus."
        for (code, theme), times in sorted(places.items()):
            if self.distinct and times > 1:
                yield f"{code} a {times} projets sur la thématique {theme}."
        if self.most is not None and count > self.most:
            yield f"{count} projets : {self.most} au plus."
        for lock, times in Counter(self.locks).items():
            if made[lock] < times:
                yield f"Il manque un projet imposé sur la thématique {lock[0]}."


class _Bound:
    """The tree of prices, walked."""

    def __init__(self, question: _Question, certificate: Json) -> None:
        self.q, self.tree = question, certificate["arbre"]
        self.scale = int(certificate["echelle"])
        self.groups = [list(group["thematiques"]) for group in certificate["groupes"]]
        self.tried = 0
        if sorted(theme for group in self.groups for theme in group) != sorted(question.eligible):
            raise _Broken("Les groupes du certificat ne couvrent pas les thématiques.")
        self.bit = {code: 1 << rank for rank, code in enumerate(question.codes)}

    def bound(self) -> int:
        """The bound in euros, locked projects left out, rounded down to a possible total."""
        return self._walk(self.tree, []) // self.scale

    def _walk(self, node: Json, path: list[tuple[Json, bool]]) -> int:
        if "sur" not in node:
            return self._leaf(node, path)
        cut = node["sur"]
        if not isinstance(cut["k"], int) or cut["nature"] not in _CUTS:
            raise _Broken("Une coupe du certificat n'a pas de sens.")
        return max(
            self._walk(node["au_plus"], [*path, (cut, True)]), self._walk(node["au_moins"], [*path, (cut, False)])
        )

    def _leaf(self, leaf: Json, path: list[tuple[Json, bool]]) -> int:
        u, w, p, r, rounded = leaf["u"], leaf["w"], leaf["p"], leaf["r"], leaf["arrondis"]
        prices = [*u.values(), p, *(price for row in w for price in row.values()), *(one["prix"] for one in rounded)]
        if any(not isinstance(price, int) or price < 0 for price in prices) or len(w) != len(self.groups):
            raise _Broken("Un prix du certificat est négatif ou n'est pas un entier.")
        if len(r) != len(path) or any((price < 0) == most and price for price, (_, most) in zip(r, path, strict=True)):
            raise _Broken("Les prix des coupes du certificat ont le mauvais signe.")
        if any(one["nature"] != "arrondi" or one["q"] < 2 for one in rounded):
            raise _Broken("Un arrondi du certificat n'a pas de sens.")
        if p and self.q.most is None:
            raise _Broken("Le certificat donne un prix à un nombre de projets qui n'est pas limité.")
        for number, group in enumerate(self.groups):
            for theme in group:
                self._dear_enough(theme, number, leaf, path)
        total = sum(self.q.slots[code] * price for code, price in u.items())
        total += sum(self._places(number) * sum(row.values()) for number, row in enumerate(w))
        total += p * (self.q.most - len(self.q.locks)) if p else 0
        total += sum(price * (cut["k"] + (0 if most else 1)) for price, (cut, most) in zip(r, path, strict=True))
        return int(total + sum(one["prix"] * self._rounded(one) for one in rounded))

    def _places(self, group: int | None) -> int:
        """How many projects of a group of themes an establishment may be in."""
        return self.q.limit if group is None or not self.q.distinct else len(self.groups[group])

    def _rounded(self, one: Json) -> int:
        """The slots of some establishments, added, divided by q, rounded down: the most that projects add together."""
        slots = [min(self.q.slots[code], self._places(one["groupe"])) for code in set(one["etablissements"])]
        return sum(slots) // int(one["q"])

    def _dear_enough(self, theme: str, group: int, leaf: Json, path: list[tuple[Json, bool]]) -> None:
        """Every possible perimeter of the theme costs at least its worth."""
        free = sorted(self.q.free(theme))
        costs = [leaf["u"].get(code, 0) + leaf["w"][group].get(code, 0) for code in free]
        counted = [(cut, price) for (cut, _), price in zip(path, leaf["r"], strict=True)]
        counted += [(one, one["prix"]) for one in leaf["arrondis"]]
        counted = [(one, price) for one, price in counted if price and one["groupe"] in (None, group)]
        if len(free) <= _ALL:
            self._each(theme, free, costs, int(leaf["p"]), counted)
        elif counted or self.q.spend is not None or self.q.least > 1 or not self.q.every_party or leaf["p"]:
            raise _Broken(f"Plus de {_ALL} établissements : ce certificat ne peut pas être vérifié.")
        else:
            self._bought(theme, free, costs)

    def _each(
        self, theme: str, free: list[str], costs: list[int], project: int, counted: list[tuple[Json, int]]
    ) -> None:
        scale = math.lcm(
            *(self.q.activity[code].denominator for code in free), *(s.denominator for s, _ in self.q.steps)
        )
        activity = _sums([int(self.q.activity[code] * scale) for code in free])
        price = _sums(costs) + project
        worth = np.zeros(len(activity), dtype=np.int64)
        for since, amount in self.q.steps:
            worth[activity >= int(since * scale)] = amount
        if self.q.spend is not None:
            worth = np.minimum(worth, _sums([self.q.spend.get((code, theme), 0) for code in free]))
        every = np.arange(len(activity), dtype=np.int64)
        bits = {code: 1 << rank for rank, code in enumerate(free)}
        for one, extra in counted:
            price = price + extra * self._added(one, free, every, activity, scale)
        possible = _sums([1] * len(free)) >= max(1, self.q.least)
        if not self.q.every_party:
            possible &= (every & sum(bits[code] for code in free if code in self.q.able[theme])) != 0
        for pair in self.q.apart:
            if pair <= set(free):
                both = sum(bits[code] for code in pair)
                possible &= (every & both) != both
        self.tried += int(possible.sum())
        cheap = np.flatnonzero(possible & (price < worth * self.scale))
        if len(cheap):
            named = [code for code in free if int(cheap[0]) & bits[code]]
            raise _Broken(f"Un périmètre vaut plus que son prix ({theme} : {', '.join(named)}).")

    def _added(self, one: Json, free: list[str], every: Ints, activity: Ints, scale: int) -> Ints:
        """What each perimeter adds to what a cut or a rounding counts."""
        if one["nature"] == "projets":
            return np.ones(len(every), dtype=np.int64)
        if one["nature"] == "categorie":
            return np.asarray(activity >= math.ceil(Fraction(one["a_partir_de"]) * scale), dtype=np.int64)
        named = set(one["etablissements"])
        if one["nature"] == "arrondi":
            return _sums([int(code in named) for code in free]) // int(one["q"])
        if not named <= set(free):
            return np.zeros(len(every), dtype=np.int64)
        wanted = sum(1 << rank for rank, code in enumerate(free) if code in named)
        hit = (every & wanted) == wanted if one["nature"] == "ensemble" else every == wanted
        return np.asarray(hit, dtype=np.int64)

    def _bought(self, theme: str, free: list[str], costs: list[int]) -> None:
        """By knapsack: no price below what a band is worth buys the activity where it begins."""
        scale = math.lcm(
            *(self.q.activity[code].denominator for code in free), *(s.denominator for s, _ in self.q.steps)
        )
        top = max(amount for _, amount in self.q.steps) * self.scale
        best = np.zeros(top, dtype=np.int64)
        for code, cost in zip(free, costs, strict=True):
            activity = int(self.q.activity[code] * scale)
            if cost == 0:
                best += activity
            elif cost < top:
                best[cost:] = np.maximum(best[cost:], best[:-cost] + activity)
        for since, amount in self.q.steps:
            below = amount * self.scale - 1
            if since > 0 and best[below] >= int(since * scale):
                raise _Broken(f"Un périmètre vaut plus que son prix ({theme}, à partir de {since}).")
            if since == 0 and min(costs) <= below:
                raise _Broken(f"Un établissement seul vaut plus que son prix ({theme}).")
        self.tried += 2 ** len(free) - 1


def _sums(values: Sequence[int]) -> Ints:
    total = np.zeros(1, dtype=np.int64)
    for value in values:
        total = np.concatenate([total, total + value])
    return total
