"""Emergency departments: the load of each without names; one department with its patients where they may be seen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.api.access import scope_of_request, trace_reads
from archipel.api.routes.beds import age
from archipel.api.tables import Page, PagingQuery, answer, csv_response
from archipel.domains.flow import public as flow

router = Router(tags=["urgences"])


class ChargeOut(Schema):
    """The load of an emergency department."""

    NESTED: ClassVar[tuple[str, ...]] = ("etapes",)
    site: str
    nom: str
    etablissement: str
    presents: int
    en_attente: int
    places: int
    places_occupees: int
    attente_depuis: datetime | None
    aval_depuis: datetime | None
    dernier_message: datetime | None
    etapes: dict[str, int]


class PassageOut(Schema):
    """A passage; personal data."""

    venue: str
    numero: int
    nom: str
    prenom: str
    naissance: date | None
    sexe: str
    etape: str
    depuis: datetime
    arrivee: datetime
    niveau_tri: str
    place: str
    orientation: str


class UrgencesOut(Schema):
    """One department; ``patients`` is None when the account may not see them."""

    releve_a: datetime
    age_secondes: int | None
    charge: ChargeOut
    patients: list[PassageOut] | None


@router.get("/urgences", response=Page[ChargeOut], summary="La charge de chaque service d'urgences, sans nom")
def departments(request: HttpRequest, paging: PagingQuery) -> Any:
    """Tout le groupement, le plus chargé d'abord."""
    rows = [_load(load) for load in flow.ed_loads(scope=scope_of_request(request))]
    return answer(request, "urgences", ChargeOut, rows, paging)


@router.get("/urgences/{eg}", response=UrgencesOut, summary="Un service d'urgences")
def department(request: HttpRequest, eg: str, paging: PagingQuery) -> Any:
    """`eg` est le FINESS du site ; les patients ne sont listés que dans les établissements nominatifs du compte."""
    scope = scope_of_request(request)
    board = flow.ed_board(scope=scope, site=eg)
    if board.patients:
        place = board.patients[0].establishment
        trace_reads(scope, "urgences.lire", place, "venue", [patient.key for patient in board.patients])
    patients = [_patient(patient) for patient in board.patients] if board.names else None
    if paging.format == "csv":
        return csv_response(f"urgences-{board.load.site.finess}", PassageOut, patients or [])
    return UrgencesOut(
        releve_a=board.at,
        age_secondes=age(board.load.heard_at, board.at),
        charge=_load(board.load),
        patients=patients,
    )


def _load(load: flow.DepartmentLoad) -> ChargeOut:
    return ChargeOut(
        site=load.site.finess,
        nom=load.site.name,
        etablissement=load.site.establishment,
        presents=load.present,
        en_attente=load.waiting,
        places=load.places,
        places_occupees=load.in_care_places,
        attente_depuis=load.oldest_wait,
        aval_depuis=load.oldest_downstream,
        dernier_message=load.heard_at,
        etapes={step.value: count for step, count in load.steps.items()},
    )


def _patient(patient: flow.EdPatient) -> PassageOut:
    return PassageOut(
        venue=patient.key,
        numero=patient.venue_id,
        nom=patient.nom,
        prenom=patient.prenom,
        naissance=patient.naissance,
        sexe=patient.sexe,
        etape=patient.step.value,
        depuis=patient.status.since,
        arrivee=patient.status.arrived_at,
        niveau_tri=patient.status.triage_level,
        place=patient.place_label,
        orientation=patient.orientation.label if patient.orientation else "",
    )
