"""Patients by exact identifiers, and the path of a venue with its two times."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from archipel.api.access import scope_of_request, trace_reads
from archipel.api.tables import Page, PagingQuery, answer, aware, csv_response
from archipel.domains.flow import public as flow
from archipel.foundation.scope import Capability, Scope
from archipel.identity import public as identity
from archipel.kernel.errors import Invalid, NotFound

router = Router(tags=["patients"])


class PatientOut(Schema):
    """One local identifier and its traits; personal data."""

    etablissement: str
    cle: str
    ipp: str
    autorite: str
    representant: str
    nom_naissance: str
    nom_utilise: str
    prenom: str
    sexe: str
    date_naissance: date | None
    ins: str
    ins_oid: str
    statut: str
    mis_a_jour: datetime


class RechercheIn(Schema):
    """One criterion: an IPP, an INS (13 or 15 characters), or the beginning of a name with the birth date."""

    ipp: str = ""
    ins: str = ""
    nom: str = ""
    naissance: date | None = None


class PlaceOut(Schema):
    """Where a patient is or was."""

    debut: datetime
    fin: datetime | None
    uf: str
    chambre: str
    lit: str
    uf_medicale: str
    present: bool
    differe: bool


class MouvementOut(Schema):
    """A movement as it was known, and the messages that told it."""

    numero: str
    evenement: str
    libelle: str
    effectif_a: datetime
    uf: str
    chambre: str
    lit: str
    annule: bool
    inconnu: bool
    changements: list[str]
    messages: list[int]


class VenueOut(Schema):
    """The path of a venue as it was at ``a``, with what had been received at ``connu_a``."""

    etablissement: str
    cle: str
    numero: str
    a: datetime
    connu_a: datetime | None
    patient: str
    debut: datetime | None
    sortie: datetime | None
    annulee: bool
    differe: bool
    appris_depuis: int
    mis_a_jour: datetime
    places: list[PlaceOut]
    mouvements: list[MouvementOut]

    NESTED: ClassVar[tuple[str, ...]] = ("places", "mouvements")


class VenueLigneOut(Schema):
    """A venue of a patient."""

    etablissement: str
    cle: str
    numero: str
    patient: str
    debut: datetime | None
    sortie: datetime | None
    annulee: bool


@router.post("/patients/recherche", response=Page[PatientOut], summary="Chercher un patient par identifiant exact")
def search(request: HttpRequest, given: RechercheIn, paging: PagingQuery) -> Any:
    """Dans les établissements nominatifs du compte. Par POST : aucune identité dans une adresse ni un journal."""
    scope = _readers(request)
    places = sorted(scope.establishments)
    if given.ipp:
        found = identity.search.by_ipp(places, given.ipp)
    elif given.ins:
        found = identity.search.by_ins(places, given.ins)
    elif given.nom and given.naissance:
        found = identity.search.by_name(places, given.nom, given.naissance)
    else:
        raise Invalid("Donnez un IPP, un INS, ou un nom avec la date de naissance.", code="recherche-vide")
    for place in sorted({row.establishment for row in found}):
        keys = [row.key for row in found if row.establishment == place]
        trace_reads(scope, "patients.chercher", place, "patient", keys)
    return answer(request, "patients", PatientOut, [_patient(row) for row in found], paging)


def _readers(request: HttpRequest) -> Scope:
    """The scope, for who may see the patients of some establishment (a break-glass counts)."""
    scope = scope_of_request(request)
    if not scope.establishments:
        scope.require(Capability.VOIR_PATIENTS)
    return scope


def _patient(row: identity.PatientRow) -> PatientOut:
    return PatientOut(
        etablissement=row.establishment,
        cle=row.key,
        ipp=row.number,
        autorite=row.authority,
        representant=row.representative,
        nom_naissance=row.nom_naissance,
        nom_utilise=row.nom_utilise,
        prenom=row.prenom,
        sexe=row.sexe,
        date_naissance=row.date_naissance,
        ins=row.ins_matricule + row.ins_cle,
        ins_oid=row.ins_oid,
        statut=row.statut.value,
        mis_a_jour=row.updated_at,
    )


@router.get("/venues", response=Page[VenueLigneOut], summary="Chercher une venue par son numéro de dossier")
def venues(request: HttpRequest, paging: PagingQuery, numero: str) -> Any:
    """Exactement ce numéro, dans les établissements nominatifs du compte."""
    scope = _readers(request)
    found = flow.venues_by_number(sorted(scope.establishments), numero)
    for place in sorted({row.establishment for row in found}):
        keys = [row.key for row in found if row.establishment == place]
        trace_reads(scope, "venues.chercher", place, "venue", keys)
    rows = [
        VenueLigneOut(
            etablissement=v.establishment, cle=v.key, numero=v.number, patient=v.patient, debut=v.begin,
            sortie=v.discharged_at, annulee=v.cancelled,
        )
        for v in found
    ]  # fmt: skip
    return answer(request, "venues", VenueLigneOut, rows, paging)


@router.get("/venues/{ej}/{path:cle}", response=VenueOut, summary="Le parcours d'une venue")
def venue(
    request: HttpRequest,
    ej: str,
    cle: str,
    paging: PagingQuery,
    a: datetime | None = None,
    connu_a: datetime | None = None,
) -> Any:
    """`a` : où était le patient alors ; `connu_a` : avec ce qui avait été reçu à ce moment. En CSV, les places."""
    scope = _readers(request)
    now = timezone.now()
    moment, known = (aware(one) for one in (a, connu_a))
    found = None
    if scope.sees_names(ej):
        found = flow.venue_path(establishment=ej, key=cle, at=moment or now, known_at=known)
    if found is None:
        raise NotFound("Cette venue n'existe pas, ou n'est pas visible par votre compte.", code="venue-inconnue")
    trace_reads(scope, "parcours.lire", ej, "venue", [cle])
    shown = _venue(found)
    if paging.format == "csv":
        return csv_response("parcours", PlaceOut, shown.places)
    return shown


def _venue(found: flow.Path) -> VenueOut:
    return VenueOut(
        etablissement=found.establishment,
        cle=found.key,
        numero=found.number,
        a=found.at,
        connu_a=found.known_at,
        patient=found.timeline.patient,
        debut=found.timeline.segments[0].begin if found.timeline.segments else None,
        sortie=found.timeline.discharged_at,
        annulee=found.timeline.cancelled,
        differe=found.differs,
        appris_depuis=found.learnt_since,
        mis_a_jour=found.updated_at,
        places=[_place(stretch) for stretch in found.stretches],
        mouvements=[_movement(one) for one in found.movements],
    )


def _place(stretch: Any) -> PlaceOut:
    segment = stretch.segment
    return PlaceOut(
        debut=segment.begin,
        fin=segment.end,
        uf=segment.place.uf,
        chambre=segment.place.chambre,
        lit=segment.place.lit,
        uf_medicale=segment.uf_medicale,
        present=segment.present,
        differe=stretch.differs,
    )


def _movement(one: Any) -> MouvementOut:
    return MouvementOut(
        numero=one.number,
        evenement=one.trigger,
        libelle=one.label,
        effectif_a=one.effective_at,
        uf=one.place.uf if one.place else "",
        chambre=one.place.chambre if one.place else "",
        lit=one.place.lit if one.place else "",
        annule=one.cancelled,
        inconnu=one.unknown,
        changements=list(one.changes),
        messages=[version.message_id for version in one.versions],
    )
