"""A rubric as it is being written: the version in force, the texts to choose from, who is there, the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archipel.foundation.scope import Capability, Scope
from archipel.kernel import clock
from archipel.kernel.errors import Denied, NotFound
from archipel.programmes.dossiers.models import Comment, Draft, Fork, Revision
from archipel.programmes.dossiers.queries import store, templates
from archipel.programmes.dossiers.values.content import EMPTY, Content

PRESENT = timedelta(seconds=60)
"""Without a sign for longer, somebody is no longer said to be there."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a rubric."""

    number: int
    kind: str
    content: Content
    actor: str
    at: datetime
    base: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A text that waits for a choice, beside the one in force when it was saved."""

    id: int
    content: Content
    actor: str
    at: datetime
    base: int
    against: int


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What somebody wrote and did not save; ``content`` None: they only read."""

    author: str
    content: Content | None
    base: int
    seen_at: datetime
    saved_at: datetime | None
    present: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark, its answers, and whether it is settled."""

    id: int
    text: str
    actor: str
    at: datetime
    version: int
    replies: tuple[Remark, ...] = ()
    resolved: bool = False
    resolved_by: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """All that the page of a rubric shows."""

    version: int
    content: Content
    author: str
    at: datetime | None
    choices: tuple[Choice, ...]
    mine: Unsaved | None
    others: tuple[Unsaved, ...]
    remarks: tuple[Remark, ...]
    history: tuple[Version, ...]


def writing(*, scope: Scope, dossier: int, rubric: str) -> Writing:
    """The rubric, with what surrounds it.

    Raises:
        NotFound: no such dossier in the scope.
    """
    store.row(dossier)
    versions = history(dossier, rubric)
    last = versions[0] if versions else None
    drafts = [_unsaved(one) for one in Draft.objects.filter(dossier_id=dossier, rubric=rubric).order_by("author")]
    waiting = Fork.objects.filter(dossier_id=dossier, rubric=rubric, resolution=None).order_by("pk")
    return Writing(
        version=last.number if last else 0,
        content=last.content if last else EMPTY,
        author=last.actor if last else "",
        at=last.at if last else None,
        choices=tuple(Choice(f.pk, f.content, f.actor, f.recorded_at, f.base, f.against) for f in waiting),
        mine=next((one for one in drafts if one.author == scope.actor and one.content is not None), None),
        others=tuple(one for one in drafts if one.author != scope.actor and (one.present or one.content is not None)),
        remarks=remarks(dossier, rubric),
        history=tuple(versions),
    )


def rubric_of(*, scope: Scope, dossier: int, rubric: str) -> Writing:
    """The rubric as it is being written, for who reads the writing itself.

    Raises:
        Denied: the account reads only what was deposited. NotFound: no such dossier or rubric.
    """
    scope.require(Capability.VOIR_PROGRAMMES)
    row = store.row(dossier)
    if not scope.drafts & set(row.establishments):
        raise Denied("La rédaction se lit dans les établissements du dossier.", code="redaction")
    if templates.of(row).rubric(rubric) is None:
        raise NotFound("Cette rubrique n'est pas dans ce dossier.", code="rubrique-inconnue")
    return writing(scope=scope, dossier=dossier, rubric=rubric)


def _unsaved(one: Draft) -> Unsaved:
    present = clock.now() - one.seen_at < PRESENT
    return Unsaved(one.author, one.content, one.base, one.seen_at, one.saved_at, present)


def history(dossier: int, rubric: str) -> list[Version]:
    """Every version, the newest first."""
    rows = Revision.objects.filter(dossier_id=dossier, rubric=rubric).order_by("-number")
    return [Version(r.number, r.kind, r.content, r.actor, r.recorded_at, r.base) for r in rows]


def version(dossier: int, rubric: str, number: int) -> Version:
    """One version; number 0 is the empty one before the first.

    Raises:
        NotFound: no such version.
    """
    if number == 0:
        return Version(0, "", EMPTY, "", clock.now())
    found = Revision.objects.filter(dossier_id=dossier, rubric=rubric, number=number).first()
    if found is None:
        raise NotFound(f"La version {number} de cette rubrique n'existe pas.", code="version-inconnue")
    return Version(found.number, found.kind, found.content, found.actor, found.recorded_at, found.base)


def remarks(dossier: int, rubric: str) -> tuple[Remark, ...]:
    """The remarks on a rubric, those to settle first, then the newest first."""
    rows = list(Comment.objects.filter(dossier_id=dossier, rubric=rubric).order_by("pk"))
    found = [_remark(one, [r for r in rows if r.thread_id == one.pk]) for one in rows if one.thread_id is None]
    return tuple(sorted(found, key=lambda one: (one.resolved, -one.id)))


def _remark(one: Comment, under: list[Comment]) -> Remark:
    settled = [r for r in under if r.kind in ("resolution", "reouverture")]
    resolved = bool(settled) and settled[-1].kind == "resolution"
    replies = tuple(Remark(r.pk, r.text, r.actor, r.recorded_at, r.version) for r in under if r.kind == "reponse")
    by = settled[-1].actor if resolved else ""
    return Remark(one.pk, one.text, one.actor, one.recorded_at, one.version, replies, resolved, by)


def open_remarks(dossier: int) -> dict[str, int]:
    """Rubric → how many remarks wait to be settled."""
    rubrics = Comment.objects.filter(dossier_id=dossier, thread=None).values_list("rubric", flat=True).distinct()
    found = {rubric: sum(not one.resolved for one in remarks(dossier, rubric)) for rubric in rubrics}
    return {rubric: count for rubric, count in found.items() if count}
