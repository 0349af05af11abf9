"""Attachments: received after a look at their content, kept whole in the database, withdrawn without being erased."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.dossiers.models import Attachment, Blob, Dossier
from archipel.programmes.dossiers.queries import store
from archipel.programmes.dossiers.queries.overview import rights_of
from archipel.programmes.dossiers.rules.files import examine
from archipel.programmes.dossiers.services import antivirus, ledger
from archipel.programmes.dossiers.values.situation import PIECE_LABELS, PieceNature
from archipel.programmes.dossiers.values.states import BEFORE_DEPOSIT, CLOSED, LABELS, EventKind, Status

MOST = 200
"""Attachments of one dossier."""
_NAME = re.compile(r"[^\w .,()'+@&-]", re.UNICODE)
DETAILS = ("partenaire", "solution", "instance", "date", "objectif")
"""What may be said of an attachment besides its nature."""
AGENCY = frozenset({PieceNature.CONVENTION, PieceNature.AUTRE})
"""Natures that the agency may add."""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an attachment, to download."""

    name: str
    media_type: str
    raw: bytes
    sha256: str


def attach(
    *, scope: Scope, dossier: int, nature: str, name: str, raw: bytes, details: Mapping[str, str] | None = None
) -> int:
    """Add a file; returns its number. Before the deposit it belongs to the writing, afterwards the agency reads it.

    Raises:
        Denied, NotFound: no right, or no such dossier.
        Invalid: nature or file refused, with the reason. Upstream: the antivirus does not answer.
        Conflict: the dossier is closed, the file is already there, or there are too many.
    """
    if nature not in set(PieceNature):
        raise Invalid("Dites ce qu'est cette pièce.", code="piece-nature", field="nature")
    called = safe_name(name)
    kind = examine(called, raw)
    antivirus.scan(called, raw)
    with in_scope(scope):
        row = ledger.locked(dossier)
        agency = _may_attach(scope, row, PieceNature(nature))
        digest = hashlib.sha256(raw).hexdigest()
        _no_twin(row, digest)
        made = Attachment.objects.create(
            dossier=row,
            nature=nature,
            name=called,
            media_type=kind.media_type,
            size=len(raw),
            sha256=digest,
            details={key: " ".join(str(value).split())[:300] for key, value in (details or {}).items()
                     if key in DETAILS and str(value).strip()},
            scanned="contenu+antivirus" if antivirus.configured() else "contenu",
            after_deposit=Status(row.status) not in BEFORE_DEPOSIT,
            by_agency=agency,
            actor=scope.actor,
            recorded_at=clock.now(),
        )  # fmt: skip
        Blob.objects.create(attachment=made, dossier=row, content=raw)
        said = {"piece": made.pk, "fichier": called, "nature": PIECE_LABELS[PieceNature(nature)], "sha256": digest}
        ledger.append(scope, row, EventKind.PIECE, data=said)
    return made.pk


def _may_attach(scope: Scope, row: Dossier, nature: PieceNature) -> bool:
    """Whether it is the agency that attaches; raises when the account may not, or no more."""
    if Status(row.status) in CLOSED:
        raise Conflict(f"Ce dossier est « {LABELS[Status(row.status)].lower()} ».", code="dossier-clos")
    rights = rights_of(scope, row)
    writes = rights.internal and any(scope.may(Capability.GERER_PROGRAMMES, ej) for ej in row.establishments)
    if writes:
        return False
    if rights.agency and nature in AGENCY:
        return True
    raise Denied("Votre compte n'ajoute pas de pièce à ce dossier.", code="piece-droit")


def _no_twin(row: Dossier, digest: str) -> None:
    gone = store.withdrawn(store.facts(row.pk))
    kept = [one for one in Attachment.objects.filter(dossier=row) if one.pk not in gone]
    if len(kept) >= MOST:
        raise Conflict(f"{MOST} pièces au plus dans un dossier.", code="trop-de-pieces")
    twin = next((one for one in kept if one.sha256 == digest), None)
    if twin is not None:
        raise Conflict(f"Ce fichier est déjà dans le dossier, sous le nom « {twin.name} ».", code="piece-double")


def safe_name(name: str) -> str:
    """A file name that is only a name: no folder, no control character, at most 150 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    cleaned = " ".join(_NAME.sub("_", last).split()).strip(". ")
    stem, dot, extension = cleaned.rpartition(".")
    return f"{stem[:140]}{dot}{extension[:9]}" if dot else cleaned[:150] or "fichier"


def read(*, scope: Scope, dossier: int, piece: int) -> Content:
    """The bytes of an attachment; reading it is traced.

    Raises:
        NotFound: none of that number in the scope, or the agency asks for one that was not sent to it.
    """
    row = store.row(dossier)
    found = Attachment.objects.filter(pk=piece, dossier=row).first()
    blob = Blob.objects.filter(pk=piece).first() if found is not None else None
    if found is None or blob is None:
        raise NotFound("Cette pièce n'existe pas, ou n'est pas visible par votre compte.", code="piece-inconnue")
    ledger.trace(scope, row, "dossiers.piece_lue", details={"piece": piece}, tell=False)
    return Content(found.name, found.media_type, bytes(blob.content), found.sha256)


def withdraw(*, scope: Scope, dossier: int, piece: int, back: bool = False, reason: str = "") -> None:
    """Take an attachment away, or put it back; its content and its place in past deposits stay.

    Raises:
        Denied, NotFound: not who may attach it, or none of that number. Conflict: it already is.
        Invalid: no reason for taking it away.
    """
    if not back and not reason.strip():
        raise Invalid("Dites pourquoi cette pièce est retirée.", code="motif-absent", field="motif")
    with in_scope(scope):
        row = ledger.locked(dossier)
        found = Attachment.objects.filter(pk=piece, dossier=row).first()
        if found is None:
            raise NotFound("Cette pièce n'existe pas, ou n'est pas visible par votre compte.", code="piece-inconnue")
        if _may_attach(scope, row, PieceNature(found.nature)) != found.by_agency:
            raise Denied("Cette pièce a été ajoutée par l'autre partie.", code="piece-droit")
        gone = piece in store.withdrawn(store.facts(row.pk))
        if gone != back:
            raise Conflict("C'est déjà fait.", code="piece-deja")
        if found.after_deposit is False and row.deposited:
            raise Conflict("Cette pièce fait partie de ce qui a été déposé.", code="piece-deposee")
        kind = EventKind.PIECE_REMISE if back else EventKind.PIECE_RETIREE
        ledger.append(scope, row, kind, reason=reason, data={"piece": piece, "fichier": found.name})
