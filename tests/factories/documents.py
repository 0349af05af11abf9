"""An emergency passage that is over, of a patient with a qualified identity, and a physician to answer for it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from archipel.domains.flow.models import Segment, Venue
from archipel.domains.flow.public import BedKey
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Scope, in_scope
from archipel.identity.models import Patient
from archipel.kernel import clock, ins
from archipel.passages.documents.values import (
    Content,
    Kind,
    Organisation,
    PassageFacts,
    PatientIdentity,
    Physician,
    Recipient,
)
from tests.factories.accounts import make_user
from tests.factories.beds import CHU, make_stay, system
from tests.factories.beds import make_unit as make_unit

RPPS = "10101010101"
MATRICULE = "2790351215189"
_numbers = itertools.count(1)


def make_exit(
    *, attributes: dict[str, Any] | None = None, qualified: bool = True, discharged: bool = True, minutes: float = 20
) -> int:
    """A patient who left the emergency department so many minutes ago; number of the venue."""
    rank = next(_numbers)
    uf = f"05{rank:02d}"
    (bed, *_) = make_unit(uf, filiere="URG", beds="BOX-1", name="Urgences", usage="box")
    venue = make_stay(bed, since=4, name=f"TESTPATIENT{rank}")
    left = clock.now() - timedelta(minutes=minutes)
    with in_scope(system()):
        row = Venue.objects.get(pk=venue)
        Segment.objects.filter(venue_id=venue).update(end_at=left)
        row.discharged_at = left if discharged else None
        row.attributes = {name: [value, "20260101000000"] for name, value in (attributes or {}).items()}
        row.save(update_fields=["discharged_at", "attributes"])
        fields: dict[str, Any] = {"date_naissance": date(1979, 3, 28)}
        if qualified:
            fields |= {
                "ins_matricule": MATRICULE, "ins_cle": ins.compute_key(MATRICULE), "ins_oid": ins.OID_TEST,
                "ins_recupere": True, "piece_verifiee": True, "statut": "QUAL",
            }  # fmt: skip
        Patient.objects.filter(establishment=CHU, key=row.patient).update(**fields)
    return venue


def make_physician(**fields: Any) -> User:
    """A physician of the emergency department, with an RPPS."""
    named = {"first_name": "Jeanne", "last_name": "Martin", "rpps": RPPS} | fields
    return make_user(Role.MEDECIN_URGENCES, CHU, **named)


def scope_for(user: User) -> Scope:
    """What the account may do."""
    return scope_of(user)


def make_content(kind: Kind = Kind.CR_PASSAGE, **changes: Any) -> Content:
    """A whole document, for codecs: a test identity, nobody real."""
    now = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)
    made = Content(
        kind=kind,
        uid="2.25.123456789",
        set_uid="2.25.123456789",
        version=1,
        created_at=now,
        patient=PatientIdentity(
            "PAT-TROIS", "PAT-TROIS", "DOMINIQUE", "DOMINIQUE MARIE-LOUISE", "F", date(1979, 3, 28), "51215",
            MATRICULE, ins.compute_key(MATRICULE), ins.OID_TEST, "123", "1.2.250.1.999.1",
        ),
        author=Physician(RPPS, "MARTIN", "Jeanne"),
        organisation=Organisation("210987558", "CHU de test", "Dijon"),
        passage=PassageFacts(
            "V123", now - timedelta(hours=5), now - timedelta(minutes=20), "3", now - timedelta(hours=3),
            "Sortie de l'établissement",
        ),
        sections={"motif": "Toux", "diagnostic": "Bronchite", "sortie": "Repos\nRevoir le médecin traitant"},
        recipients=(
            Recipient("EHPAD Les Tilleuls", "tilleuls@ehpad.mssante.fr", "ehpad", "210000001"),
            Recipient("Dr Hoda", "a.hoda@medecin.mssante.fr", "ps", "10101010102"),
        ),
    )  # fmt: skip
    return replace(made, **changes)


__all__ = ["BedKey", "make_content", "make_exit", "make_physician", "scope_for"]
