"""Writing a document, and answering for it: a physician with an RPPS validates; nothing leaves before.

A site may let documents go by themselves (``ARCHIPEL_DOCUMENTS_AUTO``): they then say so, in the name of the physician
that the setting gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from django.conf import settings

from archipel.foundation.accounts.models import User
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, Conflict, Invalid
from archipel.passages.documents import registry
from archipel.passages.documents.models import Document, Payload
from archipel.passages.documents.queries import facts
from archipel.passages.documents.rules.coding import content_to_json
from archipel.passages.documents.rules.routing import Routing, decide
from archipel.passages.documents.services.keeping import acting, refresh, tell
from archipel.passages.documents.services.preparing import new_uid, system
from archipel.passages.documents.values import SECTIONS, Content, Kind, Physician, Problem, Recipient, Wishes
from archipel.passages.documents.values.content import SECTION_LIMIT

WISHES = ("dmp", "patient", "masque_ps", "invisible_patient", "invisible_rep_legaux")
NOTHING_WRITTEN = "Rien n'est écrit : au moins le diagnostic, ou la décision de sortie, est attendu."


class Refused(Invalid):
    """The document cannot be sent as it is; ``problems`` names each element."""

    code = "document-refuse"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(str(one) for one in self.problems[:3]))


def write(
    *,
    scope: Scope,
    document: int,
    sections: Mapping[str, str],
    recipients: Iterable[Recipient],
    wishes: Mapping[str, bool],
    secret: bool = False,
) -> None:
    """Keep what was written, without validating it.

    Raises:
        Denied, NotFound: no right, or out of the scope.
        Conflict: it is already validated (correct it by a new version).
        Invalid: an unknown section, a text too long, an address that is not one.
    """
    with acting(scope, document, Capability.VALIDER_DOCUMENTS) as row:
        _require_draft(row)
        row.sections = _sections(sections)
        row.recipients = [asdict(one) for one in _recipients(recipients)]
        row.wishes = {name: bool(wishes.get(name)) for name in WISHES} | {"secret": secret}
        row.updated_at = clock.now()
        row.save(update_fields=["sections", "recipients", "wishes", "updated_at"])
        tell(scope, row, "ecrit")


def _require_draft(row: Document) -> None:
    if row.validated_at is not None:
        raise Conflict(
            "Ce document est validé : il ne change plus. Corrigez-le par une nouvelle version.", code="deja-valide"
        )
    if row.state == "abandonne":
        raise Conflict("Ce document est abandonné.", code="abandonne")


def _sections(given: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, text in given.items():
        if name not in SECTIONS:
            raise Invalid(f"Rubrique « {name[:30]} » inconnue.", code="rubrique", field=name)
        clean = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
        if len(clean) > SECTION_LIMIT:
            raise Invalid(
                f"{SECTIONS[name]} : {len(clean)} caractères, {SECTION_LIMIT} au plus.", code="rubrique", field=name
            )
        if clean:
            found[name] = "".join(c for c in clean if c.isprintable() or c == "\n")
    return found


def _recipients(given: Iterable[Recipient]) -> list[Recipient]:
    found = []
    for one in given:
        address = one.address.strip().lower()
        user, _, domain = address.partition("@")
        if not user or "." not in domain or any(c.isspace() or c in ',;<>"' for c in address):
            raise Invalid(
                f"« {one.address[:60]} » n'est pas une adresse MSSanté (nom@domaine.mssante.fr attendu).",
                code="adresse", field="destinataires",
            )  # fmt: skip
        found.append(replace(one, address=address))
    return found


# --- the decision and the content ---------------------------------------------------------------------


def routing_of(row: Document) -> Routing:
    """Where the document would go if it were validated now."""
    info = facts.venue_of(row)
    patient = facts.person(row.establishment, row.patient)
    wishes = row.wishes or {"dmp": True, "patient": True}
    asked = Wishes(
        dmp=bool(wishes.get("dmp", True)),
        professionals=bool(row.recipients),
        patient=bool(wishes.get("patient", True)),
        masque_ps=bool(wishes.get("masque_ps")),
        invisible_patient=bool(wishes.get("invisible_patient")),
        invisible_rep_legaux=bool(wishes.get("invisible_rep_legaux")),
    )
    known = facts.situation(info, patient, secret=bool(wishes.get("secret")), at=clock.now())
    return decide(known, asked)


def content_of(scope: Scope, row: Document, author: Physician, *, automatic: bool = False) -> Content:
    """Everything that the document says, as known now.

    Raises:
        NotFound: the venue or the patient is not there any more.
    """
    info = facts.venue_of(row)
    patient = facts.person(row.establishment, row.patient)
    if patient is None:
        raise Conflict("Le patient de ce document n'est pas connu.", code="patient-inconnu")
    wishes = row.wishes or {}
    return Content(
        kind=Kind(row.kind),
        uid=row.uid,
        set_uid=row.set_uid,
        version=row.version,
        created_at=clock.now(),
        patient=facts.patient_identity(patient),
        author=author,
        organisation=facts.organisation(row.establishment, row.site),
        passage=facts.passage(scope, info, row.left_at),
        sections=row.sections,
        recipients=tuple(Recipient(**one) for one in row.recipients),
        replaces=row.replaces,
        automatic=automatic,
        masked=bool(wishes.get("masque_ps")),
        invisible=bool(wishes.get("invisible_patient")),
    )


def physician_of(scope: Scope) -> Physician:
    """The account as a document names it.

    Raises:
        Invalid: it has no RPPS number, or no name.
    """
    user = User.objects.filter(pk=scope.user_id or 0).first()
    if user is None or not user.rpps:
        raise Invalid(
            "Votre compte n'a pas de numéro RPPS : un document de santé est validé par un professionnel identifié. "
            "Demandez-le à l'administrateur, ou connectez-vous par Pro Santé Connect.",
            code="sans-rpps",
        )
    if not user.last_name:
        raise Invalid("Votre compte n'a pas de nom : l'administrateur doit le compléter.", code="sans-nom")
    return Physician(user.rpps, user.last_name.upper(), user.first_name)


# --- the validation -----------------------------------------------------------------------------------


def validate(*, scope: Scope, document: int) -> None:
    """Answer for the document: it is built, checked, frozen, and set on its way.

    Raises:
        Denied, NotFound: no right, or out of the scope.
        Conflict: already validated.
        Refused: the document cannot be sent; each element is named.
        Invalid: the account has no RPPS, or nothing is written.
    """
    with in_scope(scope):
        author = physician_of(scope)
    with acting(scope, document, Capability.VALIDER_DOCUMENTS) as row:
        _require_draft(row)
        if not row.sections:
            raise Invalid(NOTHING_WRITTEN, code="rien-ecrit", field="diagnostic")
        _freeze(scope, row, author, automatic=False)


def _freeze(scope: Scope, row: Document, author: Physician, *, automatic: bool) -> None:
    content = content_of(scope, row, author, automatic=automatic)
    routing = routing_of(row)
    maker = registry.builder()
    built = maker.build(content)
    problems = tuple(maker.check(built.cda, content)) if routing.flags.anywhere else ()
    if problems:
        raise Refused(problems)
    now = clock.now()
    Payload.objects.create(
        document=row, establishment=row.establishment, cda=built.cda, pdf=built.pdf, content=content_to_json(content)
    )
    row.flags, row.reasons = asdict(routing.flags), list(routing.reasons)
    row.sha256 = hashlib.sha256(built.cda).hexdigest()
    row.automatic, row.validated_by, row.validated_at = automatic, scope.actor, now
    row.save()
    tell(scope, row, "valide", "Validé par le réglage du site, sans relecture." if automatic else "Validé.")
    refresh(row)


def correct(*, scope: Scope, document: int) -> int:
    """Open the next version of a validated document, as a draft; returns its number.

    Raises:
        Conflict: it is a draft, or a later version exists.
    """
    with acting(scope, document, Capability.VALIDER_DOCUMENTS) as row:
        if row.validated_at is None:
            raise Conflict("Ce document est encore un brouillon : modifiez-le.", code="brouillon")
        if Document.objects.filter(set_uid=row.set_uid, version__gt=row.version).exists():
            raise Conflict("Une version plus récente de ce document existe.", code="version")
        now = clock.now()
        fresh = Document.objects.create(
            establishment=row.establishment, venue=row.venue, venue_number=row.venue_number, patient=row.patient,
            kind=row.kind, site=row.site, uid=new_uid(), set_uid=row.set_uid, version=row.version + 1,
            replaces=row.uid, left_at=row.left_at, sections=row.sections, recipients=row.recipients,
            wishes=row.wishes, created_at=now, updated_at=now,
        )  # fmt: skip
        tell(scope, fresh, "corrige", f"Version {fresh.version}, qui remplacera la version {row.version}.")
        return int(fresh.pk)


def validate_automatically(limit: int = 20) -> int:
    """Let the drafts go that the site lets go by themselves; returns how many went."""
    author = automatic_physician(settings.DOCUMENTS_AUTO)
    if author is None:
        return 0
    done = 0
    scope = system()
    with in_scope(scope):
        waiting = Document.objects.filter(state="brouillon", validated_at=None, version=1).exclude(
            events__kind="automatique_impossible"
        )
        numbers = list(waiting.order_by("left_at").values_list("pk", flat=True)[:limit])
    for number in numbers:
        done += _try(scope, number, author)
    return done


def _try(scope: Scope, number: int, author: Physician) -> int:
    try:
        with acting(scope, number, Capability.VALIDER_DOCUMENTS) as row:
            if row.validated_at is None:
                _freeze(scope, row, author, automatic=True)
        return 1
    except ArchipelError as error:
        with acting(scope, number, Capability.VALIDER_DOCUMENTS) as row:
            tell(scope, row, "automatique_impossible", f"À valider par un médecin : {error.message}", trace=False)
    return 0


def automatic_physician(setting: str) -> Physician | None:
    """``RPPS^NOM^Prénom`` → the physician in whose name documents go by themselves; None when the setting is empty.

    Raises:
        Invalid: the setting says something else.
    """
    if not setting:
        return None
    parts = [part.strip() for part in setting.split("^")]
    if len(parts) != 3 or not parts[0].isdigit() or len(parts[0]) != 11 or not parts[1]:
        raise Invalid(
            "ARCHIPEL_DOCUMENTS_AUTO : attendu RPPS^NOM^Prénom du médecin responsable (11 chiffres).", code="reglage"
        )
    return Physician(parts[0], parts[1].upper(), parts[2])
