"""The ready-made scenarios: keep all, one patient record, the best by function, two poles, least cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

from archipel.scenarios.trajectory.rules.assumptions import Defaults
from archipel.scenarios.trajectory.values.facts import Facts
from archipel.scenarios.trajectory.values.settings import Preset, Settings, Target

MAJORITY = 0.6
POLE_NAMES = ("du pôle 1", "du pôle 2")


def settings_for(preset: Preset, facts: Facts, defaults: Defaults, first_year: int | None = None) -> Settings:
    """The settings of a preset on these facts; the first year is the one after the facts unless told."""
    first = first_year or date.fromisoformat(facts.day).year + 1
    base = Settings(preset=preset, first_year=first, years=defaults.years, mandatory_from=first + 1)
    targets: tuple[Target, ...] = ()
    if preset is Preset.UN_DPI:
        targets = (Target("dpi", 1.0),)
    elif preset is Preset.MEILLEUR:
        targets = tuple(Target(function, MAJORITY) for function in _divided(facts))
    elif preset is Preset.POLES:
        targets = tuple(
            Target(function, 1.0, members=members, label=f"des membres {name}")
            for function in ("dpi", "gap")
            for name, members in zip(POLE_NAMES, poles(facts), strict=True)
        )
    return replace(base, targets=targets, keep=preset is Preset.GARDER)


def _divided(facts: Facts) -> list[str]:
    """The functions that several products serve in the group, in the order of the model."""
    products: dict[str, set[str]] = defaultdict(set)
    for use in facts.uses:
        for function in use.functions:
            products[function].add(use.product)
    return [one.id for one in facts.functions if len(products[one.id]) > 1]


def poles(facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two groups of members: the largest with those on the same patient record, the others; or two even halves."""
    size: dict[str, int] = defaultdict(int)
    record: dict[str, str] = {}
    for use in facts.uses:
        size[use.establishment] = max(size[use.establishment], use.users or 0)
        if "dpi" in use.functions:
            record[use.establishment] = use.product
    codes = sorted((one.code for one in facts.members), key=lambda code: (-size[code], code))
    if len(codes) < 2:
        return tuple(codes), tuple(codes)
    own = record.get(codes[0])
    first = [code for code in codes if code == codes[0] or (own and record.get(code) == own)]
    if len(first) == len(codes):
        first = codes[::2]
    return tuple(sorted(first)), tuple(sorted(set(codes) - set(first)))
