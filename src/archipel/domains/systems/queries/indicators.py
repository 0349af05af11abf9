"""The figures of convergence as indicators that can be proved: value, rows behind it, moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from archipel.domains.systems.queries.store import FOLD_TEXT, inventory
from archipel.domains.systems.rules.coverage import matrix
from archipel.domains.systems.rules.indicators import convergence, coverage
from archipel.domains.systems.rules.model import functions
from archipel.domains.systems.values.records import Inventory
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.foundation.web.formats import PARIS
from archipel.kernel.errors import Denied
from archipel.kernel.indicators import Indicator, Measure, rows_digest


def _read(scope: Scope, establishments: Iterable[str], at: datetime, known_at: datetime) -> tuple[Inventory, list[str]]:
    """The inventory at a moment as it was known, for figures only: who sees the programmes of an establishment reads
    its rates without seeing its inventory. Raises Denied: an establishment is out of reach.
    """
    places = sorted(set(establishments))
    if not set(places) <= scope.systems | scope.programmes:
        raise Denied("Votre compte ne voit ni l'inventaire ni les programmes de tous ces établissements.",
                     code="inventaire")  # fmt: skip
    with in_scope(system_scope("indicateurs", places)):
        return inventory(at.astimezone(PARIS).date(), known_at), places


def _indicator(
    known: Inventory, places: Collection[str], at: datetime, known_at: datetime, measures: Iterable[Measure]
) -> Indicator:
    used = [one for one in known.records if not one.key.establishment or one.key.establishment in places]
    count, digest = rows_digest([*one.key, one.since, sorted(one.content.items())] for one in used)
    newest = max((one.recorded_at for one in used if one.recorded_at), default=None)
    return Indicator(at, known_at, tuple(measures), newest, count, digest, FOLD_TEXT)


def on_target(
    *, scope: Scope, establishments: Collection[str], sites: Collection[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """Rate of convergence of the establishments (%), and the rate of each function.

    Args:
        scope: sees the inventory or the programmes of all the establishments.
        establishments: FINESS EJ.
        sites: not used: an inventory belongs to a legal entity.
        at: the moment described.
        known_at: with what had been recorded by then.

    Raises:
        Denied.
    """
    known, places = _read(scope, establishments, at, known_at)
    found = matrix(known, functions(), places)
    value = convergence(found)
    reason = "" if value is not None else "aucune application en service n'est décrite"
    rates = [
        Measure(f"convergence-{line.function.id}", line.function.label, rate.quantize(Decimal("0.1")), "%")
        for line in found.lines
        if (rate := line.convergence) is not None
    ]
    return _indicator(
        known, places, at, known_at, [Measure("convergence", "Taux de convergence", value, "%", reason=reason), *rates]
    )


def mandatory_coverage(
    *, scope: Scope, establishments: Collection[str], sites: Collection[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """Share (%) of the mandatory functions that an application in service covers; same arguments as above.

    Raises:
        Denied.
    """
    known, places = _read(scope, establishments, at, known_at)
    value = coverage(matrix(known, functions(), places)) if known.live() else None
    reason = "" if value is not None else "aucune application en service n'est décrite"
    measure = Measure("couverture", "Fonctions obligatoires couvertes", value, "%", reason=reason)
    return _indicator(known, places, at, known_at, [measure])
