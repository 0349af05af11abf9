"""Columns of the fichier commun de structure.

No public normative layout of such a file is known to us: this one is Archipel's own. Other files are read by renaming
columns, through the aliases below (see docs/domaines/structure.md).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from archipel.territory.rules.attributes import ATTRIBUTES
from archipel.territory.values import Kind

LAYOUT = "Archipel-FICOM 1"
NOTE = (
    "Aucun format public et normatif de fichier commun de structure ne nous est connu : les colonnes sont celles "
    f"d'Archipel ({LAYOUT}). D'autres intitulés sont reconnus comme synonymes."
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it says, the kinds it concerns and other names it is known by."""

    name: str
    help: str
    kinds: frozenset[Kind]
    required: bool = False
    aliases: tuple[str, ...] = ()


def _kinds(*kinds: Kind) -> frozenset[Kind]:
    return frozenset(kinds)


EVERY = frozenset(Kind)
BELOW_EJ = EVERY - {Kind.GHT, Kind.EJ}
_ALIASES = {
    "types_uf": ("type_uf", "types"),
    "filiere": ("filière", "code_filiere"),
    "usage": ("usage_lit",),
    "chambre_seule": ("chambre_individuelle", "particuliere"),
    "isolation": ("isolement",),
    "position": ("ordre",),
    "lits_proteges": ("lits_urgences",),
    "suivi_bionettoyage": ("bionettoyage",),
    "code_insee": ("commune_insee", "insee"),
    "nom_court": ("libelle_court",),
}
_HELP = {
    "types_uf": "M médicale, H hébergement, S soins ; plusieurs lettres possibles (MH).",
    "filiere": "Filière de soins de l'UF.",
    "usage": "Usage de la place ; aux urgences : accueil, tri, attente, box, dechocage, aval, radio.",
    "chambre_seule": "oui si la chambre (ou le lit) est individuelle.",
    "isolation": "oui si le lit permet un isolement.",
    "position": "Ordre d'affichage sur le plan de l'unité.",
    "lits_proteges": "Nombre de lits gardés pour les urgences du site.",
    "suivi_bionettoyage": "oui si le nettoyage des lits est suivi.",
    "support": "oui pour l'établissement support du GHT.",
    "nom_court": "Nom court, pour les écrans.",
    "commune": "Commune du site.",
    "code_insee": "Code INSEE de la commune.",
    "code_postal": "Code postal.",
    "adresse": "Adresse.",
    "latitude": "Degrés WGS 84.",
    "longitude": "Degrés WGS 84.",
}

_STRUCTURE = (
    Column("type", "GHT, EJ, EG, POLE, SERVICE, UF, CHAMBRE ou LIT.", EVERY, True, ("nature", "niveau", "kind")),
    Column("code", "Code de l'entité ; FINESS pour une EJ ou une EG.", EVERY, True, ("identifiant", "code_entite")),
    Column("libelle", "Nom.", EVERY, aliases=("nom", "intitule", "designation")),
    Column("etablissement", "FINESS de l'entité juridique.", BELOW_EJ, aliases=("finess_ej", "ej", "entite_juridique")),
    Column("ght", "Code du GHT d'une EJ.", _kinds(Kind.EJ), aliases=("code_ght",)),
    Column("eg", "FINESS du site où l'entité travaille.", _kinds(Kind.POLE, Kind.SERVICE, Kind.UF),
           aliases=("finess_eg", "site", "finess_geographique")),
    Column("pole", "Code du pôle de rattachement.", _kinds(Kind.SERVICE, Kind.UF), aliases=("code_pole",)),
    Column("service", "Code du service de rattachement.", _kinds(Kind.UF), aliases=("code_service",)),
    Column("uf", "Code de l'UF d'une chambre ou d'un lit.", _kinds(Kind.CHAMBRE, Kind.LIT),
           aliases=("code_uf", "uf_hebergement")),
    Column("chambre", "Code de la chambre d'un lit.", _kinds(Kind.LIT), aliases=("code_chambre",)),
)  # fmt: skip

_TAIL = (
    Column("provisoire", "oui tant que l'entité n'est pas validée.", EVERY),
    Column("date_ouverture", "Premier jour ; vide : la date d'effet de l'import.", EVERY,
           aliases=("valid_from", "valide_du", "date_debut", "debut")),
    Column("date_fermeture", "Premier jour où l'entité n'est plus ouverte ; vide : sans fin.", EVERY,
           aliases=("valid_to", "valide_jusqu_au", "date_fin", "fin")),
)  # fmt: skip


def _attribute_columns() -> tuple[Column, ...]:
    kinds: dict[str, set[Kind]] = {}
    for kind, attributes in ATTRIBUTES.items():
        for attribute in attributes:
            kinds.setdefault(attribute.column, set()).add(kind)
    return tuple(
        Column(name, _HELP.get(name, ""), frozenset(found), aliases=_ALIASES.get(name, ()))
        for name, found in kinds.items()
    )


COLUMNS: tuple[Column, ...] = (*_STRUCTURE, *_attribute_columns(), *_TAIL)
NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}


def fold(text: str) -> str:
    """``Libellé `` → ``libelle``: accents, case, blanks and punctuation do not count in a column's name."""
    flat = unicodedata.normalize("NFKD", text.strip().casefold())
    return "_".join("".join(c if c.isalnum() else " " for c in flat if not unicodedata.combining(c)).split())


_KNOWN: dict[str, str] = {fold(name): column.name for column in COLUMNS for name in (column.name, *column.aliases)}


def recognise(header: str) -> str | None:
    """The column that a header names, None when it names none."""
    return _KNOWN.get(fold(header))
