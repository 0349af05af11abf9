"""What the other rooms, the interface and the demonstration may use of maturity."""

from archipel.programmes.maturity.queries.answers import Evidence, Said
from archipel.programmes.maturity.queries.campaigns import (
    CampaignInfo,
    MemberProgress,
    Step,
    campaign,
    campaigns,
    steps,
)
from archipel.programmes.maturity.queries.entities import EntityInfo, GroupInfo, entity, group, groups, may_answer
from archipel.programmes.maturity.queries.grids import grid, grids
from archipel.programmes.maturity.queries.plans import Answered, Question, default_goals, plan
from archipel.programmes.maturity.queries.results import (
    Assessment,
    GroupResult,
    Moment,
    assessments,
    group_result,
    history,
)
from archipel.programmes.maturity.rules.effort import But, Pas, Plan
from archipel.programmes.maturity.rules.sheet import categories
from archipel.programmes.maturity.services.answers import Act, Given, answer, measure_of, state_effort, undo_answer
from archipel.programmes.maturity.services.campaigns import (
    close,
    extend,
    open_campaign,
    remind,
    remind_tick,
    reopen,
    send_reminders,
)
from archipel.programmes.maturity.services.imports import DryRun, apply, examine, receive
from archipel.programmes.maturity.values import Etat, Grille, Mesure, Saisie

__all__ = [
    "Act",
    "Answered",
    "Assessment",
    "But",
    "CampaignInfo",
    "DryRun",
    "EntityInfo",
    "Etat",
    "Evidence",
    "Given",
    "Grille",
    "GroupInfo",
    "GroupResult",
    "MemberProgress",
    "Mesure",
    "Moment",
    "Pas",
    "Plan",
    "Question",
    "Said",
    "Saisie",
    "Step",
    "answer",
    "apply",
    "assessments",
    "campaign",
    "campaigns",
    "categories",
    "close",
    "default_goals",
    "entity",
    "examine",
    "extend",
    "grid",
    "grids",
    "group",
    "group_result",
    "groups",
    "history",
    "may_answer",
    "measure_of",
    "open_campaign",
    "plan",
    "receive",
    "remind",
    "remind_tick",
    "reopen",
    "send_reminders",
    "state_effort",
    "steps",
    "undo_answer",
]
