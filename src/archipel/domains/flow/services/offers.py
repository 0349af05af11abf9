"""Declaring the offers of the ROR and the units that they count; validating forecasts before they leave."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Q

from archipel.domains.flow.models import ForecastCapacity
from archipel.domains.flow.models import Offer as OfferRow
from archipel.domains.flow.queries.offers import offer_versions, today
from archipel.domains.flow.values.offers import HORIZONS, LABELS, Genre, Offer, Temporalite
from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish
from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.territory import public as territory
from archipel.territory.values import FILIERE_LABELS

TOPIC = "flow.offers"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_STRUCTURE = re.compile(r"[A-Za-z0-9]{8,20}")


def check_offer(offer: Offer) -> None:
    """Raise Invalid unless what is declared can be told to the ROR; the sentence names the field."""
    wrong = [
        ("structure", not _STRUCTURE.fullmatch(offer.structure),
         "l'IdNatStruct est fait de 8 à 20 lettres ou chiffres (« 1 » puis le FINESS de l'entité géographique)"),
        ("code", not _CODE.fullmatch(offer.code), "le code externe est fait de lettres, chiffres, « . », « _ », « - »"),
        ("name", not offer.name.strip(), "l'offre a un nom"),
        ("filiere", offer.filiere not in FILIERE_LABELS, f"une filière parmi {', '.join(FILIERE_LABELS)}"),
        ("nature", offer.nature not in LABELS["R329"], "R329 : 01 lit, 02 place, 03 logement"),
        ("crisis", offer.crisis not in ("", *LABELS["R336"]), "R336 : vide, 01 PMIE, 02 SSE"),
        ("assignment", offer.assignment not in LABELS["R337"], "R337 : 01 aucune, 02 Covid+, 03 Covid-"),
        ("extra_without_staff", not 0 <= offer.extra_without_staff <= 9999, "un nombre de 0 à 9999"),
        ("extra_with_staff", not 0 <= offer.extra_with_staff <= 9999, "un nombre de 0 à 9999"),
        ("valid_to", offer.valid_to is not None and offer.valid_to <= offer.valid_from, "une fin après le début"),
    ]  # fmt: skip
    for field, is_wrong, expected in wrong:
        if is_wrong:
            found = getattr(offer, field)
            raise Invalid(
                f"Offre {offer.key}, « {field} » : trouvé « {str(found)[:40]} », attendu : {expected}.",
                code="offre-invalide", field=field,
            )  # fmt: skip


def declare_offer(*, scope: Scope, offer: Offer, reason: str = "") -> Offer:
    """Declare an offer from its ``valid_from`` on; the version in force until then ends that day.

    Declared again from the same day, it is corrected. Periods declared for later stay as they are.

    Raises:
        Denied: without ``GERER_STRUCTURE`` on the establishment.
        Invalid: a field is not what is expected, or a unit does not exist.
        Conflict: a unit is already counted by another offer, or another establishment has this offer.
    """
    scope.require(Capability.GERER_STRUCTURE, offer.establishment)
    check_offer(offer)
    with in_scope(_hands(scope, offer.establishment)):
        _check_units(offer)
        rows = OfferRow.objects.select_for_update().filter(structure=offer.structure, code=offer.code)
        if rows.exclude(establishment=offer.establishment).exists():
            raise Conflict(f"L'offre {offer.key} est déjà déclarée par un autre établissement.", code="offre-prise")
        later = rows.filter(valid_from__gt=offer.valid_from).order_by("valid_from").first()
        ends = min((day for day in (offer.valid_to, later and later.valid_from) if day), default=None)
        rows.filter(Q(valid_to=None) | Q(valid_to__gt=offer.valid_from), valid_from__lt=offer.valid_from).update(
            valid_to=offer.valid_from
        )
        values = _values(replace(offer, valid_to=ends)) | {"actor": scope.actor, "recorded_at": clock.now()}
        row, _ = OfferRow.objects.update_or_create(
            structure=offer.structure, code=offer.code, valid_from=offer.valid_from, defaults=values
        )
        _trace(scope, "declaree", offer, reason)
    return replace(offer, valid_to=ends, number=int(row.pk))


def end_offer(*, scope: Scope, structure: str, code: str, day: date | None = None, reason: str) -> None:
    """Tell the ROR nothing more of an offer from a day on (today).

    Raises:
        Denied: without ``GERER_STRUCTURE``.
        NotFound: there is none in force.
        Invalid: no reason given.
    """
    when = day or today()
    if not reason.strip():
        raise Invalid("Indiquez le motif : pourquoi l'offre n'est plus dite au ROR.", code="motif-manquant")
    last = offer_versions(scope=scope, structure=structure, code=code)[0]
    scope.require(Capability.GERER_STRUCTURE, last.establishment)
    with in_scope(_hands(scope, last.establishment)):
        rows = OfferRow.objects.filter(structure=structure, code=code)
        begun = rows.filter(Q(valid_to=None) | Q(valid_to__gt=when), valid_from__lt=when)
        count = begun.update(valid_to=when) + rows.filter(valid_from__gte=when).delete()[0]
        if not count:
            raise NotFound(f"L'offre {last.key} n'est plus en vigueur.", code="offre-terminee")
        _trace(scope, "terminee", last, reason)


def _hands(scope: Scope, establishment: str) -> Scope:
    """Whoever keeps the structure need not read patients: the rows of offers, which hold none, open once allowed."""
    return replace(system_scope("offres", [establishment]), actor=scope.actor, user_id=scope.user_id)


def _values(offer: Offer) -> dict[str, object]:
    return {
        "establishment": offer.establishment, "name": offer.name.strip(), "filiere": offer.filiere,
        "nature": offer.nature, "units": list(dict.fromkeys(offer.units)), "closed": offer.closed,
        "extra_without_staff": offer.extra_without_staff, "extra_with_staff": offer.extra_with_staff,
        "crisis": offer.crisis, "assignment": offer.assignment, "valid_to": offer.valid_to,
    }  # fmt: skip


def _check_units(offer: Offer) -> None:
    known = territory.uf_index(offer.establishment)
    for unit in offer.units:
        if unit not in known:
            raise Invalid(
                f"Offre {offer.key} : l'UF « {unit[:20]} » n'existe pas dans la structure de l'établissement.",
                code="uf-inconnue", field="units",
            )  # fmt: skip
    overlap = Q(valid_to=None) | Q(valid_to__gt=offer.valid_from)
    if offer.valid_to is not None:
        overlap &= Q(valid_from__lt=offer.valid_to)
    taken = (
        OfferRow.objects.filter(overlap, establishment=offer.establishment, units__overlap=list(offer.units))
        .exclude(structure=offer.structure, code=offer.code)
        .first()
        if offer.units
        else None
    )
    if taken is not None:
        both = ", ".join(sorted(set(taken.units) & set(offer.units)))
        raise Conflict(
            f"UF {both} : déjà comptée par l'offre {taken.structure}/{taken.code} ({taken.name}) à cette période. "
            "Un lit ne se dit qu'une fois.",
            code="uf-deja-comptee",
        )


def _trace(scope: Scope, act: str, offer: Offer, reason: str) -> None:
    record(
        scope=scope, action=f"ror.offre.{act}", establishment=offer.establishment, object_type="offre",
        object_key=offer.key, reason=reason, details={"uf": list(offer.units), "depuis": offer.valid_from.isoformat()},
    )  # fmt: skip
    publish(TOPIC, {"offres": [offer.key]}, establishment=offer.establishment)


# --- forecasts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validated:
    """A forecast that may leave."""

    number: int
    offer: str
    temporality: str
    count: int
    expires_at: datetime


def validate_forecast_capacity(
    *,
    scope: Scope,
    structure: str,
    code: str,
    counts: Mapping[str, int],
    gender: str = Genre.INDETERMINE.value,
    basis: str = "",
    at: datetime | None = None,
) -> Sequence[Validated]:
    """A person validates how many beds of an offer are expected to be available; only then does the ROR hear of it.

    Args:
        scope: who validates; must hold ``GERER_LITS`` for the establishment of the offer.
        structure: IdNatStruct of the geographic entity.
        code: external code of the offer.
        counts: R331 code (02 +1 h, 03 +24 h, 04 +48 h, 05 +7 days) → beds expected to be available.
        gender: R332 code.
        basis: what it rests on, in words (model, horizon, error), kept with it.
        at: when the forecast was made, now by default. A figure expires when its own moment comes.

    Raises:
        Denied: without the right.
        NotFound: no such offer.
        Invalid: an unknown horizon, a negative number, or a system that tries to validate in a person's place.
    """
    made = at or clock.now()
    offer = offer_versions(scope=scope, structure=structure, code=code)[0]
    scope.require(Capability.GERER_LITS, offer.establishment)
    if scope.user_id is None:
        raise Invalid("Une prévision part au ROR après validation par une personne.", code="validation-humaine")
    horizons = {one.value: span for one, span in HORIZONS.items()}
    _check_forecast(counts, gender)
    with in_scope(scope):
        rows = [
            ForecastCapacity.objects.create(
                establishment=offer.establishment, structure=structure, code=code, temporality=temporality,
                gender=gender, count=count, expires_at=made + horizons[temporality], basis=basis, actor=scope.actor,
                recorded_at=clock.now(),
            )
            for temporality, count in sorted(counts.items())
        ]  # fmt: skip
        record(
            scope=scope, action="ror.prevision.validee", establishment=offer.establishment, object_type="offre",
            object_key=offer.key, reason=basis, details={"previsions": dict(counts)},
        )  # fmt: skip
        publish(TOPIC, {"offres": [offer.key]}, establishment=offer.establishment)
    return [Validated(int(row.pk), offer.key, row.temporality, row.count, row.expires_at) for row in rows]


def _check_forecast(counts: Mapping[str, int], gender: str) -> None:
    """Raise Invalid unless each horizon and each number can be told."""
    horizons = {one.value for one in HORIZONS}
    for temporality, count in counts.items():
        if temporality not in horizons or count < 0:
            raise Invalid(
                f"Prévision « {temporality} » = {count} : attendu R331 de {Temporalite.UNE_HEURE} à "
                f"{Temporalite.SEPT_JOURS} et un nombre de lits positif.",
                code="prevision-invalide",
            )
    if gender not in LABELS["R332"]:
        raise Invalid(f"Genre « {gender[:10]} » : attendu un code de R332.", code="prevision-invalide")
