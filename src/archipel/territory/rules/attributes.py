"""Which attributes each kind of entity has, their default, and their canonical form (defaults are not kept)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from archipel.territory.values import Filiere, Kind, UfType, Usage


class Shape(StrEnum):
    """How the values of an attribute are written and read."""

    TEXTE = "texte"
    OUI_NON = "oui ou non"
    ENTIER = "un nombre entier positif ou nul"
    DECIMAL = "un nombre décimal"
    CHOIX = "une des valeurs"
    LETTRES = "des lettres parmi"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name in the data, its FICOM column, its shape, its default and its choices."""

    name: str
    column: str
    shape: Shape
    default: Any
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What is expected, in French."""
        return f"{self.shape.value} {', '.join(self.choices)}" if self.choices else self.shape.value


_SINGLE = Attribute("single", "chambre_seule", Shape.OUI_NON, False)

ATTRIBUTES: dict[Kind, tuple[Attribute, ...]] = {
    Kind.GHT: (),
    Kind.EJ: (
        Attribute("short_name", "nom_court", Shape.TEXTE, ""),
        Attribute("support", "support", Shape.OUI_NON, False),
    ),
    Kind.EG: (
        Attribute("adresse", "adresse", Shape.TEXTE, ""),
        Attribute("code_postal", "code_postal", Shape.TEXTE, ""),
        Attribute("commune", "commune", Shape.TEXTE, ""),
        Attribute("commune_insee", "code_insee", Shape.TEXTE, ""),
        Attribute("latitude", "latitude", Shape.DECIMAL, None),
        Attribute("longitude", "longitude", Shape.DECIMAL, None),
    ),
    Kind.POLE: (),
    Kind.SERVICE: (),
    Kind.UF: (
        Attribute("filiere", "filiere", Shape.CHOIX, Filiere.AUTRE.value, tuple(f.value for f in Filiere)),
        Attribute("types", "types_uf", Shape.LETTRES, [], tuple(t.value for t in UfType)),
        Attribute("tracks_cleaning", "suivi_bionettoyage", Shape.OUI_NON, True),
        Attribute("protected_beds", "lits_proteges", Shape.ENTIER, 0),
    ),
    Kind.CHAMBRE: (_SINGLE,),
    Kind.LIT: (
        Attribute("usage", "usage", Shape.CHOIX, Usage.LIT.value, tuple(u.value for u in Usage)),
        _SINGLE,
        Attribute("isolation", "isolation", Shape.OUI_NON, False),
        Attribute("position", "position", Shape.ENTIER, 0),
    ),
}

_DEFAULTS = {kind: {item.name: item.default for item in items} for kind, items in ATTRIBUTES.items()}
_NOTHING = object()


def canonical(kind: Kind, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes without those that say the default, lists sorted; unknown attributes are kept."""
    defaults = _DEFAULTS[kind]
    kept: dict[str, Any] = {}
    for name, value in attributes.items():
        if isinstance(value, (list, tuple, set, frozenset)) and name == "types":
            value = sorted(set(value))
        if value is not None and value != defaults.get(name, _NOTHING):
            kept[name] = value
    return kept


def show(value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return "(vide)"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, (list, tuple)):
        return "".join(str(item) for item in value) or "(vide)"
    return str(value)


def shown(kind: Kind, attributes: Mapping[str, Any], name: str) -> str:
    """The attribute as people read it, its default when it is absent."""
    return show(attributes.get(name, _DEFAULTS[kind].get(name)))


def column_of(kind: Kind, name: str) -> str:
    """The column that carries an attribute; its own name when no column does."""
    return next((item.column for item in ATTRIBUTES[kind] if item.name == name), name)
