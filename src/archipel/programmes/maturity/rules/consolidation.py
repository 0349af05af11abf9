"""From the entities to the group: means weighted by the activité combinée (AC), and the share rule of CaRE D2.

The AC of an entity is given from outside and may be unknown; a number that depends on an unknown AC is unknown, with
the bounds that remain true whatever it is. An AC is positive; zero is refused where facts are entered.

Source of the share rule: CaRE, domaine 2, multi-entity GHT: the entities with BIA and PCRA, then with a tested plan,
must carry at least 66 % of the AC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from archipel.programmes.maturity.values import Niveau, Verdict


@dataclass(frozen=True, slots=True)
class Pese:
    """An entity of the group, its AC (None: unknown) and its level."""

    entite: str
    ac: Fraction | None
    niveau: Niveau


@dataclass(frozen=True, slots=True)
class Consolide:
    """The level of the group; ``valeur`` None while it cannot be said.

    ``bas`` and ``haut`` hold whatever the unknown AC and answers are.
    """

    valeur: Fraction | None
    bas: Fraction | None
    haut: Fraction | None
    sans_ac: tuple[str, ...]
    incomplets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Porteur:
    """An entity, its AC, and whether it holds what is counted (None: unknown)."""

    entite: str
    ac: Fraction | None
    tient: bool | None


@dataclass(frozen=True, slots=True)
class Part:
    """The share of the AC carried by the entities that hold what is counted, against a threshold (a fraction of 1)."""

    verdict: Verdict
    bas: Fraction | None
    haut: Fraction | None
    seuil: Fraction
    sans_ac: tuple[str, ...]
    sans_reponse: tuple[str, ...]

    @property
    def valeur(self) -> Fraction | None:
        """The exact share; None while it cannot be said."""
        return self.bas if self.bas == self.haut else None


def consolidate(entities: Sequence[Pese]) -> Consolide:
    """The mean of the entities' levels, weighted by their AC; entities to which nothing applies are left out."""
    held = [e for e in entities if e.niveau.bas is not None and e.niveau.haut is not None]
    lows = [(e.ac, e.niveau.bas) for e in held if e.niveau.bas is not None]
    highs = [(e.ac, e.niveau.haut) for e in held if e.niveau.haut is not None]
    low, high = _extreme(lows, least=True), _extreme(highs, least=False)
    return Consolide(
        valeur=low if low == high else None,
        bas=low,
        haut=high,
        sans_ac=tuple(e.entite for e in held if e.ac is None),
        incomplets=tuple(e.entite for e in held if e.niveau.valeur is None),
    )


def _extreme(parts: Sequence[tuple[Fraction | None, Fraction]], *, least: bool) -> Fraction | None:
    """The least or greatest weighted mean when the unknown weights may be anything positive (a limit, maybe not met).

    An unknown weight pulls the mean towards its own value as far as one likes, or not at all.
    """
    if not parts:
        return None
    known = [(weight, value) for weight, value in parts if weight is not None]
    total = sum((weight for weight, _ in known), Fraction(0))
    free = [value for weight, value in parts if weight is None]
    candidates = list(free)
    if total:
        candidates.append(sum((weight * value for weight, value in known), Fraction(0)) / total)
    return (min if least else max)(candidates) if candidates else None


def share(entities: Sequence[Porteur], threshold: Fraction) -> Part:
    """Whether the entities that hold what is counted carry at least ``threshold`` of the AC of the group.

    Exactly the threshold is enough (« ≥ 66 % »). With one entity, it is whether that one holds.
    """
    low = _extreme([(e.ac, Fraction(e.tient is True)) for e in entities], least=True)
    high = _extreme([(e.ac, Fraction(e.tient is not False)) for e in entities], least=False)
    verdict = Verdict.INCONNU
    if low is not None and low >= threshold:
        verdict = Verdict.OUI
    elif high is not None and high < threshold:
        verdict = Verdict.NON
    return Part(
        verdict=verdict,
        bas=low,
        haut=high,
        seuil=threshold,
        sans_ac=tuple(e.entite for e in entities if e.ac is None),
        sans_reponse=tuple(e.entite for e in entities if e.tient is None),
    )


def deciding(entities: Sequence[Porteur], threshold: Fraction) -> tuple[str, ...]:
    """The fewest entities whose missing answer, if it is yes, proves the share; the heaviest first.

    Empty when the share is decided, when no set of answers can prove it, or while an AC is unknown: the AC to be
    given (``Part.sans_ac``) come first then.
    """
    if share(entities, threshold).verdict is not Verdict.INCONNU or any(e.ac is None for e in entities):
        return ()
    current, asked = list(entities), []
    unknown = sorted((e for e in entities if e.tient is None), key=lambda e: (-(e.ac or Fraction(0)), e.entite))
    for entity in unknown:
        current[current.index(entity)] = Porteur(entity.entite, entity.ac, True)
        asked.append(entity.entite)
        if share(current, threshold).verdict is Verdict.OUI:
            return tuple(asked)
    return ()
