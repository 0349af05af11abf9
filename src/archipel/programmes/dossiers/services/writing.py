"""Writing a rubric, several at once: versions, merge, texts to choose from, restoring, drafts kept as one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.programmes.dossiers.models import Dossier, Draft, Fork, Revision
from archipel.programmes.dossiers.queries import store, templates
from archipel.programmes.dossiers.rules.merging import both, compact, merge
from archipel.programmes.dossiers.rules.reading import read_content
from archipel.programmes.dossiers.services import ledger
from archipel.programmes.dossiers.values.content import EMPTY, Content
from archipel.programmes.dossiers.values.template import Rubric


class Outcome(StrEnum):
    """What became of a saved content."""

    ENREGISTRE = "enregistre"
    FUSIONNE = "fusionne"
    INCHANGE = "inchange"
    CONFLIT = "conflit"


class Kind(StrEnum):
    """How a version came to be."""

    SAISIE = "saisie"
    FUSION = "fusion"
    RESTAURATION = "restauration"
    CHOIX = "choix"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of it: the version in force afterwards, its content, and the texts to choose from, if any."""

    outcome: Outcome
    version: int
    content: Content
    message: str
    fork: int = 0


def save(*, scope: Scope, dossier: int, rubric: str, base: int, content: Mapping[str, Any]) -> Saved:
    """Save a rubric written from version ``base``.

    When another version came meanwhile, both are merged; where they disagree, both are kept and somebody chooses.

    Args:
        scope: who writes.
        dossier, rubric: which.
        base: the version that the writing started from; 0: none.
        content: ``texte``, ``choix``, ``lignes``, as the kind of the rubric has them.

    Raises:
        Denied, NotFound: no right, or no such dossier or rubric.
        Invalid: a content that is not one, or a version that does not exist.
        Conflict: the dossier is no longer being written.
    """
    with in_scope(scope):
        row = store.row(dossier)
        ledger.require_writing(scope, row)
        asked = _rubric(row, rubric)
        mine = read_content(asked, _theme_objectives(row), content)
        ledger.hold("dossiers", dossier, rubric)
        current = _current(dossier, rubric)
        version, theirs = (current.number, current.content) if current else (0, EMPTY)
        if base > version or base < 0:
            raise Invalid(f"La version {base} de cette rubrique n'existe pas.", code="version-inconnue")
        if compact(theirs) == compact(mine):
            _forget(scope, dossier, rubric)
            return Saved(Outcome.INCHANGE, version, theirs, "Rien n'a changé depuis la dernière version.")
        if base == version:
            return _kept(scope, row, rubric, mine, base, Kind.SAISIE)
        return _together(scope, row, rubric, base, mine, theirs, version)


def _together(
    scope: Scope, row: Dossier, rubric: str, base: int, mine: Content, theirs: Content, version: int
) -> Saved:
    found = merge(_content(row.pk, rubric, base), theirs, mine)
    if found.content is not None:
        if compact(found.content) == compact(theirs):
            _forget(scope, row.pk, rubric)
            return Saved(Outcome.INCHANGE, version, theirs, "Votre texte est déjà dans la dernière version.")
        return _kept(scope, row, rubric, found.content, base, Kind.FUSION)
    fork = Fork.objects.create(
        dossier=row, rubric=rubric, base=base, against=version, content=dict(mine),
        disagreements=list(found.disagreements), actor=scope.actor, recorded_at=clock.now(),
    )  # fmt: skip
    _forget(scope, row.pk, rubric)
    ledger.trace(scope, row, "dossiers.textes_simultanes", details={"rubrique": rubric, "version": version})
    message = "Quelqu'un a changé le même passage : les deux textes sont gardés, choisissez."
    return Saved(Outcome.CONFLIT, version, theirs, message, fork.pk)


def _kept(
    scope: Scope, row: Dossier, rubric: str, content: Content, base: int, kind: Kind, resolves: Fork | None = None
) -> Saved:
    current = _current(row.pk, rubric)
    number = (current.number if current else 0) + 1
    Revision.objects.create(
        dossier=row, rubric=rubric, number=number, content=dict(content), base=base, kind=kind.value,
        resolves=resolves, actor=scope.actor, recorded_at=clock.now(),
    )  # fmt: skip
    Dossier.objects.filter(pk=row.pk).update(updated_at=clock.now())
    _forget(scope, row.pk, rubric)
    ledger.trace(scope, row, f"dossiers.rubrique.{kind.value}", details={"rubrique": rubric, "version": number})
    other = f" (version {number - 1} de {current.actor} comprise)" if current and kind is Kind.FUSION else ""
    outcome = Outcome.FUSIONNE if kind is Kind.FUSION else Outcome.ENREGISTRE
    return Saved(outcome, number, content, f"Enregistré : version {number}{other}.")


def choose(*, scope: Scope, dossier: int, fork: int, choice: str, content: Mapping[str, Any] | None = None) -> Saved:
    """Settle two texts: keep the one in force, the other, both one after the other, or a third.

    Args:
        scope: who chooses.
        dossier, fork: which texts.
        choice: ``actuel``, ``autre``, ``deux`` or ``texte`` (then ``content``).
        content: the third content.

    Raises:
        Denied, NotFound, Conflict: as :func:`save`; the choice was already made.
        Invalid: another word.
    """
    with in_scope(scope):
        row = store.row(dossier)
        ledger.require_writing(scope, row)
        found = Fork.objects.filter(pk=fork, dossier=row).first()
        if found is None:
            raise NotFound("Ces textes n'existent pas.", code="choix-inconnu")
        ledger.hold("dossiers", dossier, found.rubric)
        if Revision.objects.filter(resolves=found).exists():
            raise Conflict("Le choix a déjà été fait entre ces textes.", code="choix-fait")
        current = _current(dossier, found.rubric)
        here: Content = current.content if current else EMPTY
        kept = _chosen(row, found, here, choice, content)
        return _kept(scope, row, found.rubric, kept, current.number if current else 0, Kind.CHOIX, found)


def _chosen(row: Dossier, fork: Fork, here: Content, choice: str, content: Mapping[str, Any] | None) -> Content:
    if choice == "actuel":
        return here
    if choice == "autre":
        return dict(fork.content)
    if choice == "deux":
        return both(here, fork.content)
    if choice == "texte" and content is not None:
        return read_content(_rubric(row, fork.rubric), _theme_objectives(row), content)
    raise Invalid("Choisissez le texte à garder : actuel, autre, deux ou texte.", code="choix")


def restore(*, scope: Scope, dossier: int, rubric: str, version: int) -> Saved:
    """Make an old version the one in force again; those since stay in the history.

    Raises:
        Denied, NotFound, Conflict: as :func:`save`; no such version.
    """
    with in_scope(scope):
        row = store.row(dossier)
        ledger.require_writing(scope, row)
        _rubric(row, rubric)
        ledger.hold("dossiers", dossier, rubric)
        old = Revision.objects.filter(dossier=row, rubric=rubric, number=version).first()
        if old is None:
            raise NotFound(f"La version {version} de cette rubrique n'existe pas.", code="version-inconnue")
        current = _current(dossier, rubric)
        if current is not None and current.number == version:
            return Saved(Outcome.INCHANGE, version, old.content, f"La version {version} est déjà celle en vigueur.")
        done = _kept(scope, row, rubric, old.content, version, Kind.RESTAURATION)
        return Saved(done.outcome, done.version, done.content, f"Version {version} remise en vigueur.")


# --- drafts


def keep_draft(*, scope: Scope, dossier: int, rubric: str, base: int, content: Mapping[str, Any] | None) -> None:
    """Keep what the account is writing, as it types; None only says that it is there.

    Raises:
        Denied, NotFound: no right, or no such dossier or rubric. Invalid: too long. Conflict: no longer written.
    """
    with in_scope(scope):
        row = store.row(dossier)
        ledger.require_writing(scope, row)
        asked = _rubric(row, rubric)
        now = clock.now()
        values: dict[str, Any] = {"seen_at": now}
        if content is not None:
            kept = read_content(asked, _theme_objectives(row), content)
            values |= {"content": dict(kept), "base": base, "saved_at": now}
        Draft.objects.update_or_create(dossier=row, rubric=rubric, author=scope.actor, defaults=values)


def drop_draft(*, scope: Scope, dossier: int, rubric: str) -> None:
    """Throw away the account's own unsaved text.

    Raises:
        NotFound: no such dossier in the scope.
    """
    with in_scope(scope):
        store.row(dossier)
        _forget(scope, dossier, rubric)


def _forget(scope: Scope, dossier: int, rubric: str) -> None:
    Draft.objects.filter(dossier_id=dossier, rubric=rubric, author=scope.actor).delete()


# --- reading


def _rubric(row: Dossier, name: str) -> Rubric:
    found = templates.of(row).rubric(name)
    if found is None:
        raise NotFound(f"La rubrique « {name[:60]} » n'est pas dans ce dossier.", code="rubrique-inconnue")
    return found


def _theme_objectives(row: Dossier) -> frozenset[str]:
    theme = templates.of(row).theme(row.theme)
    return frozenset(one.id for one in theme.objectives) if theme else frozenset()


def _current(dossier: int, rubric: str) -> Revision | None:
    return Revision.objects.filter(dossier_id=dossier, rubric=rubric).order_by("-number").first()


def _content(dossier: int, rubric: str, version: int) -> Content:
    if not version:
        return EMPTY
    found = Revision.objects.filter(dossier_id=dossier, rubric=rubric, number=version).first()
    return found.content if found else EMPTY
