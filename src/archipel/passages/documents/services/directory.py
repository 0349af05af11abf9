"""The establishment's own directory: those to whom its documents are sent."""

from __future__ import annotations

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Invalid, NotFound
from archipel.passages.documents.models import Correspondent

KINDS = ("ps", "ehpad", "organisation", "application")


def add(*, scope: Scope, establishment: str, name: str, kind: str, address: str, identifier: str = "") -> int:
    """Add somebody, or bring back somebody of the same address.

    Raises:
        Denied: no right to validate documents there.
        Invalid: no name, a kind or an address that is not one, a number that is neither an RPPS nor a FINESS.
    """
    label, mail = " ".join(name.split())[:120], address.strip().lower()
    number = "".join(c for c in identifier if c.isalnum())
    user, _, domain = mail.partition("@")
    if not label:
        raise Invalid("Donnez le nom du correspondant.", code="nom", field="nom")
    if kind not in KINDS:
        raise Invalid("Choisissez le type de correspondant.", code="type", field="type")
    if not user or "." not in domain or any(c.isspace() for c in mail):
        raise Invalid(f"« {address[:60]} » n'est pas une adresse MSSanté.", code="adresse", field="adresse")
    if number and len(number) != (11 if kind == "ps" else 9):
        wanted = "RPPS à 11 chiffres" if kind == "ps" else "FINESS à 9 caractères"
        raise Invalid(f"Numéro de {len(number)} caractères : {wanted} attendu.", code="numero", field="numero")
    with in_scope(scope):
        scope.require(Capability.VALIDER_DOCUMENTS, establishment)
        row, _ = Correspondent.objects.update_or_create(
            establishment=establishment, address=mail,
            defaults={
                "name": label, "kind": kind, "identifier": number, "active": True, "created_by": scope.actor,
                "created_at": clock.now(),
            },
        )  # fmt: skip
        record(
            scope=scope, action="documents.correspondant", establishment=establishment, object_type="correspondant",
            object_key=str(row.pk),
        )  # fmt: skip
        return int(row.pk)


def remove(*, scope: Scope, number: int) -> None:
    """Take somebody out of the directory; documents already addressed keep them.

    Raises:
        NotFound, Denied: out of the scope, or no right.
    """
    with in_scope(scope):
        row = Correspondent.objects.filter(pk=number).first()
        if row is None:
            raise NotFound("Ce correspondant n'existe pas, ou n'est pas visible.", code="correspondant")
        scope.require(Capability.VALIDER_DOCUMENTS, row.establishment)
        row.active = False
        row.save(update_fields=["active"])
        record(
            scope=scope, action="documents.correspondant_retire", establishment=row.establishment,
            object_type="correspondant", object_key=str(row.pk),
        )  # fmt: skip
