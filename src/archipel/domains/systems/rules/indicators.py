"""The figures of convergence, on a day, for some establishments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from archipel.domains.systems.rules.completeness import completeness
from archipel.domains.systems.rules.coverage import Matrix, Reader, matrix
from archipel.domains.systems.rules.money import months
from archipel.domains.systems.values.functions import FunctionModel
from archipel.domains.systems.values.records import Inventory
from archipel.domains.systems.values.schema import Kind

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its unit, how it is worked out, whether more is better."""

    code: str
    label: str
    unit: str
    formula: str
    better: str
    """``plus`` or ``moins``."""


FIGURES = (
    Figure("convergence", "Taux de convergence", "%",
           "Moyenne, sur les fonctions couvertes, de la part des établissements équipés qui utilisent la cible (ou, "
           "sans cible choisie, le produit le plus répandu).", "plus"),
    Figure("couverture", "Fonctions obligatoires couvertes", "%",
           "Couples (établissement, fonction obligatoire) couverts par une application en service, divisés par "
           "tous ces couples.", "plus"),
    Figure("applications", "Produits distincts", "", "Produits différents en service dans le périmètre.", "moins"),
    Figure("interfaces", "Interfaces", "", "Interfaces décrites dans le périmètre.", "moins"),
    Figure("cout", "Coût annuel connu", "€",
           "Somme des licences, de l'exploitation et du personnel des applications en service.", "moins"),
    Figure("completude", "Complétude de l'inventaire", "%",
           "Moyenne, sur les applications, de la part des champs attendus qui sont remplis.", "plus"),
)  # fmt: skip


def convergence(found: Matrix) -> Decimal | None:
    """Mean of the convergence of the functions that somebody covers; None when nobody covers any."""
    rates = [rate for line in found.lines if (rate := line.convergence) is not None]
    return _one(sum(rates, Decimal(0)) / len(rates)) if rates else None


def coverage(found: Matrix) -> Decimal | None:
    """Share (%) of the mandatory functions covered; None without establishment."""
    cells = [cell for line in found.lines if line.function.mandatory for cell in line.cells]
    return _one(Decimal(100 * sum(not cell.hole for cell in cells)) / len(cells)) if cells else None


def figures(known: Inventory, model: FunctionModel, establishments: Sequence[str]) -> dict[str, Decimal | None]:
    """Every figure of :data:`FIGURES`, by code."""
    wanted, reader = set(establishments), Reader(known)
    live = [one for one in known.live() if one.key.establishment in wanted]
    flows = [one for one in known.of(Kind.INTERFACE) if one.key.establishment in wanted]
    found = matrix(known, model, establishments)
    costs = [cost for one in live if (cost := one.cost) is not None]
    scores = [completeness(one) for one in live]
    empty = not live

    def of(value: Callable[[], Decimal | None]) -> Decimal | None:
        return None if empty else value()

    return {
        "convergence": of(lambda: convergence(found)),
        "couverture": of(lambda: coverage(found)),
        "applications": of(lambda: Decimal(len({reader.product(one) for one in live}))),
        "interfaces": of(lambda: Decimal(len(flows))),
        "cout": sum(costs, Decimal(0)) if costs else None,
        "completude": of(lambda: _one(sum(scores, Decimal(0)) / len(scores))),
    }


def _one(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def month_ends(day: date, count: int = MONTHS) -> list[date]:
    """The last day of the months before the day, then the day itself."""
    first = day.replace(day=1)
    return [months(first, -rank) - timedelta(days=1) for rank in range(count - 1, -1, -1)] + [day]
