"""Campaigns: what is due, how far each member is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from archipel.foundation.scope import Scope
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.programmes.maturity.models import Campaign, CampaignFact
from archipel.programmes.maturity.queries.entities import EntityInfo, groups
from archipel.programmes.maturity.queries.grids import grid as grid_of
from archipel.programmes.maturity.queries.results import Assessment, assessments
from archipel.programmes.maturity.rules.campaign import Acte, Deroulement, EtatCampagne, Fait, state, unfold
from archipel.programmes.maturity.values import Etat, Grille


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a campaign."""

    kind: Acte
    at: datetime
    actor: str
    due_on: date | None
    establishment: str
    automatic: bool
    reason: str


@dataclass(frozen=True, slots=True)
class MemberProgress:
    """How far a member is; ``proved`` counts the answers that a piece of evidence backs."""

    entity: EntityInfo
    expected: int
    answered: int
    proved: int
    reminded: date | None

    @property
    def complete(self) -> bool:
        """Whether every question has an answer."""
        return self.answered >= self.expected

    @property
    def percent(self) -> int:
        """Answered, in whole percent, rounded down so that 100 means all of them."""
        return 100 * self.answered // self.expected if self.expected else 100


@dataclass(frozen=True, slots=True)
class CampaignInfo:
    """A campaign as it stands, for the members that the account may read."""

    id: int
    title: str
    grid: Grille
    ght: str
    establishments: tuple[str, ...]
    opens_on: date
    course: Deroulement
    state: EtatCampagne
    reminders: tuple[int, ...]
    note: str
    actor: str
    recorded_at: datetime
    members: tuple[MemberProgress, ...]

    @property
    def due_on(self) -> date:
        """The deadline in force."""
        return self.course.echeance

    @property
    def complete(self) -> int:
        """How many members have answered everything."""
        return sum(member.complete for member in self.members)


def campaigns(scope: Scope, today: date) -> list[CampaignInfo]:
    """The campaigns that concern the account's establishments: open ones first, by deadline."""
    rows = list(Campaign.objects.order_by("-id"))
    found = [_info(scope, row, today) for row in rows]
    return sorted(found, key=lambda c: (c.state is EtatCampagne.CLOSE, c.due_on, c.id))


def campaign(scope: Scope, number: int, today: date) -> CampaignInfo:
    """One campaign.

    Raises:
        NotFound: none of that number in the scope.
    """
    return _info(scope, row_of(number), today)


def row_of(number: int) -> Campaign:
    """The row of a campaign. Raises NotFound."""
    row = Campaign.objects.filter(pk=number).first()
    if row is None:
        raise NotFound("Cette campagne n'existe pas, ou n'est pas visible par votre compte.", code="campagne")
    return row


def steps(number: int) -> list[Step]:
    """What happened to a campaign, oldest first."""
    return [
        Step(Acte(f.kind), f.recorded_at, f.actor, f.due_on, f.establishment, f.automatic, f.reason)
        for f in CampaignFact.objects.filter(campaign_id=number).order_by("id")
    ]


def course_of(row: Campaign) -> Deroulement:
    """The campaign as its facts make it."""
    rows = CampaignFact.objects.filter(campaign=row).order_by("id")
    return unfold(
        row.due_on,
        [Fait(f.pk, Acte(f.kind), clock.day_of(f.recorded_at), f.due_on, f.establishment, f.automatic) for f in rows],
    )


def _info(scope: Scope, row: Campaign, today: date) -> CampaignInfo:
    grid = grid_of(row.pack, row.grid, row.version)
    course = course_of(row)
    members = _members(grid, _entities(scope, grid, row), course)
    return CampaignInfo(
        id=row.pk,
        title=row.title,
        grid=grid,
        ght=row.ght,
        establishments=tuple(row.establishments),
        opens_on=row.opens_on,
        course=course,
        state=state(row.opens_on, course, all(m.complete for m in members), today),
        reminders=tuple(row.reminders),
        note=row.note,
        actor=row.actor,
        recorded_at=row.recorded_at,
        members=members,
    )


def _entities(scope: Scope, grid: Grille, row: Campaign) -> list[EntityInfo]:
    concerned = set(row.establishments)
    found = []
    for group in groups(scope, grid):
        members = [m for m in group.members if concerned.issuperset(m.establishments)]
        found += members
        if members and group.code and any(i.groupe for i in grid.indicateurs):
            found.append(group.itself)
    return found


def _members(grid: Grille, entities: Sequence[EntityInfo], course: Deroulement) -> tuple[MemberProgress, ...]:
    return tuple(_progress(grid, one, course) for one in assessments(grid, entities))


def _progress(grid: Grille, found: Assessment, course: Deroulement) -> MemberProgress:
    grouped = bool(found.entity.ght)
    asked = {i.id for i in grid.indicateurs if i.groupe == found.entity.group or not grouped}
    own = {id: said for id, said in found.answers.items() if id in asked and said.mesure.etat is not Etat.ABSENTE}
    reminders = [day for who, day in course.relances if who in ("", *found.entity.establishments)]
    return MemberProgress(
        entity=found.entity,
        expected=len(asked),
        answered=len(own),
        proved=sum(not said.declared_only for said in own.values()),
        reminded=max(reminders, default=None),
    )
