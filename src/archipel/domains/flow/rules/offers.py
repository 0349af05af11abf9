"""From the separate facts of the beds to what the ROR should say of an offer. Pure: no clock, no database.

Sources: definitions of TRE_R330 (installé counts closed beds; disponible is staffed and not reserved within 24 hours;
réservé is a known patient within 24 hours); ROR rule RG_EXP_047 (a closed offer has nothing available).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from archipel.domains.flow.values.offers import (
    BedGroup,
    Fermeture,
    ForecastFigure,
    Genre,
    Indicator,
    Nature,
    Offer,
    Statement,
    Statut,
    Supplementaire,
    Temporalite,
)

_GENDERS = {"F": Genre.FEMME.value, "M": Genre.HOMME.value, "": Genre.INDETERMINE.value}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the mapping of units to offers leaves out."""

    kind: str
    """unite-sans-offre, offre-sans-unite, unite-inconnue, unite-deux-fois, filiere-differente or filiere-absente."""
    establishment: str
    subject: str
    """The unit or the offer."""
    sentence: str


def derive(
    offer: Offer,
    groups: Iterable[BedGroup],
    valid: Collection[Indicator],
    *,
    at: datetime,
    forecasts: Iterable[ForecastFigure] = (),
    unstaffed_as: str = Fermeture.REACTIVABLE.value,
) -> Statement:
    """What the ROR should say of the offer.

    Args:
        offer: what a person declared of it.
        groups: the beds of its units.
        valid: the combinations that the ROR accepts; each one gets a figure, 0 when nothing answers to it. A figure
            whose own combination is not valid is added to the nearest one that is (gender, closing left undetermined,
            then not given), and left out when there is none.
        at: the moment, to leave out forecasts that have expired.
        forecasts: what people validated for later.
        unstaffed_as: R333 code under which installed beds without staff count as closed; empty: not as closed.

    Returns:
        One figure for each combination of the present, one for each forecast in force.
    """
    counted: dict[tuple[str, str, str, str], int] = defaultdict(int)
    usage = "place" if offer.nature == Nature.PLACE else "lit"
    for group in groups:
        if group.usage != usage:
            continue
        for place in _places(group, unstaffed_as):
            counted[place] += group.count
    counted[Statut.SUPPLEMENTAIRE, "", "", Supplementaire.SANS_RH] += offer.extra_without_staff
    counted[Statut.SUPPLEMENTAIRE, "", "", Supplementaire.AVEC_RH] += offer.extra_with_staff
    allowed = {one for one in valid if one.assignment == offer.assignment and one.temporality == Temporalite.COURANT}
    said = {one: 0 for one in allowed if one.crisis in ("", offer.crisis) and not _shadowed(one, offer, allowed)}
    for (status, gender, closing, additional), count in counted.items():
        target = _nearest(said, status, gender, closing, additional)
        if target is not None:
            said[target] += count
    if is_closed(offer, groups_total(said)):
        said = {one: 0 if one.status == Statut.DISPONIBLE else count for one, count in said.items()}
    return said | _later(offer, valid, forecasts, at, closed=is_closed(offer, groups_total(said)))


def _places(group: BedGroup, unstaffed_as: str) -> Iterable[tuple[str, str, str, str]]:
    """Under which states a bed counts; it may count under several (installed and occupied)."""
    closed = group.shut or (group.unstaffed and bool(unstaffed_as))
    if group.installed:
        yield Statut.INSTALLE, "", "", ""
    elif group.occupied:
        yield Statut.SUPPLEMENTAIRE, "", "", Supplementaire.MOBILISE
    if group.occupied:
        yield Statut.OCCUPE, "", "", ""
    elif group.installed and closed:
        yield Statut.FERME, "", (group.closing or Fermeture.INDETERMINE) if group.shut else unstaffed_as, ""
    elif group.installed and group.reserved:
        yield Statut.RESERVE, "", "", ""
    elif group.installed and not (group.unstaffed or group.dirty):
        yield Statut.DISPONIBLE, _GENDERS.get(group.gender, Genre.INDETERMINE), "", ""


def _shadowed(one: Indicator, offer: Offer, allowed: Collection[Indicator]) -> bool:
    """Whether the same indicator exists with the crisis under way: only that one is told."""
    if not offer.crisis or one.crisis:
        return False
    twin = Indicator(one.status, one.temporality, one.gender, one.closing, one.additional, offer.crisis, one.assignment)
    return twin in allowed


def _nearest(
    said: Mapping[Indicator, int], status: str, gender: str, closing: str, additional: str
) -> Indicator | None:
    """The combination under which a figure is told."""
    genders = [gender, Genre.INDETERMINE.value, Genre.INDIFFERENCIE.value, ""] if gender else [""]
    closings = [closing, Fermeture.INDETERMINE.value, ""] if closing else [""]
    by_attributes = {
        (one.gender, one.closing): one for one in said if one.status == status and one.additional == additional
    }
    if status == Statut.SUPPLEMENTAIRE and not by_attributes:
        by_attributes = {(o.gender, o.closing): o for o in said if o.status == status and not o.additional}
    for wanted in genders:
        for code in closings:
            if (wanted, code) in by_attributes:
                return by_attributes[wanted, code]
    return None


def groups_total(said: Mapping[Indicator, int]) -> tuple[int, int]:
    """(installed, closed) of what is said."""
    installed = sum(count for one, count in said.items() if one.status == Statut.INSTALLE)
    shut = sum(count for one, count in said.items() if one.status == Statut.FERME)
    return installed, shut


def is_closed(offer: Offer, total: tuple[int, int]) -> bool:
    """Whether RG_EXP_047 applies: declared closed, or every installed bed is."""
    installed, shut = total
    return offer.closed or (installed > 0 and shut >= installed)


def _later(
    offer: Offer, valid: Collection[Indicator], forecasts: Iterable[ForecastFigure], at: datetime, *, closed: bool
) -> Statement:
    """The figures validated for later, the last validation of each prevailing."""
    found: Statement = {}
    ordered = sorted(forecasts, key=lambda f: (f.validated_at or at, f.number))
    for one in ordered:
        indicator = Indicator(Statut.DISPONIBLE, one.temporality, one.gender, assignment=offer.assignment)
        if one.expires_at > at and indicator in valid:
            found[indicator] = 0 if closed else one.count
        else:
            found.pop(indicator, None)
    return found


def gaps(
    offers: Iterable[Offer], units: Mapping[tuple[str, str], tuple[str, str, int]], expected: Mapping[str, str]
) -> list[Gap]:
    """What the mapping leaves out.

    Args:
        offers: in force.
        units: (establishment, UF) → (name, filière, beds) of the units that have beds.
        expected: filière → label, of those that must be told to the ROR.
    """
    found: list[Gap] = []
    told: dict[tuple[str, str], str] = {}
    for offer in offers:
        if not offer.units:
            text = f"L'offre {offer.key} ({offer.name}) ne compte aucune unité : elle dira 0 lit installé."
            found.append(Gap("offre-sans-unite", offer.establishment, offer.key, text))
        found += _offer_gaps(offer, units, told)
    for (establishment, unit), (name, filiere, beds) in sorted(units.items()):
        if (establishment, unit) not in told and filiere in expected:
            text = f"L'UF {unit} ({name}, {beds} lits, {expected[filiere]}) n'est comptée par aucune offre du ROR."
            found.append(Gap("unite-sans-offre", establishment, unit, text))
    present = {(place, filiere) for (place, _), (_, filiere, _) in units.items() if filiere in expected}
    fed = {(key[0], units[key][1]) for key in told}
    for establishment, filiere in sorted(present - fed):
        text = f"La filière « {expected[filiere]} » a des lits et n'est pas dite au ROR."
        found.append(Gap("filiere-absente", establishment, filiere, text))
    return found


def _offer_gaps(
    offer: Offer, units: Mapping[tuple[str, str], tuple[str, str, int]], told: dict[tuple[str, str], str]
) -> Iterable[Gap]:
    """What is wrong with the units of one offer; ``told`` is completed."""
    for unit in offer.units:
        key = offer.establishment, unit
        if key not in units:
            text = f"L'offre {offer.key} compte l'UF {unit}, qui n'a pas de lit dans la structure d'aujourd'hui."
            yield Gap("unite-inconnue", offer.establishment, offer.key, text)
            continue
        if key in told:
            text = f"L'UF {unit} est comptée par deux offres : {told[key]} et {offer.key}."
            yield Gap("unite-deux-fois", offer.establishment, unit, text)
        told[key] = offer.key
        if units[key][1] != offer.filiere:
            text = f"L'UF {unit} est en {units[key][1]}, l'offre {offer.key} qui la compte est en {offer.filiere}."
            yield Gap("filiere-differente", offer.establishment, offer.key, text)
