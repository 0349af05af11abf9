"""Search for a downstream bed across the group: who fits, how well, and why, in French.

Every point is an integer and every tie is broken by the bed's key, so the same question always gives the same
answer. Beds that cannot do are returned as well, last, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from archipel.domains.flow.values.ranking import (
    BedCandidate,
    BedRequest,
    ProtectedRule,
    RankedBed,
    RankingRules,
    Reason,
)

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

_SEX = {"F": "femme", "M": "homme"}


def distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance in kilometres between two WGS 84 points in degrees (haversine)."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_phi, half_lambda = (phi_b - phi_a) / 2, math.radians(lon_b - lon_a) / 2
    h = math.sin(half_phi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


def _distance(request: BedRequest, bed: BedCandidate) -> float | None:
    if request.origin_eg and bed.eg == request.origin_eg:
        return 0.0
    if request.latitude is None or request.longitude is None or bed.latitude is None or bed.longitude is None:
        return None
    return distance_km(request.latitude, request.longitude, bed.latitude, bed.longitude)


def _same_site(request: BedRequest, bed: BedCandidate) -> bool:
    return bool(request.origin_eg) and bed.eg == request.origin_eg


def _availability(bed: BedCandidate, rules: RankingRules) -> Reason | None:
    if bed.available:
        return None
    why = bed.unavailable_reason or "lit non disponible"
    if bed.in_hours is None or bed.in_hours > rules.accept_within_hours:
        return Reason(f"Indisponible : {why}.", excludes=True)
    hours = max(1, math.ceil(bed.in_hours))
    return Reason(f"Attendu libre dans {hours} h ({why}).", hours * rules.per_hour_of_wait)


def _filiere(request: BedRequest, bed: BedCandidate, rules: RankingRules) -> Reason:
    if bed.filiere == request.filiere:
        return Reason("Filière demandée.", rules.exact)
    points = rules.compatibility.get(request.filiere, {}).get(bed.filiere)
    if points is None:
        return Reason(f"Filière {bed.filiere or 'inconnue'} incompatible avec {request.filiere}.", excludes=True)
    return Reason(f"Filière {bed.filiere} compatible avec {request.filiere}.", points)


def _age(request: BedRequest, bed: BedCandidate) -> Reason | None:
    if request.age is None:
        return None
    if bed.age_min is not None and request.age < bed.age_min:
        return Reason(f"Réservé aux patients de {bed.age_min} ans et plus.", excludes=True)
    if bed.age_max is not None and request.age > bed.age_max:
        return Reason(f"Réservé aux patients de {bed.age_max} ans au plus.", excludes=True)
    return None


def _sexe(request: BedRequest, bed: BedCandidate, rules: RankingRules) -> Reason | None:
    if bed.single:
        return None
    if not bed.room_sexe:
        return Reason("Chambre double sans sexe attribué.", rules.opens_room)
    if not request.sexe:
        return Reason("Sexe du patient inconnu : chambre partagée à vérifier.")
    if bed.room_sexe != request.sexe:
        return Reason(f"Chambre double {_SEX.get(bed.room_sexe, bed.room_sexe)}.", excludes=True)
    return Reason(f"Chambre double {_SEX.get(bed.room_sexe, bed.room_sexe)}.", rules.same_sex_room)


def _isolation(request: BedRequest, bed: BedCandidate, rules: RankingRules) -> Reason | None:
    wanted = request.isolement
    if wanted:
        if bed.single:
            points = rules.single_for_isolation
            return Reason(f"Chambre seule pour l'isolement {wanted}.", points)
        if bed.room_isolation == wanted:
            return Reason(f"Regroupement possible : isolement {wanted} déjà en cours dans la chambre.", 0)
        if bed.isolation_capable and not bed.room_isolation:
            return Reason(f"Chambre utilisable pour l'isolement {wanted}.", 0)
        return Reason(f"Isolement {wanted} impossible dans cette chambre double.", excludes=True)
    if bed.room_isolation and not bed.single:
        return Reason(f"Isolement {bed.room_isolation} en cours dans la chambre.", excludes=True)
    if bed.isolation_capable:
        return Reason("Lit d'isolement, sans besoin d'isolement.", rules.isolation_wasted)
    return None


def _single(request: BedRequest, bed: BedCandidate, rules: RankingRules) -> Reason | None:
    if request.single_room:
        if bed.single:
            return Reason("Chambre seule demandée.", rules.single_asked)
        return Reason("Chambre seule demandée, lit en chambre double.", -rules.single_asked)
    if bed.single and not request.isolement:
        return Reason("Chambre seule, sans besoin particulier.", rules.single_wasted)
    return None


def _protected(request: BedRequest, bed: BedCandidate, rules: RankingRules) -> Reason | None:
    if not bed.protected_for:
        return None
    own = bool(request.origin_eg) and bed.protected_for == request.origin_eg
    if rules.protected is ProtectedRule.JAMAIS:
        return Reason("Lit protégé pour les urgences de son site, non utilisable.", excludes=True)
    if own:
        return Reason("Lit protégé pour les urgences de ce site.", rules.protected_own)
    if rules.protected is ProtectedRule.URGENCES_DU_SITE:
        return Reason("Lit protégé pour les urgences d'un autre site.", excludes=True)
    return Reason("Lit protégé pour les urgences d'un autre site, utilisable en dernier.", rules.protected_other)


def _french(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}".replace(".", ",")


def _travel(request: BedRequest, bed: BedCandidate, km: float | None, rules: RankingRules) -> list[Reason]:
    if _same_site(request, bed):
        return [Reason("Même site.", rules.same_site)]
    minutes = bed.travel_minutes
    if km is not None and rules.max_km is not None and km > rules.max_km:
        return [Reason(f"À {_french(km)} km, au-delà de {_french(rules.max_km)} km.", excludes=True)]
    if minutes is not None and rules.max_minutes is not None and minutes > rules.max_minutes:
        return [Reason(f"À {minutes:.0f} min, au-delà de {rules.max_minutes:.0f} min.", excludes=True)]
    if minutes is not None:
        return [Reason(f"À {minutes:.0f} min de route.", round(minutes) * rules.per_minute)]
    if km is not None:
        return [Reason(f"À {_french(km)} km à vol d'oiseau.", round(km) * rules.per_km)]
    return [Reason("Distance inconnue.", rules.unknown_distance)]


def _judge(request: BedRequest, bed: BedCandidate, rules: RankingRules) -> RankedBed:
    km = _distance(request, bed)
    found = [
        _filiere(request, bed, rules),
        _availability(bed, rules),
        _age(request, bed),
        _sexe(request, bed, rules),
        _isolation(request, bed, rules),
        _single(request, bed, rules),
        _protected(request, bed, rules),
        *_travel(request, bed, km, rules),
    ]
    reasons = [reason for reason in found if reason is not None]
    excluded = any(reason.excludes for reason in reasons)
    if excluded:
        reasons.sort(key=lambda reason: not reason.excludes)
    score = sum(reason.points for reason in reasons if not reason.excludes)
    rounded = None if km is None else round(km, 1)
    return RankedBed(bed, 0, score, rounded, excluded, tuple(reasons))


def rank_beds(request: BedRequest, candidates: Iterable[BedCandidate], rules: RankingRules) -> tuple[RankedBed, ...]:
    """Rank beds for a request, the best first; excluded beds follow with the reason.

    The order is total: usable before excluded, then score, then shorter distance (unknown last), then key.
    Distances are in kilometres, travel times in minutes.
    """

    def order(bed: RankedBed) -> tuple[bool, int, float, str]:
        away = math.inf if bed.distance_km is None else bed.distance_km
        return (bed.excluded, -bed.score, away, bed.candidate.key)

    judged = sorted((_judge(request, bed, rules) for bed in candidates), key=order)
    return tuple(bed if bed.excluded else replace(bed, rank=position) for position, bed in enumerate(judged, start=1))


def with_protection(
    candidates: Iterable[BedCandidate], kept: Mapping[tuple[str, str], int]
) -> tuple[BedCandidate, ...]:
    """Mark the beds kept for the emergency department of their site.

    Args:
        candidates: the beds of any number of units.
        kept: (establishment, UF) → number of beds kept. Of the available beds of a unit that many are marked,
            the last by key; the others may go to anyone.
    """
    beds = sorted(candidates, key=lambda bed: bed.key, reverse=True)
    left = dict(kept)
    marked: list[BedCandidate] = []
    for bed in beds:
        unit = (bed.establishment, bed.uf)
        if bed.available and left.get(unit, 0) > 0:
            left[unit] -= 1
            bed = replace(bed, protected_for=bed.eg)
        marked.append(bed)
    marked.reverse()
    return tuple(marked)
