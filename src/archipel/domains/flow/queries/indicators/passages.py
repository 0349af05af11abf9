"""The passages of emergency departments: are their items filled?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from archipel.domains.flow.queries.passages import ed_passages
from archipel.domains.flow.rules.passage_checks import check, completeness
from archipel.domains.flow.values.passages import Item, Passage, Severity
from archipel.foundation.counting import only_counts
from archipel.foundation.scope import Scope, system_scope
from archipel.kernel.indicators import Indicator, Measure, rows_digest, share
from archipel.territory import public as territory

PERIOD = timedelta(days=7)
METHOD = """
-- Passages commencés dans les 7 jours et terminés : segments des UF d'urgences (flow_segment), identité
-- (identity_patient), saisies non annulées (flow_passagefact). Un item compte quand le passage doit l'avoir (arrêté du
-- 24 juillet 2013, art. 3) : voir archipel.domains.flow.rules.passage_checks.expected.
"""


def passage_completeness(
    *, scope: Scope, establishments: Sequence[str], sites: Sequence[str] = (), at: datetime, known_at: datetime
) -> Indicator:
    """The share of the expected items of the RPU that are filled, over the passages of 7 days that ended.

    Args:
        scope: must see the programmes of each establishment.
        establishments: FINESS EJ.
        sites: the emergency departments of these FINESS EG only; all when empty.
        at: end of the period.
        known_at: kept beside the figure; the passages are those known when it is read.

    Raises:
        Denied: the programmes of one of them are not visible.
    """
    with only_counts(scope, establishments) as codes:
        kept = set(codes)
        known = [uf.site for uf in territory.ufs(codes) if uf.filiere == "URG" and uf.site]
        wanted = sorted({site for site in known if not sites or site in sites})
        inside = system_scope("indicateurs", codes)
        found = ed_passages(scope=inside, since=at - PERIOD, until=at, sites=wanted, at=at) if wanted else ()
        passages = [p for p in found if p.left_at is not None and p.establishment in kept]
    return _indicator(passages, at, known_at)


def _indicator(passages: Sequence[Passage], at: datetime, known_at: datetime) -> Indicator:
    rows = completeness(passages)
    filled, wanted = sum(row.filled for row in rows), sum(row.wanted for row in rows)
    by_item = {row.item: row for row in rows}
    coherent = sum(1 for p in passages if all(one.severity is not Severity.ERREUR for one in check(p, at)))
    counts = Counter(p.establishment for p in passages)
    smallest, total = min(counts.values(), default=None), len(passages)
    none = "" if passages else "aucun passage terminé sur 7 jours"
    main = by_item[Item.DP]
    measures = (
        Measure("completude", "Items attendus renseignés", share(filled, wanted), "%", group=total, smallest=smallest,
                reason=none),
        Measure("diagnostic", "Passages dont le diagnostic principal est renseigné", share(main.filled, main.wanted),
                "%", group=main.wanted, part=main.filled, reason=none),
        Measure("coherence", "Passages sans valeur impossible", share(coherent, total), "%", group=total,
                part=coherent, smallest=smallest, reason=none),
        Measure("passages", "Passages terminés, sur 7 jours", Decimal(total), "", group=total, part=total,
                smallest=smallest),
    )  # fmt: skip
    count, digest = rows_digest(
        (p.establishment, p.site, p.arrived_at.astimezone(UTC), len([item for item in Item if p.values.get(item)]))
        for p in passages
    )
    newest = max((p.left_at for p in passages if p.left_at), default=None)
    return Indicator(at, known_at, measures, newest, count, digest, METHOD.strip())
