"""What is assumed where the inventory does not say: a file of defaults, which every scenario shows and may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import yaml

from archipel.foundation.files import read_yaml, reference_dir
from archipel.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Assumption:
    """One figure: its default, unit, name, and when it is used."""

    id: str
    value: float
    unit: str
    label: str
    help: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """The file. ``days`` and ``euros``: group or function → cost of a switch for 1,000 users."""

    version: str
    source: str
    years: int
    pivots: Mapping[str, tuple[str, ...]]
    large: frozenset[str]
    values: tuple[Assumption, ...]
    days: Mapping[str, int]
    euros: Mapping[str, int]

    @property
    def names(self) -> frozenset[str]:
        """Every figure that a scenario may change: ``licence``, ``jours:dossier``, ``euros:dpi`` …"""
        switches = {f"{what}:{name}" for name in self.days for what in ("jours", "euros")}
        return frozenset({one.id for one in self.values} | switches)

    def value(self, name: str, changed: Mapping[str, float]) -> float:
        """A figure, as the scenario says it or by default."""
        if name in changed:
            return changed[name]
        if name.startswith("jours:"):
            return self.days[name.removeprefix("jours:")]
        if name.startswith("euros:"):
            return self.euros[name.removeprefix("euros:")]
        return next(one.value for one in self.values if one.id == name)

    def switch(self, what: str, function: str, group: str, changed: Mapping[str, float]) -> int:
        """``jours`` or ``euros`` of the switch of a function, its own when it has one, else its group's."""
        table = self.days if what == "jours" else self.euros
        name = function if function in table else group
        return round(self.value(f"{what}:{name}", changed)) if name in table else 0


@lru_cache(maxsize=1)
def defaults() -> Defaults:
    """The defaults (``reference/scenarios/trajectoire.yaml``).

    Raises:
        Invalid: unreadable.
    """
    path = reference_dir() / "scenarios" / "trajectoire.yaml"
    try:
        told = read_yaml(path)
        return Defaults(
            version=str(told["version"]),
            source=str(told["source"]),
            years=int(told["annees"]),
            pivots={group: tuple(names) for group, names in told["pivots"].items()},
            large=frozenset(told["grandes"]),
            values=tuple(
                Assumption(one["id"], float(one["valeur"]), one["unite"], one["libelle"], one["aide"])
                for one in told["valeurs"]
            ),
            days={one["id"]: int(one["jours"]) for one in told["bascules"]},
            euros={one["id"]: int(one["euros"]) for one in told["bascules"]},
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"trajectoire.yaml est illisible : {error}.", code="reference-illisible") from error
