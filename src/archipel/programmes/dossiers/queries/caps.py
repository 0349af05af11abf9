"""The caps of many dossiers at once, as each dossier's own page gives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from archipel.kernel.errors import NotFound
from archipel.programmes.dossiers.models import Dossier, Participation
from archipel.programmes.funding import public as funding


def caps(numbers: Collection[int], at: date) -> dict[int, Decimal | None]:
    """Number of a dossier → the cap of its grant in euros, None while it is unknown; the facts are read once.

    Args:
        numbers: those that the present scope sees are answered.
        at: the day of the activity.
    """
    rows = list(Dossier.objects.filter(pk__in=numbers))
    codes: dict[int, list[str]] = defaultdict(list)
    for number, finess in Participation.objects.filter(dossier__in=rows).values_list("dossier_id", "finess"):
        codes[number].append(finess)
    by_pack: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        by_pack[row.programme, row.pack_version].append(row.pk)
    found: dict[int, Decimal | None] = {row.pk: None for row in rows}
    for (pack, version), held in by_pack.items():
        try:
            about = funding.programme(pack, version)
        except NotFound:
            continue
        everyone = sorted({code for number in held for code in codes[number]})
        known = {one.finess: one for one in funding.parties(everyone, about.activity_fact, at)}
        for number in held:
            if codes[number]:
                amount = funding.ceiling(about.bands, [known[code] for code in codes[number]]).amount
                found[number] = None if amount is None else Decimal(amount)
    return found
