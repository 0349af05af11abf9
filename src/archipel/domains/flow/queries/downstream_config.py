"""The parameters of the search for a bed: a documented TOML file, that a site may replace by its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archipel.domains.flow.values.ranking import ProtectedRule, RankingRules
from archipel.foundation import parameters
from archipel.territory.values import FILIERE_LABELS

VARIABLE = "ARCHIPEL_RECHERCHE_LIT"
"""Path of the file to read instead of the one shipped (``reference/flow/recherche_lit.toml``)."""

_POINTS = {
    "filiere_exacte": "exact",
    "chambre_seule_demandee": "single_asked",
    "chambre_seule_isolement": "single_for_isolation",
    "lit_isolement_inutile": "isolation_wasted",
    "chambre_seule_inutile": "single_wasted",
    "meme_sexe": "same_sex_room",
    "ouvre_chambre": "opens_room",
    "par_heure_attente": "per_hour_of_wait",
}
_DISTANCE = {"par_km": "per_km", "inconnue": "unknown_distance", "meme_site": "same_site"}
_PROTECTED = {"propre_site": "protected_own", "autre_site": "protected_other"}


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """Rules of the ranking, and what turns a bed of today into a candidate."""

    rules: RankingRules
    cleaning_hours: float
    ages: Mapping[str, tuple[int | None, int | None]]
    """Filière → (youngest, oldest) in years; None: no bound."""
    source: str
    """The file that was read."""


def search_config() -> SearchConfig:
    """The parameters in force; read once per file.

    Raises:
        NotFound: the file is not there.
        Invalid: it is not TOML, or a key or a value is not what is expected; the sentence says which.
    """
    return _read(parameters.path_of(VARIABLE, "flow/recherche_lit.toml"))


@lru_cache(maxsize=4)
def _read(path: Path) -> SearchConfig:
    return parse(parameters.load(path, "recherche"), path.name)


def parse(document: Mapping[str, Any], name: str = "recherche_lit.toml") -> SearchConfig:
    """Read the parameters from a TOML document; see :func:`search_config` for the errors."""
    reader = _Reader(name)
    known = {"delais", "distance", "points", "lits_proteges", "ages", "compatibilites"}
    reader.only(document, known)
    delays = reader.table(document, "delais", {"attente_max_heures", "nettoyage_heures"})
    distance = reader.table(document, "distance", {*_DISTANCE, "max_km"})
    points = reader.table(document, "points", set(_POINTS))
    protected = reader.table(document, "lits_proteges", {*_PROTECTED, "regle"})
    values: dict[str, int] = {}
    for table, names in ((points, _POINTS), (distance, _DISTANCE), (protected, _PROTECTED)):
        for key in names.keys() & table.keys():
            values[names[key]] = reader.whole(table, key)
    rule = str(protected.get("regle", ProtectedRule.URGENCES_DU_SITE.value))
    if rule not in set(ProtectedRule):
        raise reader.wrong("lits_proteges.regle", rule, ", ".join(ProtectedRule))
    furthest = reader.number(distance, "max_km", 0.0)
    rules = RankingRules(
        compatibility=reader.compatibility(document),
        protected=ProtectedRule(rule),
        max_km=furthest or None,
        accept_within_hours=reader.number(delays, "attente_max_heures", 0.0),
        **values,
    )
    return SearchConfig(rules, reader.number(delays, "nettoyage_heures", 1.0), reader.ages(document), name)


class _Reader(parameters.Reader):
    """With what only the search has."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "recherche")

    def filiere(self, code: str, where: str) -> str:
        if code not in FILIERE_LABELS:
            raise self.wrong(where, code, f"une filière parmi {', '.join(FILIERE_LABELS)}")
        return code

    def compatibility(self, document: Mapping[str, Any]) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, Mapping[str, int]] = {}
        tables = self.table(document, "compatibilites")
        for asked in tables:
            self.filiere(asked, f"compatibilites.{asked}")
            table = self.table(tables, asked)
            found[asked] = {self.filiere(c, f"compatibilites.{asked}.{c}"): self.whole(table, c) for c in table}
        return MappingProxyType(found)

    def ages(self, document: Mapping[str, Any]) -> Mapping[str, tuple[int | None, int | None]]:
        found: dict[str, tuple[int | None, int | None]] = {}
        for code, pair in self.table(document, "ages").items():
            self.filiere(code, f"ages.{code}")
            good = isinstance(pair, list) and len(pair) == 2 and all(type(bound) is int for bound in pair)
            if not good:
                raise self.wrong(f"ages.{code}", pair, "deux nombres entiers d'années")
            found[code] = (pair[0] if pair[0] >= 0 else None, pair[1] if pair[1] >= 0 else None)
        return MappingProxyType(found)
