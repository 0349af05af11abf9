"""Messages in any number, for benches and tests: the stream of an invented group of hospitals. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import MappingProxyType

from archipel.demo.emitter import Emission, simulate
from archipel.kernel.finess import Finess
from archipel.territory.reference_values import RefCapacite, RefCommune, RefEg, RefEj, RefGht, RefUrgences

START = datetime(2026, 1, 5, tzinfo=UTC)
_TOWNS = (
    RefCommune("21231", "Dijon", "21", "21000", 159346, 47.33, 5.03),
    RefCommune("25056", "Besançon", "25", "25000", 119198, 47.25, 6.02),
    RefCommune("58194", "Nevers", "58", "58000", 32990, 46.99, 3.16),
    RefCommune("89024", "Auxerre", "89", "89000", 35037, 47.80, 3.57),
)
_BEDS = (
    {"MED": 120, "CHI": 80, "OBS": 30, "PED": 24, "GER": 40, "SCA": 36, "SCP": 12, "UHCD": 16, "SMR": 60, "PSY": 48},
    {"MED": 80, "CHI": 40, "OBS": 20, "PED": 14, "GER": 30, "SCA": 16, "UHCD": 10, "SMR": 40, "SLD": 40},
    {"MED": 50, "CHI": 20, "GER": 20, "SCA": 6, "UHCD": 6, "SMR": 30},
    {"MED": 20, "SMR": 40, "SLD": 30},
)
_PLACES = {"MED": 24, "CHI": 16, "SMR": 8}
_PASSAGES = (62000, 38000, 21000, 0)


def invented_ght() -> RefGht:
    """A group of four hospitals that does not exist (FINESS numbers with right keys but never attributed)."""
    ejs = []
    for index, (town, beds, passages) in enumerate(zip(_TOWNS, _BEDS, _PASSAGES, strict=True)):
        ej = Finess.with_key(f"{town.departement}99990{index}")
        eg = Finess.with_key(f"{town.departement}99980{index}")
        capacities = tuple(
            RefCapacite(filiere, lits, _PLACES.get(filiere, 0), 2026, "invented") for filiere, lits in beds.items()
        )
        urgences: tuple[RefUrgences, ...] = ()
        if passages:
            old, young = passages // 8, passages // 5
            urgences = (RefUrgences("GEN", passages, old, young, beds["UHCD"], None, 0.22, 2026, "invented"),)
        site = RefEg(
            eg, ej, f"Site fictif de {town.nom}", "SITE FICTIF", "355", "Centre hospitalier", town, town.code_postal,
            "1 rue de la Fiction", town.latitude, town.longitude, "invented", 0, capacities, urgences,
        )  # fmt: skip
        role = "S" if index == 0 else "M"
        ejs.append(
            RefEj(ej, "FICTIF", f"CH fictif de {town.nom}", "CENTRE HOSPITALIER FICTIF", role, town, (site,)),
        )
    return RefGht("FICTIF", "GHT fictif", ejs[0].finess, "Nulle part", MappingProxyType({}), tuple(ejs))


def corpus(n: int, *, seed: int, faults: float = 0.02) -> Iterator[bytes]:
    """Yield ``n`` messages of the invented group, in the order in which they leave.

    Args:
        n: how many.
        seed: the same seed gives the same bytes.
        faults: share of messages with a fault, 0 to 1.
    """
    if n <= 0:
        return
    left = n
    for item in simulate(invented_ght(), start=START, end=None, seed=seed, faults=faults):
        if isinstance(item, Emission):
            yield item.raw
            left -= 1
            if not left:
                return
