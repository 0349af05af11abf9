"""The reference territory: the real GHT of Bourgogne-Franche-Comté, read from the files shipped with the project.

Sources, licences and rules of derivation: ``reference/SOURCES.md`` and ``reference/territory/README.md``. Beds and
places are those that the establishments declared for 31 December of ``annee`` (SAE); coordinates are WGS 84 degrees,
as precise as ``coord_source`` says. Nothing here touches the database.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from archipel.foundation.files import reference_dir
from archipel.kernel.errors import Invalid, NotFound
from archipel.kernel.finess import Finess
from archipel.territory.reference_values import (
    FILIERES,
    MCO,
    RefCapacite,
    RefCommune,
    RefEg,
    RefEj,
    RefGht,
    RefUrgences,
)

T = TypeVar("T")

__all__ = [
    "FILIERES",
    "MCO",
    "RefCapacite",
    "RefCommune",
    "RefEg",
    "RefEj",
    "RefGht",
    "RefUrgences",
    "contours",
    "ght",
    "ghts",
]


class _Line:
    """One line of a table, whose cells are read with errors that say where they are."""

    def __init__(self, path: Path, number: int, cells: Mapping[str, str | None]) -> None:
        self.path, self.number, self.cells = path, number, cells

    def fail(self, column: str, expected: str) -> Invalid:
        found = self.cells.get(column)
        return Invalid(
            f"{self.path.name}, ligne {self.number}, colonne {column} : « {found} » trouvé, {expected} attendu.",
            code="reference-illisible",
        )

    def text(self, column: str) -> str:
        value = self.cells.get(column)
        if value is None:
            raise self.fail(column, "un texte")
        return value

    def _as(self, column: str, kind: Callable[[str], T], expected: str) -> T:
        try:
            return kind(self.text(column))
        except ValueError:
            raise self.fail(column, expected) from None

    def integer(self, column: str) -> int:
        return self._as(column, int, "un entier")

    def real(self, column: str) -> float:
        return self._as(column, float, "un nombre")

    def optional(self, column: str) -> int | None:
        return self.integer(column) if self.text(column) else None

    def optional_real(self, column: str) -> float | None:
        return self.real(column) if self.text(column) else None

    def finess(self, column: str) -> Finess:
        try:
            return Finess.parse(self.text(column))
        except Invalid:
            raise self.fail(column, "un numéro FINESS dont la clé est juste") from None

    def among(self, column: str, known: Mapping[str, T]) -> T:
        try:
            return known[self.text(column)]
        except KeyError:
            raise self.fail(column, "un code déjà décrit par les autres fichiers") from None


def _lines(folder: Path, name: str) -> list[_Line]:
    path = folder / f"{name}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle, delimiter=";"))
    except FileNotFoundError:
        raise NotFound(f"Le fichier de référence {path} est absent.", code="reference-absente") from None
    except UnicodeDecodeError:
        raise Invalid(f"Le fichier {path.name} n'est pas en UTF-8.", code="reference-illisible") from None
    return [_Line(path, number, row) for number, row in enumerate(rows, start=2)]


def _communes(folder: Path) -> dict[str, RefCommune]:
    return {
        line.text("code_insee"): RefCommune(
            code_insee=line.text("code_insee"),
            nom=line.text("nom"),
            departement=line.text("departement"),
            code_postal=line.text("code_postal"),
            population=line.integer("population"),
            latitude=line.real("latitude"),
            longitude=line.real("longitude"),
        )
        for line in _lines(folder, "communes")
    }


def _capacites(folder: Path) -> dict[Finess, list[RefCapacite]]:
    found: dict[Finess, list[RefCapacite]] = defaultdict(list)
    for line in _lines(folder, "capacites"):
        line.among("filiere", FILIERES)
        found[line.finess("finess_eg")].append(
            RefCapacite(
                filiere=line.text("filiere"),
                lits=line.integer("lits"),
                places=line.integer("places"),
                annee=line.integer("annee"),
                source=line.text("source"),
            )
        )
    return found


def _urgences(folder: Path) -> dict[Finess, list[RefUrgences]]:
    found: dict[Finess, list[RefUrgences]] = defaultdict(list)
    for line in _lines(folder, "urgences"):
        found[line.finess("finess_eg")].append(
            RefUrgences(
                type=line.among("type", {"GEN": "GEN", "PED": "PED"}),
                passages=line.integer("passages"),
                passages_80_ans_et_plus=line.optional("passages_80_ans_et_plus"),
                passages_moins_de_18_ans=line.optional("passages_moins_de_18_ans"),
                lits_uhcd=line.integer("lits_uhcd"),
                hospitalises=line.optional("hospitalises"),
                part_hospitalisee=line.optional_real("part_hospitalisee"),
                annee=line.integer("annee"),
                source=line.text("source"),
            )
        )
    return found


def _egs(folder: Path, communes: Mapping[str, RefCommune]) -> dict[Finess, list[RefEg]]:
    capacites, urgences = _capacites(folder), _urgences(folder)
    found: dict[Finess, list[RefEg]] = defaultdict(list)
    for line in _lines(folder, "eg"):
        finess, finess_ej = line.finess("finess_eg"), line.finess("finess_ej")
        found[finess_ej].append(
            RefEg(
                finess=finess,
                finess_ej=finess_ej,
                nom=line.text("nom"),
                raison_sociale=line.text("raison_sociale"),
                categorie=line.text("categorie"),
                categorie_libelle=line.text("categorie_libelle"),
                commune=line.among("commune_insee", communes),
                code_postal=line.text("code_postal"),
                adresse=line.text("adresse"),
                latitude=line.real("latitude"),
                longitude=line.real("longitude"),
                coord_source=line.text("coord_source"),
                lits_mco_sae=line.integer("lits_mco_sae"),
                capacites=tuple(capacites.pop(finess, ())),
                urgences=tuple(urgences.pop(finess, ())),
            )
        )
    for name, rest in (("capacites", capacites), ("urgences", urgences)):
        if rest:
            sites = ", ".join(sorted(f.value for f in rest))
            raise Invalid(f"{name}.csv cite des sites absents de eg.csv : {sites}.", code="reference-illisible")
    return found


@lru_cache(maxsize=4)
def _load(folder: Path) -> tuple[RefGht, ...]:
    communes = _communes(folder)
    egs = _egs(folder, communes)
    ejs: dict[str, list[RefEj]] = defaultdict(list)
    for line in _lines(folder, "ej"):
        finess = line.finess("finess_ej")
        ejs[line.text("code_ght")].append(
            RefEj(
                finess=finess,
                code_ght=line.text("code_ght"),
                nom=line.text("nom"),
                raison_sociale=line.text("raison_sociale"),
                role=line.among("role", {"S": "S", "M": "M"}),
                commune=line.among("commune_insee", communes),
                egs=tuple(egs.pop(finess, ())),
            )
        )
    if egs:
        orphans = ", ".join(sorted(f.value for f in egs))
        raise Invalid(f"eg.csv cite des EJ absentes de ej.csv : {orphans}.", code="reference-illisible")
    loaded = []
    for line in _lines(folder, "ght"):
        members = tuple(line.among("code_ght", ejs))
        support = line.finess("finess_ej_support")
        if support not in {ej.finess for ej in members}:
            raise line.fail("finess_ej_support", "une EJ membre du GHT")
        identity = {"code_ght", "nom", "finess_ej_support", "region"}
        loaded.append(
            RefGht(
                code=line.text("code_ght"),
                nom=line.text("nom"),
                finess_ej_support=support,
                region=line.text("region"),
                publies=MappingProxyType({c: line.real(c) for c in line.cells if c not in identity}),
                ejs=members,
            )
        )
    return tuple(loaded)


def ghts() -> tuple[RefGht, ...]:
    """Return every GHT of the reference data, by code; read once per folder.

    Raises:
        NotFound: the reference data are not there.
        Invalid: a file is malformed; the message names file, line and column.
    """
    return _load(reference_dir() / "territory")


def _plain(text: str) -> str:
    """Fold accents, case and punctuation: ``Côte d'Or`` becomes ``cote d or``."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = (c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return " ".join("".join(letters).split())


def _answers(g: RefGht, wanted: str) -> tuple[bool, bool, bool, bool]:
    """Tell how a GHT answers to a folded text, the surest way first."""
    name = _plain(g.nom)
    return (
        wanted in {_plain(g.code), name},
        name.lstrip("0123456789 ").startswith(wanted),
        wanted in name,
        wanted in _plain(f"{g.support.nom} {g.support.commune.nom}"),
    )


def ght(code_or_name: str) -> RefGht:
    """Find a GHT by its code, by part of its name, or by its supporting establishment or that one's commune.

    Accents, case and punctuation do not count. Among several names, the one that begins with the words wins once
    leading numbers are dropped, so that ``cote d'or`` is ``21-52 Côte d'Or-Haute-Marne``.

    Raises:
        Invalid: no GHT, or several, answer to that; the message lists the choices.
    """
    wanted, known = _plain(code_or_name), ghts()
    found: list[RefGht] = []
    if wanted:
        answers = [_answers(g, wanted) for g in known]
        for rank in range(4):
            found = [g for g, answer in zip(known, answers, strict=True) if answer[rank]]
            if found:
                break
    if len(found) == 1:
        return found[0]
    reason = "désigne plusieurs GHT" if found else "ne désigne aucun GHT"
    choices = " ; ".join(f"{g.code} ({g.nom})" for g in (found or known))
    raise Invalid(f"« {code_or_name} » {reason}. Choix possibles : {choices}.", code="ght-inconnu")


@lru_cache(maxsize=4)
def _outlines(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"Le fichier de référence {path} est absent.", code="reference-absente") from None
    except ValueError:
        raise Invalid(f"{path.name} n'est pas un GeoJSON lisible.", code="reference-illisible") from None
    return loaded


def contours() -> dict[str, Any]:
    """Return the outlines of the départements as a GeoJSON FeatureCollection (properties code, nom, region).

    The value is shared: do not change it.

    Raises:
        NotFound: the file is absent.
        Invalid: it is not JSON.
    """
    return _outlines(reference_dir() / "territory" / "contours.geojson")
