"""The parameters of tension: a documented TOML file, that a group may replace by its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archipel.domains.flow.values.tension import Direction, Level, Mode, Signal, Threshold
from archipel.foundation import parameters
from archipel.territory.values import FILIERE_LABELS

VARIABLE = "ARCHIPEL_TENSION"
"""Path of the file to read instead of the one shipped (``reference/flow/tension.toml``)."""
LEVEL_KEYS = {"vigilance": Level.VIGILANCE, "tension": Level.TENSION, "forte": Level.FORTE}


@dataclass(frozen=True, slots=True)
class TensionConfig:
    """All that the computation of tension is told from outside."""

    every_minutes: int
    fall_minutes: int
    tension_from: Level
    """From this level on, a site is said to be in tension."""
    sites_minimum: int
    needed: Mapping[Level, int]
    bjml_years: int
    bjml_percentile: int
    bjml_days: int
    history_days: int
    history_minimum: int
    filieres: frozenset[str]
    """Filières whose beds count as downstream beds."""
    thresholds: Mapping[Signal, Threshold]
    sites: Mapping[str, Mapping[Signal, Threshold]]
    source: str
    """The file that was read."""

    def of_site(self, site: str) -> Mapping[Signal, Threshold]:
        """The thresholds of a site: its own where it has some."""
        return {**self.thresholds, **self.sites.get(site, {})}


def tension_config() -> TensionConfig:
    """The parameters in force; read once per file.

    Raises:
        NotFound: the file is not there.
        Invalid: it is not TOML, or a key or a value is not what is expected; the sentence says which.
    """
    return _read(parameters.path_of(VARIABLE, "flow/tension.toml"))


@lru_cache(maxsize=4)
def _read(path: Path) -> TensionConfig:
    return parse(parameters.load(path, "tension"), path.name)


def parse(document: Mapping[str, Any], name: str = "tension.toml") -> TensionConfig:
    """Read the parameters from a TOML document; see :func:`tension_config` for the errors."""
    reader = _Reader(name)
    reader.only(document, {"calcul", "indicateurs_minimum", "bjml", "historique", "aval", "indicateurs", "sites"})
    compute = reader.table(document, "calcul", {"toutes_les_minutes", "baisse_minutes", "niveau_de_tension",
                                                "sites_minimum"})  # fmt: skip
    needed = reader.table(document, "indicateurs_minimum", set(LEVEL_KEYS))
    bjml = reader.table(document, "bjml", {"annees", "percentile", "jours_minimum"})
    history = reader.table(document, "historique", {"jours", "jours_minimum"})
    downstream = reader.table(document, "aval", {"filieres"})
    sites = reader.table(document, "sites")
    return TensionConfig(
        every_minutes=reader.whole(compute, "calcul.toutes_les_minutes", 10, least=1, most=1440),
        fall_minutes=reader.whole(compute, "calcul.baisse_minutes", 60, least=0, most=1440),
        tension_from=Level(reader.whole(compute, "calcul.niveau_de_tension", 2, least=1, most=3)),
        sites_minimum=reader.whole(compute, "calcul.sites_minimum", 2, least=1, most=100),
        needed=MappingProxyType(
            {
                level: reader.whole(needed, f"indicateurs_minimum.{key}", 1, least=1, most=99)
                for key, level in LEVEL_KEYS.items()
            }
        ),
        bjml_years=reader.whole(bjml, "bjml.annees", 3, least=1, most=20),
        bjml_percentile=reader.whole(bjml, "bjml.percentile", 25, least=1, most=99),
        bjml_days=reader.whole(bjml, "bjml.jours_minimum", 7, least=1, most=140),
        history_days=reader.whole(history, "historique.jours", 365, least=2, most=3660),
        history_minimum=reader.whole(history, "historique.jours_minimum", 30, least=2, most=3660),
        filieres=reader.filieres(downstream),
        thresholds=reader.thresholds(reader.table(document, "indicateurs"), "indicateurs"),
        sites=MappingProxyType({site: reader.thresholds(reader.table(sites, site), f"sites.{site}") for site in sites}),
        source=name,
    )


class _Reader(parameters.Reader):
    """With what only tension has."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "tension")

    def filieres(self, table: Mapping[str, Any]) -> frozenset[str]:
        given = table.get("filieres", ["MED", "CHI", "GER", "PED"])
        if not isinstance(given, list) or not all(code in FILIERE_LABELS for code in given):
            raise self.wrong("aval.filieres", given, f"des filières parmi {', '.join(FILIERE_LABELS)}")
        return frozenset(given)

    def thresholds(self, table: Mapping[str, Any], where: str) -> Mapping[Signal, Threshold]:
        found: dict[Signal, Threshold] = {}
        for key in table:
            if key not in set(Signal):
                raise self.wrong(f"{where}.{key}", key, f"un indicateur parmi {', '.join(Signal)}")
            found[Signal(key)] = self.threshold(self.table(table, key, {"sens", "mode", "seuils"}), f"{where}.{key}")
        return MappingProxyType(found)

    def threshold(self, table: Mapping[str, Any], where: str) -> Threshold:
        direction, mode = table.get("sens", "haut"), table.get("mode", "absolu")
        if direction not in set(Direction):
            raise self.wrong(f"{where}.sens", direction, "haut ou bas")
        if mode not in set(Mode):
            raise self.wrong(f"{where}.mode", mode, "absolu ou ecart_type")
        steps = table.get("seuils")
        numbers = isinstance(steps, list) and len(steps) == 3
        if not numbers or any(isinstance(step, bool) or not isinstance(step, int | float) for step in steps or ()):
            raise self.wrong(f"{where}.seuils", steps, "trois nombres (vigilance, tension, tension forte)")
        rising = direction == Direction.HAUT or mode == Mode.ECART_TYPE
        low, middle, high = (float(step) for step in steps or ())
        if not (low <= middle <= high if rising else low >= middle >= high):
            raise self.wrong(f"{where}.seuils", steps, "trois nombres de plus en plus tendus")
        return Threshold(Direction(direction), Mode(mode), (low, middle, high))
