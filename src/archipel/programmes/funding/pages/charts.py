"""The charts of money: cash by year, what plans are worth, ceilings by category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from archipel.foundation.web.charts import Chart, Series
from archipel.programmes.funding.rules.ledger import CashLine

LEDGER = "journal des financements"


def cash_chart(lines: Sequence[CashLine], at: datetime, title: str = "Trésorerie par exercice") -> Chart | None:
    """What comes in and goes out by year, and the balance; None when there is nothing."""
    if not lines:
        return None
    years = sorted({line.year for line in lines})
    sums: dict[tuple[str, int], Decimal] = defaultdict(lambda: Decimal(0))
    for line in lines:
        for name in ("received", "secured", "expected", "cofunded", "outgoing", "balance", "certain"):
            sums[name, line.year] += getattr(line, name)

    def series(name: str, title: str, **more: Any) -> Series:
        return Series(title, [sums[name, year] for year in years], **more)

    return Chart(
        "tresorerie",
        title,
        "Exercice",
        [str(year) for year in years],
        [
            series("received", "Reçu", pile="entrees"),
            series("secured", "Acquis, à recevoir", pile="entrees"),
            series("expected", "Attendu, condition à remplir", pile="entrees"),
            series("cofunded", "Cofinancement", pile="entrees"),
            series("outgoing", "Dépenses", pile="sorties"),
            series("balance", "Solde cumulé", kind="line"),
        ],
        kind="stacked",
        unit="€",
        source=LEDGER,
        at=at,
        wide=True,
    )


def plans_chart(result: Mapping[str, Any], at: datetime | None) -> Chart:
    """The total of the plan beside what one does by hand and beside no grouping at all."""
    rows = [("Chacun seul", result["seuls"]), ("À la main, le meilleur d'abord", result["glouton"]["total"]),
            ("Le meilleur ensemble", result["total"])]  # fmt: skip
    shown = [row for row in rows if row[1] is not None]
    return Chart(
        "portefeuille",
        "Total des plafonds selon le plan",
        "Plan",
        [name for name, _ in shown],
        [Series("Total des plafonds", [amount for _, amount in shown])],
        unit="€",
        source="calcul du portefeuille",
        at=at,
    )
