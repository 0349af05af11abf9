"""What a rubric holds: a text, chosen objectives, lines of a table. The columns of each kind of table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archipel.programmes.dossiers.values.template import Rubric, RubricKind

Content = Mapping[str, Any]
"""``texte`` (a string), ``choix`` (identifiers), ``lignes`` (mappings with an ``id``); a missing part is empty."""
EMPTY: Content = {}
TEXT, CHOICE, ROWS = "texte", "choix", "lignes"
MAX_TEXT, MAX_ROWS, MAX_CELL = 60_000, 200, 2_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a rubric's table; ``kind``: text, long, date, number (euros), or choice with its ``options``."""

    id: str
    label: str
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    total: bool = False


PROFESSIONS: tuple[tuple[str, str], ...] = (
    ("medecin", "Médecin"),
    ("pharmacien", "Pharmacien"),
    ("soignant", "Infirmier, aide-soignant, cadre de santé"),
    ("sage-femme", "Sage-femme"),
    ("biologiste", "Biologiste"),
    ("medico-technique", "Manipulateur, préparateur, technicien"),
    ("dim", "Médecin ou technicien d'information médicale"),
    ("identitovigilance", "Identitovigilant, bureau des entrées"),
    ("dsi", "Service informatique"),
    ("rssi", "Sécurité des systèmes d'information"),
    ("rh", "Ressources humaines, affaires médicales"),
    ("logistique", "Achats, logistique"),
    ("finances", "Finances, contrôle de gestion"),
    ("qualite", "Qualité, gestion des risques"),
    ("direction", "Direction"),
    ("usager", "Représentant des usagers"),
    ("autre", "Autre"),
)
"""The professions of a project team. Ours: no source gives a list."""
TECHNICAL = frozenset({"dsi", "rssi"})
"""Professions of the information systems department, beyond which the source asks the team to go (S4)."""

ROLES: tuple[tuple[str, str], ...] = (
    ("porteur", "Porteur responsable"),
    ("copilote", "Co-porteur métier"),
    ("chef-projet", "Chef de projet"),
    ("referent", "Référent métier"),
    ("membre", "Membre"),
)
LEADING = frozenset({"porteur", "copilote", "referent"})

COLUMNS: dict[RubricKind, tuple[Column, ...]] = {
    RubricKind.EQUIPE: (
        Column("nom", "Nom et prénom"),
        Column("profession", "Profession", "choice", PROFESSIONS),
        Column("role", "Rôle dans le projet", "choice", ROLES),
        Column("etablissement", "Établissement"),
        Column("fonction", "Fonction"),
    ),
    RubricKind.CIBLES: (
        Column("objectif", "Objectif visé"),
        Column("libelle", "Cible en juin 2027", "long"),
        Column("nature", "Nature", "choice", (("quantitative", "Quantitative"), ("qualitative", "Qualitative"))),
        Column("depart", "Valeur de départ"),
        Column("cible", "Valeur visée"),
        Column("unite", "Unité"),
        Column("preuve", "Comment on le prouvera", "long"),
    ),
    RubricKind.AVIS: (
        Column("instance", "Instance"),
        Column("date", "Date", "date"),
        Column("sens", "Avis", "choice", (
            ("favorable", "Favorable"), ("reserve", "Favorable avec réserve"), ("defavorable", "Défavorable"),
            ("a-venir", "À venir"),
        )),
        Column("observation", "Observation", "long"),
    ),
}  # fmt: skip
"""The columns of each kind of table; those of amounts depend on the years."""
SPEND_NATURES: tuple[tuple[str, str], ...] = (
    ("logiciel", "Logiciel, licence"),
    ("materiel", "Matériel"),
    ("integration", "Intégration, interfaces"),
    ("prestation", "Prestation, conseil"),
    ("formation", "Formation, accompagnement"),
    ("rh", "Temps de personnel"),
    ("autre", "Autre"),
)
YEARS = (2026, 2027)
"""The years of the spend where the pack says none."""
CO_FUNDING = "cofinancement"


def year_column(year: int) -> str:
    """The identifier of the column of a year."""
    return f"a{year}"


def columns_of(rubric: Rubric) -> tuple[Column, ...]:
    """The columns of a rubric's table; none when it is not a table."""
    if rubric.kind is not RubricKind.MONTANTS:
        return COLUMNS.get(rubric.kind, ())
    years = rubric.years or YEARS
    return (
        Column("poste", "Poste de dépense"),
        Column("nature", "Nature", "choice", SPEND_NATURES),
        *(Column(year_column(year), f"{year} (€)", "number", total=True) for year in years),
        Column(CO_FUNDING, "Cofinancement (€)", "number", total=True),
        Column("cofinanceur", "Cofinancé par"),
    )


def text_of(content: Content) -> str:
    """The text of a rubric; empty when there is none."""
    return str(content.get(TEXT) or "")


def choices_of(content: Content) -> tuple[str, ...]:
    """The objectives chosen."""
    return tuple(str(one) for one in content.get(CHOICE) or ())


def rows_of(content: Content) -> tuple[Mapping[str, Any], ...]:
    """The lines of the table."""
    return tuple(content.get(ROWS) or ())


def is_empty(content: Content) -> bool:
    """Whether nothing was written."""
    filled = any(any(str(v or "").strip() for k, v in row.items() if k != "id") for row in rows_of(content))
    return not text_of(content).strip() and not choices_of(content) and not filled
