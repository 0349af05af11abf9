"""The parameters of the search for a bed: a documented TOML file, that a site may replace by its own."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archipel.domains.flow.values.ranking import ProtectedRule, RankingRules
from archipel.foundation.files import reference_dir
from archipel.kernel.errors import Invalid, NotFound
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
    given = os.environ.get(VARIABLE, "")
    return _read(Path(given) if given else reference_dir() / "flow" / "recherche_lit.toml")


@lru_cache(maxsize=4)
def _read(path: Path) -> SearchConfig:
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError:
        raise NotFound(f"Le fichier de paramètres {path} est absent.", code="recherche-absente") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path.name} n'est pas un TOML lisible ({error}).", code="recherche-illisible") from None
    return parse(document, path.name)


def parse(document: Mapping[str, Any], name: str = "recherche_lit.toml") -> SearchConfig:
    """Read the parameters from a TOML document; see :func:`search_config` for the errors."""
    reader = _Reader(name)
    known = {"delais", "distance", "points", "lits_proteges", "ages", "compatibilites"}
    reader.only(document, known, "")
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


class _Reader:
    """Typed reading, with errors that name the key."""

    def __init__(self, name: str) -> None:
        self.name = name

    def wrong(self, key: str, found: object, expected: str) -> Invalid:
        text = f"{self.name}, clé « {key} » : trouvé « {str(found)[:60]} », attendu {expected}."
        return Invalid(text, code="recherche-invalide")

    def only(self, table: Mapping[str, Any], known: set[str], where: str) -> None:
        for key in table:
            if key not in known:
                raise self.wrong(f"{where}{key}", key, f"une de {', '.join(sorted(known))}")

    def table(self, document: Mapping[str, Any], key: str, known: set[str] | None = None) -> Mapping[str, Any]:
        table = document.get(key, {})
        if not isinstance(table, dict):
            raise self.wrong(key, table, "une table")
        if known is not None:
            self.only(table, known, f"{key}.")
        return table

    def whole(self, table: Mapping[str, Any], key: str) -> int:
        value = table[key]
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, value, "un nombre entier de points")
        return value

    def number(self, table: Mapping[str, Any], key: str, default: float) -> float:
        value = table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.wrong(key, value, "un nombre positif")
        return float(value)

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
