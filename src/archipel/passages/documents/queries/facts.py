"""What the domains know of a passage, in the words of a document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings

from archipel.domains.flow import public as flow
from archipel.domains.flow.public import VenueInfo
from archipel.foundation.scope import Scope
from archipel.identity import public as identity
from archipel.identity.public import PatientRow, StatutIns
from archipel.kernel import clock, ins
from archipel.kernel.errors import Denied, NotFound
from archipel.passages.documents.models import Document
from archipel.passages.documents.values import Organisation, PassageFacts, PatientIdentity, Situation
from archipel.territory import public as territory

ADULT = 18
_PLAIN_CODE = re.compile(r"[A-Z]\d{2}\d?")
RESIDENCE = "7"
"""PMSI, provenance and destination: a home for the aged or another medico-social lodging (guide méthodologique MCO)."""


def venue_of(document: Document) -> VenueInfo:
    """The venue behind a document.

    Raises:
        NotFound: it was cancelled, or is out of the scope.
    """
    found = flow.venue_info(venue=document.venue_number, at=clock.now())
    if found is None:
        raise NotFound("La venue de ce document a été annulée, ou n'est pas visible.", code="venue-inconnue")
    return found


def person(establishment: str, key: str) -> PatientRow | None:
    """The patient, after merges."""
    row = identity.search.patient(establishment, key)
    if row is not None and row.merged:
        return identity.search.patient(establishment, row.representative) or row
    return row


def qualified(row: PatientRow | None) -> bool:
    """Whether the INS may travel: a qualified identity, in a list that this environment may hold."""
    if row is None or row.statut is not StatutIns.QUAL or not row.ins_matricule:
        return False
    return row.ins_oid in ins.allowed_oids(settings.INS_ENVIRONMENT)


def patient_identity(row: PatientRow) -> PatientIdentity:
    """The patient as a document names them; the matricule only when the identity is qualified."""
    shares = qualified(row)
    return PatientIdentity(
        nom_naissance=row.nom_naissance or row.nom_utilise,
        nom_utilise=row.nom_utilise or row.nom_naissance,
        prenom=row.prenom,
        prenoms=row.prenoms or row.prenom,
        sexe=row.sexe or "U",
        naissance=row.date_naissance,
        lieu_naissance=row.lieu_naissance,
        ins_matricule=row.ins_matricule if shares else "",
        ins_cle=row.ins_cle if shares else "",
        ins_oid=row.ins_oid if shares else "",
        ipp=row.number,
        ipp_oid=authority_oid(row.authority),
    )


def authority_oid(authority: str) -> str:
    """The OID of an assigning authority: itself when it is one, else what the site told (empty: unknown)."""
    text = authority.strip()
    if text and all(part.isdigit() for part in text.split(".")) and "." in text:
        return text
    told: Mapping[str, str] = settings.DOCUMENTS_OIDS
    return told.get(text, "")


def situation(info: VenueInfo, row: PatientRow | None, *, secret: bool, at: datetime) -> Situation:
    """What decides where the document may go."""
    feeding = str(info.attributes.get("dmp_alimentation", "") or "")
    deceased = bool(info.attributes.get("deces")) or bool(row and row.deces)
    return Situation(
        ins_qualified=qualified(row),
        dmp_feeding=feeding,
        deceased=deceased,
        minor=_minor(row.date_naissance if row else None, at),
        secret_stay=secret or bool(info.attributes.get("sejour_secret")),
    )


def _minor(birth: date | None, at: datetime) -> bool:
    if birth is None:
        return False
    today = clock.day_of(at)
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day)) < ADULT


def resident(attributes: Mapping[str, Any]) -> bool:
    """Whether the messages say that the patient lives in a nursing home (PMSI provenance or destination 7)."""
    return RESIDENCE in (str(attributes.get("pmsi_provenance", "")), str(attributes.get("pmsi_destination", "")))


def organisation(establishment: str, site: str) -> Organisation:
    """The hospital that answers for the document: the site where it is known, else the legal entity."""
    names = territory.establishment_names()
    for info in territory.sites(establishment):
        if info.finess == site:
            return Organisation(info.finess, info.name, info.commune, settings.DOCUMENTS_PHONE, True)
    return Organisation(
        establishment, names.get(establishment, establishment), "", settings.DOCUMENTS_PHONE, geographic=False
    )


def passage(scope: Scope, info: VenueInfo, left_at: datetime) -> PassageFacts:
    """The passage as movements and entries tell it."""
    patient = flow.ed_patient(scope=scope, venue=info.venue_id)
    steps = {step.value: at for step, at in patient.status.steps}
    return PassageFacts(
        number=info.key.partition("|")[2],
        arrived_at=patient.status.arrived_at,
        left_at=left_at,
        triage_level=patient.status.triage_level,
        care_at=steps.get("soins"),
        outcome=_outcome(info, left_at),
        diagnosis_code=_diagnosis(scope, info, left_at),
    )


def _diagnosis(scope: Scope, info: VenueInfo, left_at: datetime) -> str:
    """The main diagnosis coded for this passage, as CIM-10 writes it (``J41.0``); empty when none, or not plain."""
    try:
        passages = flow.venue_passages(scope=scope, venue=info.venue_id)
    except (Denied, NotFound):
        return ""
    code = next((one.one(flow.Item.DP) for one in passages if one.left_at == left_at), "").upper().replace(".", "")
    if not _PLAIN_CODE.fullmatch(code):
        return ""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _outcome(info: VenueInfo, left_at: datetime) -> str:
    if info.discharged_at is not None and info.discharged_at <= left_at:
        return "Sortie de l'établissement"
    units = territory.uf_index(info.establishment)
    unit = units.get(info.last_uf)
    if unit is None or unit.filiere == "URG":
        return "Sortie des urgences"
    return f"Hospitalisation : {unit.name}"
