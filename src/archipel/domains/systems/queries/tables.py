"""Every table of the room as titles and rows: one form for the files of the pages, the API and the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from archipel.domains.systems.queries.osis import osis
from archipel.domains.systems.queries.store import history, inventory
from archipel.domains.systems.rules import exposure, money
from archipel.domains.systems.rules.campaign import current, progress
from archipel.domains.systems.rules.cascade import cascade, weaknesses
from archipel.domains.systems.rules.coverage import Cell, matrix
from archipel.domains.systems.rules.indicators import FIGURES, figures, month_ends
from archipel.domains.systems.rules.model import carbon, functions
from archipel.domains.systems.values.records import Inventory, Record
from archipel.kernel.errors import Invalid, NotFound

Row = Sequence[object]
STATES = {
    "fini": "Terminé", "preavis": "Préavis à moins de six mois", "court": "En cours", "sans_fin": "Sans fin dite",
}  # fmt: skip
"""Where a contract or a support stands, in words."""


@dataclass(frozen=True, slots=True)
class Table:
    """Titles with their units, and the rows."""

    titles: Sequence[str]
    rows: Iterable[Row]


@dataclass(frozen=True, slots=True)
class About:
    """What a table is about.

    Args:
        day: the day described.
        members: FINESS EJ → short name of the establishments asked for, within those that the account sees.
        options: what only some tables ask (``par``, ``a``, ``b``, ``arret``).
    """

    day: date
    members: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)

    def known(self) -> Inventory:
        """The inventory of the day."""
        return inventory(self.day)

    def here(self, one: Record) -> bool:
        """Whether a thing is of one of the establishments, or common to the group."""
        return not one.key.establishment or one.key.establishment in self.members

    def name(self, one: Record) -> str:
        """The establishment of a thing."""
        return self.members.get(one.key.establishment, one.key.establishment or "groupement")


def table(name: str, about: About) -> Table:
    """One table. Raises NotFound: no table has that name; Invalid: an option is lacking."""
    if name not in TABLES:
        raise NotFound(f"Tableau « {name[:30]} » inconnu : {', '.join(TABLES)}.", code="tableau")
    return TABLES[name](about)


def _coverage(about: About) -> Table:
    found = matrix(about.known(), functions(), list(about.members))
    titles = ["Groupe", "Fonction", "Obligatoire", "Cible", "Convergence (%)", "Produits distincts"]
    rows = (
        [line.group, line.function.label, line.function.mandatory, line.target, _round(line.convergence, 1),
         len(line.products), *(_cell(cell) for cell in line.cells)]
        for line in found.lines
    )  # fmt: skip
    return Table([*titles, *about.members.values()], rows)


def _cell(cell: Cell) -> str:
    return ", ".join(cell.products) or ("manque" if cell.hole else "")


def _deadlines(about: About) -> Table:
    rows = (
        [about.name(one.record), one.what, one.record.name, one.begin, one.end, one.notice, one.amount,
         STATES[one.state(about.day)]]
        for one in money.deadlines(about.known()) if about.here(one.record)
    )  # fmt: skip
    titles = ["Établissement", "Nature", "Objet", "Début", "Fin", "Préavis au plus tard", "Montant (€/an)", "État"]
    return Table(titles, rows)


def _costs(about: About) -> Table:
    by = "produit" if about.options.get("par") == "produit" else "fonction"
    lines = money.heat(about.known(), functions(), list(about.members), by)
    rows = ([line.label, *(_round(v, 2) for v in line.values), _round(line.dispersion, 2)] for line in lines)
    names = (f"{name} (€ par utilisateur)" for name in about.members.values())
    return Table([by.capitalize(), *names, "Écart (plus haut / plus bas)"], rows)


def _compare(about: About) -> Table:
    sides = [about.options.get(side, "") for side in "ab"]
    if len(set(sides)) < 2 or any(side not in about.members for side in sides):
        raise Invalid("Deux établissements différents de votre périmètre sont attendus (a, b).", code="comparer")
    labels = {"meme": "Commun", "different": "Différent", "gauche": "Absent à droite", "droite": "Absent à gauche"}
    lines, _ = money.compare(about.known(), functions(), *sides)
    rows = ([one.function, one.group, ", ".join(one.left), ", ".join(one.right), labels[one.state]] for one in lines)
    return Table(["Fonction", "Domaine", *(about.members[side] for side in sides), "Constat"], rows)


def _dependencies(about: About) -> Table:
    rows = (
        [one.label, len(one.applications), one.equipment, one.establishments, one.health, one.cost, one.plan]
        for one in exposure.dependencies(about.known())
    )
    titles = ["Dépendance", "Applications", "Équipements", "Établissements", "Dont données de santé",
              "Coût connu (€/an)", "Plan de sortie"]  # fmt: skip
    return Table(titles, rows)


def _concentration(about: About) -> Table:
    found = exposure.concentration(about.known())
    rows = (
        [one.vendor, _round(one.percent, 1), one.cost, one.applications, one.establishments] for one in found.shares
    )
    return Table(["Éditeur", "Part (%)", "Coût connu (€/an)", "Applications", "Établissements"], rows)


def _sovereignty(about: About) -> Table:
    rows = ([one.label, one.applications, one.health] for one in exposure.sovereignty(about.known()).hosting)
    return Table(["Hébergement", "Applications", "Dont données de santé"], rows)


def _endings(about: About) -> Table:
    rows = (
        [one.technology.name, one.technology.text("version"), one.ends, one.days, len(one.applications), one.equipment]
        for one in exposure.endings(about.known())
    )
    titles = ["Technologie", "Version", "Fin de support", "Jours restants", "Applications", "Équipements"]
    return Table(titles, rows)


def _carbon(about: About) -> Table:
    told, source = exposure.footprint(about.known(), carbon())[0], carbon().source
    rows = ([one.label, one.count, _round(one.making, 1), _round(one.electricity, 1), _round(one.total, 1), source]
            for one in told)  # fmt: skip
    titles = ["Équipement", "Quantité", "Fabrication, transport, fin de vie (kg CO2e/an)", "Électricité (kg CO2e/an)",
              "Total (kg CO2e/an)", "Source des facteurs"]  # fmt: skip
    return Table(titles, rows)


def _weaknesses(about: About) -> Table:
    rows = (
        [
            one.record.name,
            about.name(one.record),
            one.stopped,
            one.within_a_day,
            one.establishments,
            one.units,
            one.record.number("rto_h"),
        ]
        for one in weaknesses(about.known())
    )
    titles = [
        "Application",
        "Établissement",
        "Autres arrêtées",
        "Dont sous 24 h",
        "Établissements",
        "Unités",
        "Reprise sous (h)",
    ]
    return Table(titles, rows)


def _intelligence(about: About) -> Table:
    rows = (
        [one.name, about.name(one), one.text("ia_usage"), one.shown("ia_risque"), one.shown("ia_evaluation"),
         one.number("ia_formes")]
        for one in about.known().live() if one.flag("ia")
    )  # fmt: skip
    titles = ["Application", "Établissement", "Usage", "Risque", "Évaluation d'impact", "Utilisateurs formés (%)"]
    return Table(titles, rows)


def _stop(about: About) -> Table:
    place, _, code = about.options.get("arret", "").partition("|")
    rows = (
        [one.record.key.establishment, one.record.name, one.hours, one.supposed, one.cause.name if one.cause else "",
         one.why, ", ".join(one.record.items("unites"))]
        for one in cascade(about.known(), [(place, code)])
    )  # fmt: skip
    return Table(["Établissement", "Application", "Après (h)", "Délai supposé nul", "À cause de", "Pourquoi", "Unités"],
                 rows)  # fmt: skip


def _campaign(about: About) -> Table:
    known = about.known()
    campaign = current(known)
    rows = (
        [one.establishment, about.members[one.establishment], one.total, one.reviewed, len(one.waiting),
         _round(one.score, 1)]
        for one in (progress(known, campaign, list(about.members)) if campaign else [])
    )  # fmt: skip
    return Table(["FINESS EJ", "Établissement", "Applications", "Revues", "À revoir", "Complétude (%)"], rows)


def _indicators(about: About) -> Table:
    def rows() -> Iterable[Row]:
        for known in history(month_ends(about.day)):
            values = figures(known, functions(), list(about.members))
            yield [known.day, *(values[one.code] for one in FIGURES)]

    return Table(["Au", *(f"{one.label}{f' ({one.unit})' if one.unit else ''}" for one in FIGURES)], rows())


def _osis(about: About) -> Table:
    titles, rows = osis(about.known(), list(about.members))
    return Table(titles, rows)


def _round(value: Decimal | None, places: int) -> Decimal | None:
    return None if value is None else round(value, places)


TABLES: Mapping[str, Callable[[About], Table]] = MappingProxyType({
    "couverture": _coverage, "echeances": _deadlines, "couts": _costs, "comparer": _compare,
    "dependances": _dependencies, "concentration": _concentration, "hebergement": _sovereignty, "supports": _endings,
    "carbone": _carbon, "fragilites": _weaknesses, "ia": _intelligence, "arret": _stop, "campagne": _campaign,
    "indicateurs": _indicators, "osis": _osis,
})  # fmt: skip
"""Name of a table → what makes it."""
