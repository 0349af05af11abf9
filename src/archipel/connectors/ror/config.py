"""What the ROR accepts and how often it is fed: a documented TOML file, that a site may replace by its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from archipel.domains.flow.values.offers import EXCHANGED, LABELS, Indicator
from archipel.foundation import parameters
from archipel.territory.values import FILIERE_LABELS

PREFIX = "ror-config"
VARIABLE = "ARCHIPEL_ROR_CONFIG"
"""Path of the file to read instead of the one shipped (``reference/flow/ror.toml``)."""

_ATTRIBUTES = {
    "statut": ("status", "R330"),
    "temporalite": ("temporality", "R331"),
    "genre": ("gender", "R332"),
    "fermeture": ("closing", "R333"),
    "supplementaire": ("additional", "R334"),
    "crise": ("crisis", "R336"),
    "affectation": ("assignment", "R337"),
}
_DELAYS = {
    "minutes_entre_envois": ("spacing", 60.0),
    "heures_apres_refus": ("after_refusal", 3600.0),
    "secondes_reprise": ("first_retry", 1.0),
    "secondes_reprise_max": ("longest_retry", 1.0),
    "heures_perimee": ("stale_after", 3600.0),
    "minutes_tolerance": ("tolerance", 60.0),
}


@dataclass(frozen=True, slots=True)
class RorConfig:
    """The parameters in force."""

    valid: frozenset[Indicator]
    """The combinations that the ROR accepts."""
    source: str
    unstaffed_as: str
    cadence: Mapping[str, tuple[timedelta, timedelta]]
    """Filière → the longest time between two sendings, out of tension and in tension."""
    spacing: timedelta
    after_refusal: timedelta
    first_retry: timedelta
    longest_retry: timedelta
    stale_after: timedelta
    tolerance: timedelta
    name: str
    """The file that was read."""

    def every(self, filiere: str, *, tension: bool) -> timedelta:
        """The longest time between two sendings of an offer."""
        calm, tense = self.cadence.get(filiere, self.cadence["defaut"])
        return tense if tension else calm


def ror_config() -> RorConfig:
    """The parameters in force; read once per file.

    Raises:
        NotFound: the file is not there.
        Invalid: it is not TOML, or a key or a value is not what is expected; the sentence says which.
    """
    return _read(parameters.path_of(VARIABLE, "flow/ror.toml"))


@lru_cache(maxsize=4)
def _read(path: Path) -> RorConfig:
    return parse(parameters.load(path, PREFIX), path.name)


def parse(document: Mapping[str, Any], name: str = "ror.toml") -> RorConfig:
    """Read the parameters from a TOML document; see :func:`ror_config` for the errors."""
    reader = parameters.Reader(name, PREFIX)
    reader.only(document, {"source", "delais", "cadence", "combinaison"})
    source, delays = reader.table(document, "source"), reader.table(document, "delais", set(_DELAYS))
    kind, unstaffed = str(source.get("type", "02")), str(source.get("non_arme", "01"))
    if kind not in LABELS["R335"]:
        raise reader.wrong("source.type", kind, "un code de R335")
    if unstaffed not in ("", *LABELS["R333"]):
        raise reader.wrong("source.non_arme", unstaffed, "un code de R333, ou rien")
    spans = {
        attribute: timedelta(seconds=reader.number(delays, f"delais.{key}") * unit)
        for key, (attribute, unit) in _DELAYS.items()
    }
    cadence = _cadence(reader.table(document, "cadence"), reader)
    valid = _combinations(document, reader)
    return RorConfig(valid=valid, source=kind, unstaffed_as=unstaffed, cadence=cadence, name=name, **spans)


def _cadence(tables: Mapping[str, Any], reader: parameters.Reader) -> dict[str, tuple[timedelta, timedelta]]:
    found = {}
    for filiere, table in tables.items():
        if filiere not in ("defaut", *FILIERE_LABELS):
            raise reader.wrong(f"cadence.{filiere}", filiere, f"defaut ou une filière ({', '.join(FILIERE_LABELS)})")
        hours = [table.get(key) for key in ("heures", "tension")] if isinstance(table, Mapping) else [None, None]
        if any(isinstance(h, bool) or not isinstance(h, int | float) or h <= 0 for h in hours):
            raise reader.wrong(f"cadence.{filiere}", table, "heures et tension, deux nombres d'heures")
        found[filiere] = timedelta(hours=float(hours[0] or 0)), timedelta(hours=float(hours[1] or 0))
    if "defaut" not in found:
        raise reader.wrong("cadence.defaut", "rien", "heures et tension")
    return found


def _combinations(document: Mapping[str, Any], reader: parameters.Reader) -> frozenset[Indicator]:
    found = set()
    for rank, table in enumerate(document.get("combinaison", [])):
        where = f"combinaison n° {rank + 1}"
        for key in table:
            if key not in _ATTRIBUTES:
                raise reader.wrong(where, key, f"une clé parmi {', '.join(_ATTRIBUTES)}")
        choices = []
        for key, (_, nomenclature) in _ATTRIBUTES.items():
            default = "01" if key in ("temporalite", "affectation") else ""
            given = table.get(key, default)
            codes = given if isinstance(given, list) else [given]
            empty = [""] if key not in ("statut", "temporalite", "affectation") else []
            allowed = [*LABELS[nomenclature], *empty] if key != "statut" else sorted(EXCHANGED)
            if not codes or any(code not in allowed for code in codes):
                raise reader.wrong(f"{where}, « {key} »", given, f"un code de {nomenclature} ({', '.join(allowed)})")
            choices.append([str(code) for code in codes])
        for chosen in product(*choices):
            found.add(Indicator(**dict(zip((a for a, _ in _ATTRIBUTES.values()), chosen, strict=True))))
    if not found:
        raise reader.wrong("combinaison", "rien", "au moins une combinaison")
    return frozenset(found)
