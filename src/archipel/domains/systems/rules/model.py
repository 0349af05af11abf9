"""The files shipped with the inventory: functions, carbon factors, shape of the consolidated export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import yaml

from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.functions import Function, FunctionModel, Group
from archipel.foundation.files import read_yaml, reference_dir
from archipel.kernel.errors import Invalid


def _load(name: str) -> dict[str, Any]:
    path = reference_dir() / "systems" / name
    try:
        found = read_yaml(path)
    except (OSError, yaml.YAMLError) as error:
        raise Invalid(f"{name} est illisible : {error}.", code="reference-illisible") from error
    if not isinstance(found, dict):
        raise Invalid(f"{name} : une table était attendue.", code="reference-illisible")
    return found


@lru_cache(maxsize=1)
def functions() -> FunctionModel:
    """The functional reference model (``reference/systems/fonctions.yaml``).

    Raises:
        Invalid: unreadable, or a function names a group that is not there.
    """
    told = _load("fonctions.yaml")
    groups = tuple(Group(g["id"], g["libelle"], int(g["rang"]), tuple(g["apres"])) for g in told["groupes"])
    known = {group.id for group in groups}
    made = []
    for one in told["fonctions"]:
        if one["groupe"] not in known:
            raise Invalid(f"fonctions.yaml : groupe « {one['groupe']} » inconnu.", code="reference-illisible")
        also = tuple(one.get("aussi", ()))
        made.append(Function(one["id"], one["libelle"], one["groupe"], bool(one["obligatoire"]),
                             one.get("pourquoi", ""), also))  # fmt: skip
    return FunctionModel(str(told["version"]), told["source"], groups, tuple(made))


@lru_cache(maxsize=1)
def function_words() -> Mapping[str, str]:
    """Plain written name → id of the function."""
    model = functions()
    words: dict[str, str] = {}
    for one in model.functions:
        for word in one.also:
            words.setdefault(plain(word), one.id)
    for one in model.functions:
        words[plain(one.label)] = words[plain(one.id)] = one.id
    return words


@dataclass(frozen=True, slots=True)
class Factor:
    """Kilograms of CO2 equivalent of one unit: once (making, moving, end of life), and its electricity."""

    label: str
    once: Decimal
    kwh: Decimal
    years: int
    room: bool
    """In a computer room: the electricity of the building is added (PUE)."""


@dataclass(frozen=True, slots=True)
class Carbon:
    """The factors and where they come from."""

    source: str
    kg_per_kwh: Decimal
    kwh_source: str
    pue: Decimal
    pue_source: str
    factors: Mapping[str, Factor]


@lru_cache(maxsize=1)
def carbon() -> Carbon:
    """The carbon factors (``reference/systems/carbone.yaml``). Raises Invalid."""
    told = _load("carbone.yaml")

    def number(value: object) -> Decimal:
        return Decimal(str(value))

    factors = {
        one["id"]: Factor(
            one["libelle"], number(one["fabrication"]) + number(one["distribution"]) + number(one["fin_de_vie"]),
            number(one["electricite"]), int(one["duree_ans"]), bool(one["salle"]),
        )
        for one in told["types"]
    }  # fmt: skip
    return Carbon(
        told["source"], number(told["electricite"]["kg_par_kwh"]), told["electricite"]["source"],
        number(told["pue"]["valeur"]), told["pue"]["source"], factors,
    )  # fmt: skip


@lru_cache(maxsize=1)
def osis_columns() -> tuple[str, tuple[tuple[str, str], ...]]:
    """The warning and the (title, field) of the consolidated export (``reference/systems/osis.yaml``)."""
    told = _load("osis.yaml")
    return told["avertissement"], tuple((one["titre"], one["champ"]) for one in told["colonnes"])
