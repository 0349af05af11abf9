"""Instalments of an amount granted, to the cent; and the amount itself, recorded and bounded, never computed.

Sources: HOP'EN 2, appel à projets 2026, « Modalités de financement »: half « sur la base de l'acceptation du projet »,
half « sur la base de l'atteinte des objectifs du projet tel que validé par l'ARS »; « les ARS peuvent ajuster les
montants attribués par projet dans la limite du plafond applicable, en tenant compte » of five criteria.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from archipel.foundation.web.formats import number
from archipel.kernel.errors import Invalid
from archipel.programmes.funding.values import Amount, Ceiling, Criterion, Instalment, Payment

CENT = Decimal("0.01")


def checked_shares(instalments: Sequence[Instalment]) -> tuple[Instalment, ...]:
    """The instalments, once their shares add up to one.

    Raises:
        Invalid: when they do not, or when an id comes twice.
    """
    total = sum((one.share for one in instalments), Decimal(0))
    if total != 1:
        raise Invalid(f"Les parts des échéances font {total} au total : 1 est attendu.", code="echeances")
    ids = [one.id for one in instalments]
    if len(set(ids)) != len(ids):
        raise Invalid("Deux échéances portent le même identifiant.", code="echeances")
    return tuple(instalments)


def split(amount: Amount, instalments: Sequence[Instalment]) -> tuple[Amount, ...]:
    """The amount of each instalment: rounded to the cent, the last one taking the rest so that nothing is lost."""
    parts = [(amount * one.share).quantize(CENT, ROUND_HALF_UP) for one in instalments[:-1]]
    return (*parts, amount - sum(parts, Decimal(0)))


def payments(
    amount: Amount,
    instalments: Sequence[Instalment],
    *,
    met: Collection[str] = (),
    received: Mapping[str, Amount] | None = None,
) -> tuple[Payment, ...]:
    """The schedule of a grant: what each instalment pays, whether its condition is met, what was received."""
    paid = received or {}
    return tuple(
        Payment(
            one, part, secured=one.id in met or paid.get(one.id, Decimal(0)) > 0, received=paid.get(one.id, Decimal(0))
        )
        for one, part in zip(instalments, split(amount, instalments), strict=True)
    )


def checked_grant(
    amount: Amount, ceiling: Ceiling, reasons: Mapping[str, str], criteria: Sequence[Criterion]
) -> Mapping[str, str]:
    """The reasons of a grant, once the grant may be recorded.

    The ARS decides: below the ceiling, at least one criterion must say why; above it, nothing is recorded. An unknown
    ceiling accepts any grant, and stays unknown.

    Returns:
        Criterion → reason, without the empty ones.

    Raises:
        Invalid: above the ceiling, negative, finer than the cent, unknown criterion, or reduced without any reason.
    """
    if amount < 0 or amount != amount.quantize(CENT):
        raise Invalid(f"Montant octroyé : {amount} n'est pas un montant en euros et centimes.", code="montant")
    if ceiling.amount is not None and amount > ceiling.amount:
        raise Invalid(
            f"Montant octroyé : {number(amount)} € dépasse le plafond du projet, {number(ceiling.amount)} € "
            f"(catégorie {ceiling.band.category if ceiling.band else ''}).",
            code="plafond",
        )
    known = {criterion.id for criterion in criteria}
    said = {key: text.strip() for key, text in reasons.items() if text.strip()}
    strange = sorted(set(said) - known)
    if strange:
        raise Invalid(
            f"Critère de modulation inconnu : {', '.join(strange)}. Attendus : {', '.join(sorted(known))}.",
            code="critere",
        )
    if ceiling.amount is not None and amount < ceiling.amount and criteria and not said:
        raise Invalid(
            "Le montant est inférieur au plafond : dites au titre de quel critère de modulation, et pourquoi.",
            code="motif",
        )
    return said
