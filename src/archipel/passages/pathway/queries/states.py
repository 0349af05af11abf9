"""What a page shows now, and what silences it. Nothing here carries a name out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archipel.domains.flow import public as flow
from archipel.domains.flow.public import VenueInfo
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.identity import public as identity
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError
from archipel.passages.pathway.models import Opening, Thread
from archipel.passages.pathway.rules.stages import view
from archipel.passages.pathway.values import Circumstances, Mark, View
from archipel.territory import public as territory

PSYCHIATRY = "PSY"


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """The page of a passage, for the team."""

    language: str
    secret: bool
    opened_by: str
    opened_at: datetime
    expires_at: datetime
    told: tuple[Mark, ...]


def circumstances_of(venue: int, *, secret: bool) -> Circumstances:
    """What silences the page of a passage; everything does when the venue is not there any more."""
    info = flow.venue_info(venue=venue, at=clock.now())
    if info is None:
        return Circumstances(secret=True)
    person = identity.search.patient(info.establishment, info.patient)
    if person is not None and person.merged:
        person = identity.search.patient(info.establishment, person.representative) or person
    return Circumstances(
        deceased=bool(info.attributes.get("deces")) or bool(person and person.deces),
        psychiatric=_psychiatric(info),
        secret=secret or bool(info.attributes.get("sejour_secret")),
    )


def _psychiatric(info: VenueInfo) -> bool:
    units = territory.uf_index(info.establishment)
    return any(units[uf].filiere == PSYCHIATRY for uf in info.ufs if uf in units)


def public_view(token_hash: str) -> tuple[View, str] | None:
    """What the page of this token shows, and the language chosen at opening.

    None when there is nothing to show, whatever the reason: unknown, over, silenced. The caller cannot tell which.
    """
    everywhere = system_scope("fil", [one.code for one in territory.establishments()])
    with in_scope(everywhere):
        row = Thread.objects.filter(token_hash=token_hash, expires_at__gt=clock.now()).first()
    if row is None:
        return None
    scope = system_scope("fil", [row.establishment])
    with in_scope(scope):
        if circumstances_of(row.venue_number, secret=row.secret).muted:
            return None
        found = _view(scope, row)
    return None if found is None else (found, row.language)


def _view(scope: Scope, row: Thread) -> View | None:
    now = clock.now()
    try:
        passage = flow.ed_patient(scope=scope, venue=row.venue_number)
    except ArchipelError:
        return None
    info = flow.venue_info(venue=row.venue_number, at=now)
    steps = [(step.value, at) for step, at in passage.status.steps]
    left = next((at for step, at in steps if step == "sortie"), None)
    to_ward = left is not None and info is not None and (info.discharged_at is None or info.discharged_at > left)
    marks = [(Mark(mark), at) for mark, at in row.told.values_list("mark", "at")]
    return view(steps, marks, left_at=left, to_ward=to_ward, as_of=now)


def thread_of(venue: int) -> ThreadLine | None:
    """The page of a passage, within the scope; None when there is none."""
    row = Thread.objects.filter(venue_number=venue, expires_at__gt=clock.now()).first()
    if row is None:
        return None
    told = tuple(Mark(mark) for mark in row.told.order_by("at").values_list("mark", flat=True))
    return ThreadLine(row.language, row.secret, row.opened_by, row.opened_at, row.expires_at, told)


def with_thread(*, scope: Scope, venues: Iterable[int]) -> frozenset[int]:
    """Those of the passages that have a page, or had one since."""
    with in_scope(scope):
        return frozenset(Opening.objects.filter(venue_number__in=list(venues)).values_list("venue_number", flat=True))


def team_view(scope: Scope, venue: int) -> View | None:
    """What the patient sees, for the team; None without a page."""
    row = Thread.objects.filter(venue_number=venue, expires_at__gt=clock.now()).first()
    return None if row is None else _view(scope, row)
