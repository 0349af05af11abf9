"""Remarks on a rubric: made, answered, settled, reopened; those who are mentioned are told."""

from __future__ import annotations

import re

from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.dossiers.models import Comment, Dossier, Revision
from archipel.programmes.dossiers.queries import store, templates
from archipel.programmes.dossiers.queries.people import readers
from archipel.programmes.dossiers.rules.reading import clean
from archipel.programmes.dossiers.services import ledger, notifying

LONGEST = 4_000
_MENTION = re.compile(r"(?<![\w@])@([\w.+-]{1,150})")


def comment(*, scope: Scope, dossier: int, rubric: str, text: str, thread: int | None = None) -> int:
    """Make a remark on a rubric, or answer one; returns its number. ``@identifiant`` tells somebody.

    Raises:
        Denied, NotFound: the account does not read the writing; no such dossier, rubric or remark.
        Invalid: nothing is said, or too much.
    """
    said = clean(text).strip()
    if not said:
        raise Invalid("Écrivez la remarque.", code="remarque-vide", field="remarque")
    if len(said) > LONGEST:
        raise Invalid(f"Remarque de {len(said)} caractères : {LONGEST} au plus.", code="remarque-trop-longue")
    with in_scope(scope):
        row = _readable(scope, dossier, rubric)
        parent = _thread(row, rubric, thread) if thread is not None else None
        known = {account.username: account for account in readers(row)}
        told = [name for name in dict.fromkeys(_mentions(said)) if name in known and name != scope.actor]
        made = _write(scope, row, rubric, "reponse" if parent else "remarque", said, parent, told)
        for name in told:
            short = said if len(said) <= 140 else said[:139] + "…"
            notifying.tell(row, name, f"mention:{made.pk}", "mention", f"{scope.actor} vous cite : « {short} »", rubric)
        ledger.trace(scope, row, "dossiers.remarque", details={"rubrique": rubric})
    return made.pk


def settle(*, scope: Scope, dossier: int, remark: int, resolved: bool) -> None:
    """Say that a remark is settled, or that it is not.

    Raises:
        Denied, NotFound: as :func:`comment`. Conflict: it already is.
    """
    with in_scope(scope):
        parent = Comment.objects.filter(pk=remark, dossier_id=dossier, thread=None).first()
        if parent is None:
            raise NotFound("Cette remarque n'existe pas.", code="remarque-inconnue")
        row = _readable(scope, dossier, parent.rubric)
        ledger.hold("remarque", remark)
        last = parent.replies.filter(kind__in=["resolution", "reouverture"]).order_by("-pk").first()
        if (last is not None and last.kind == "resolution") == resolved:
            raise Conflict("Cette remarque l'est déjà.", code="remarque-deja")
        _write(scope, row, parent.rubric, "resolution" if resolved else "reouverture", "", parent, [])
        ledger.trace(scope, row, "dossiers.remarque_reglee" if resolved else "dossiers.remarque_rouverte")


def _mentions(text: str) -> list[str]:
    """Usernames cited; the full stop that ends a sentence is not one of theirs."""
    return [found.rstrip(".-+") for found in _MENTION.findall(text)]


def _readable(scope: Scope, dossier: int, rubric: str) -> Dossier:
    row = store.row(dossier)
    if not scope.drafts & set(row.establishments):
        raise Denied("Seuls les établissements du dossier lisent et écrivent les remarques.", code="remarques")
    if not any(scope.may(Capability.GERER_PROGRAMMES, ej) or scope.may(Capability.VALIDER_PROGRAMMES, ej)
               for ej in row.establishments):  # fmt: skip
        raise Denied("Votre compte n'écrit pas dans ce dossier.", code="remarques")
    if templates.of(row).rubric(rubric) is None:
        raise NotFound(f"La rubrique « {rubric[:60]} » n'est pas dans ce dossier.", code="rubrique-inconnue")
    return row


def _thread(row: Dossier, rubric: str, number: int) -> Comment:
    found = Comment.objects.filter(pk=number, dossier=row, rubric=rubric, thread=None).first()
    if found is None:
        raise NotFound("Cette remarque n'existe pas.", code="remarque-inconnue")
    return found


def _write(
    scope: Scope, row: Dossier, rubric: str, kind: str, text: str, thread: Comment | None, mentions: list[str]
) -> Comment:
    last = Revision.objects.filter(dossier=row, rubric=rubric).order_by("-number").first()
    return Comment.objects.create(
        dossier=row, rubric=rubric, thread=thread, kind=kind, text=text, version=last.number if last else 0,
        mentions=mentions, actor=scope.actor, recorded_at=clock.now(),
    )  # fmt: skip
