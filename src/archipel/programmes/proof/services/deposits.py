"""Writing in the ledger of a requirement: documents, decisions, declarations, comments, bindings, and taking back.

Each act asks for ``GERER_PROGRAMMES`` on every establishment concerned (``VALIDER_PROGRAMMES`` for the decision of an
instance), adds one entry, leaves a trace, and computes the status again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.packs.public import Pack
from archipel.programmes.proof import models, registry
from archipel.programmes.proof.queries.entries import entry_of, ledger, subject_of
from archipel.programmes.proof.queries.requirements import requirement
from archipel.programmes.proof.rules.files import check_file
from archipel.programmes.proof.rules.ledger import standing, write_binding
from archipel.programmes.proof.services.following import follow
from archipel.programmes.proof.values import (
    ANSWERS,
    OPINIONS,
    Binding,
    Entry,
    EntryKind,
    Nature,
    Requirement,
    Subject,
)

TITLE_LIMIT, TEXT_LIMIT = 200, 2_000
_OLDEST = date(2000, 1, 1)
_FURTHEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Deposited:
    """What was written, and a French sentence."""

    entry: int
    message: str


def deposit_piece(
    *,
    scope: Scope,
    pack: Pack,
    path: str,
    subject: Subject,
    title: str,
    effective_on: date,
    expires_on: date | None = None,
    expected: str = "",
    name: str,
    content: bytes,
) -> Deposited:
    """Deposit a document.

    Args:
        scope: who deposits.
        pack: the version of the pack in force.
        path: the requirement.
        subject: for whom.
        title: what it is.
        effective_on: the date of the document, not that of its deposit.
        expires_on: first day on which it no longer holds.
        expected: the document expected that it is, one of the requirement's.
        name: of the file.
        content: the file.

    Raises:
        Denied, NotFound: no right there, no such requirement.
        Invalid: a title, a date or a file that cannot be taken.
    """
    asked = _asked(scope, pack, path, subject, Capability.GERER_PROGRAMMES)
    words = _text(title, "Dites ce qu'est cette pièce.", "titre", TITLE_LIMIT)
    _dates(effective_on, expires_on)
    media = check_file(content, name)
    with in_scope(scope):
        file = models.File.objects.create(
            establishments=list(subject.establishments),
            sha256=hashlib.sha256(content).hexdigest(),
            media=media.type,
            name=_file_name(name, media.extension),
            size=len(content),
            content=content,
            recorded_at=clock.now(),
            actor=scope.actor,
        )
        return _add(
            scope, pack, asked, subject, EntryKind.PIECE, words, effective_on, f"Pièce « {words} » déposée.",
            details={"attendue": expected.strip()[:TITLE_LIMIT]}, expires_on=expires_on, file=file,
        )  # fmt: skip


def record_decision(
    *,
    scope: Scope,
    pack: Pack,
    path: str,
    subject: Subject,
    instance: str,
    held_on: date,
    opinion: str,
    votes: tuple[int | None, int | None, int | None] = (None, None, None),
    reference: str = "",
    expires_on: date | None = None,
) -> Deposited:
    """Record the opinion of an instance.

    Args:
        scope: who records; ``VALIDER_PROGRAMMES`` on every establishment concerned.
        pack: the version of the pack in force.
        path: the requirement.
        subject: for whom.
        instance: the body (CME, CTE, comité stratégique …).
        held_on: the date of its meeting.
        opinion: one of :data:`~archipel.programmes.proof.values.OPINIONS`.
        votes: for, against, abstentions; None when not counted.
        reference: of the minutes.
        expires_on: first day on which it no longer holds.

    Raises:
        Denied, NotFound, Invalid: as :func:`deposit_piece`.
    """
    asked = _asked(scope, pack, path, subject, Capability.VALIDER_PROGRAMMES)
    body = _text(instance, "Dites quelle instance s'est prononcée.", "instance", TITLE_LIMIT)
    _dates(held_on, expires_on)
    if opinion not in OPINIONS:
        raise Invalid(f"Avis « {opinion[:30]} » inconnu.", code="avis-inconnu", field="avis")
    if any(vote is not None and not 0 <= vote <= 999 for vote in votes):
        raise Invalid("Un nombre de voix va de 0 à 999.", code="voix", field="pour")
    details = {"instance": body, "avis": opinion, "reference": reference.strip()[:TITLE_LIMIT]}
    details |= {
        key: "" if n is None else str(n) for key, n in zip(("pour", "contre", "abstention"), votes, strict=True)
    }
    with in_scope(scope):
        return _add(
            scope, pack, asked, subject, EntryKind.DECISION, f"{body} : {OPINIONS[opinion].lower()}", held_on,
            f"Avis de {body} enregistré.", details=details, expires_on=expires_on,
        )  # fmt: skip


def declare(
    *, scope: Scope, pack: Pack, path: str, subject: Subject, answer: str, effective_on: date, note: str = ""
) -> Deposited:
    """Declare a requirement reached, under way or not reached; a declaration never proves.

    Raises:
        Denied, NotFound, Invalid: as :func:`deposit_piece`.
    """
    asked = _asked(scope, pack, path, subject, Capability.GERER_PROGRAMMES)
    if answer not in ANSWERS:
        raise Invalid(f"Réponse « {answer[:30]} » inconnue.", code="reponse-inconnue", field="reponse")
    _dates(effective_on, None)
    if effective_on > clock.today():
        raise Invalid("Une déclaration ne porte pas sur l'avenir.", code="date-future", field="date")
    with in_scope(scope):
        return _add(
            scope, pack, asked, subject, EntryKind.DECLARATION, note.strip()[:TEXT_LIMIT], effective_on,
            f"Déclaré : {ANSWERS[answer].lower()}.", details={"reponse": answer},
        )  # fmt: skip


def comment(*, scope: Scope, pack: Pack, path: str, subject: Subject, text: str) -> Deposited:
    """Add a comment; ``VOIR_PROGRAMMES`` is enough.

    Raises:
        Denied, NotFound, Invalid: as :func:`deposit_piece`.
    """
    asked = _asked(scope, pack, path, subject, Capability.VOIR_PROGRAMMES, some=True)
    words = _text(text, "Écrivez un commentaire.", "texte", TEXT_LIMIT)
    with in_scope(scope):
        return _add(scope, pack, asked, subject, EntryKind.COMMENTAIRE, words, clock.today(), "Commentaire ajouté.")


def bind(
    *, scope: Scope, pack: Pack, path: str, subject: Subject, binding: Binding, reason: str, effective_on: date
) -> Deposited:
    """Say that something else establishes a requirement here, or with which target, and why.

    Raises:
        Denied, NotFound, Invalid: as :func:`deposit_piece`; an unknown metric or measure.
    """
    asked = _asked(scope, pack, path, subject, Capability.GERER_PROGRAMMES)
    words = _text(reason, "Dites pourquoi la preuve attendue change.", "raison", TEXT_LIMIT)
    _dates(effective_on, None)
    if binding.nature is Nature.METRIQUE and registry.known(binding.metric) is None:
        raise Invalid(f"La mesure « {binding.metric[:60]} » n'existe pas ici.", code="mesure-inconnue", field="mesure")
    if binding.freshness_days is not None and not 0 <= binding.freshness_days <= 3660:
        raise Invalid("La fraîcheur va de 0 à 3 660 jours.", code="fraicheur", field="fraicheur")
    with in_scope(scope):
        return _add(
            scope, pack, asked, subject, EntryKind.LIAISON, words, effective_on, "Preuve attendue modifiée.",
            details=write_binding(binding),
        )  # fmt: skip


def take_back(*, scope: Scope, pack: Pack, entry: int, reason: str) -> Deposited:
    """Take back an entry, or put back what was taken: nothing is erased.

    Raises:
        Denied, NotFound: no right there, or no such entry in the scope.
        Invalid: no reason. Conflict: it was already taken back.
    """
    with in_scope(scope):
        row = models.Entry.objects.select_related("file").defer("file__content").filter(pk=entry).first()
        if row is None or row.pack != pack.pack:
            raise NotFound("Cette ligne n'existe pas, ou n'est pas visible par votre compte.", code="ligne-inconnue")
        subject = subject_of(row)
        wanted = Capability.VALIDER_PROGRAMMES if row.kind == EntryKind.DECISION else Capability.GERER_PROGRAMMES
        if row.kind == EntryKind.COMMENTAIRE and row.actor == scope.actor:
            wanted = Capability.VOIR_PROGRAMMES
        asked = _asked(scope, pack, row.requirement, subject, wanted)
        words = _text(reason, "Dites pourquoi vous retirez cette ligne.", "raison", TEXT_LIMIT)
        known = ledger(pack.pack, [subject], row.requirement).get((subject, row.requirement), ())
        taken = entry_of(row)
        if taken.kind is EntryKind.RETRAIT:
            if not _in_force(taken.entry_id, known):
                raise Conflict("Ce retrait est déjà annulé.", code="deja-retire")
            told = "Ligne rétablie."
        else:
            if taken not in standing(known, clock.now()):
                raise Conflict("Cette ligne est déjà retirée.", code="deja-retire")
            told = "Ligne retirée ; elle reste dans l'historique."
        return _add(scope, pack, asked, subject, EntryKind.RETRAIT, words, clock.today(), told, undoes=entry)


def _in_force(taking: int, known: Iterable[Entry]) -> bool:
    """Whether a taking back was not itself taken back."""
    return not any(one.undoes == taking for one in known)


# --- shared -------------------------------------------------------------------------------------------


def _asked(
    scope: Scope, pack: Pack, path: str, subject: Subject, capability: Capability, *, some: bool = False
) -> Requirement:
    """The requirement, once the right is held for every establishment concerned (or for one of them)."""
    held = [scope.may(capability, one) for one in subject.establishments]
    if not held or not (any(held) if some else all(held)):
        missing = next((one for one, may in zip(subject.establishments, held, strict=True) if not may), "")
        where = f" pour l'établissement {missing}" if missing else ""
        raise Denied(f"Votre compte n'a pas le droit « {capability.value} »{where}.", capability=capability.value)
    return requirement(pack, path)


def _text(text: str, missing: str, field: str, limit: int) -> str:
    words = text.strip()
    if not words:
        raise Invalid(missing, code=f"{field}-manquant", field=field)
    if len(words) > limit:
        raise Invalid(f"{len(words)} caractères : {limit} au plus.", code=f"{field}-long", field=field)
    return words


def _dates(effective_on: date, expires_on: date | None) -> None:
    if not _OLDEST <= effective_on <= clock.today() + _FURTHEST:
        raise Invalid(
            f"Date d'effet {effective_on:%d/%m/%Y} : entre 2000 et dans dix ans attendu.", code="date-effet",
            field="date",
        )  # fmt: skip
    if expires_on is not None and expires_on <= effective_on:
        raise Invalid(
            f"La fin de validité ({expires_on:%d/%m/%Y}) doit suivre la date d'effet ({effective_on:%d/%m/%Y}).",
            code="date-fin",
            field="fin",
        )


def _file_name(name: str, extension: str) -> str:
    kept = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c >= " " and c not in '"<>|:*?')[:100]
    return kept.strip() or f"piece.{extension}"


def _add(
    scope: Scope,
    pack: Pack,
    asked: Requirement,
    subject: Subject,
    kind: EntryKind,
    title: str,
    effective_on: date,
    message: str,
    *,
    details: Mapping[str, str] | None = None,
    expires_on: date | None = None,
    file: models.File | None = None,
    undoes: int | None = None,
) -> Deposited:
    row = models.Entry.objects.create(
        establishments=list(subject.establishments), level=subject.level.value, subject=subject.code, pack=pack.pack,
        requirement=asked.path, kind=kind.value, effective_on=effective_on, expires_on=expires_on,
        recorded_at=clock.now(), actor=scope.actor, title=title, details=dict(details or {}), file=file, undoes=undoes,
    )  # fmt: skip
    for establishment in subject.establishments:
        record(
            scope=scope, action=f"preuve.{kind.value}", establishment=establishment, object_type="exigence",
            object_key=f"{pack.pack}:{asked.path}", reason=title[:200] if kind is EntryKind.RETRAIT else "",
            details={"ligne": row.pk, "sujet": subject.key} | ({"sha256": file.sha256} if file else {}),
        )  # fmt: skip
    follow(scope=scope, pack=pack, asked=asked, subject=subject)
    return Deposited(row.pk, message)
