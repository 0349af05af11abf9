"""What the layers above may use of eligibility."""

from archipel.programmes.eligibility.queries.flat import flat
from archipel.programmes.eligibility.queries.ground import Ground, ground
from archipel.programmes.eligibility.queries.project import PartyAnswer, Perimeter, ProjectAnswer, project
from archipel.programmes.eligibility.queries.projects import register_projects
from archipel.programmes.eligibility.queries.verdicts import Verdicts, answer, explain, rows, verdicts
from archipel.programmes.eligibility.rules.sentences import todo
from archipel.programmes.eligibility.values import (
    Answer,
    Explained,
    Needed,
    ProjectLink,
    Question,
    Row,
    Todo,
    Used,
    Way,
)

__all__ = [
    "Answer",
    "Explained",
    "Ground",
    "Needed",
    "PartyAnswer",
    "Perimeter",
    "ProjectAnswer",
    "ProjectLink",
    "Question",
    "Row",
    "Todo",
    "Used",
    "Verdicts",
    "Way",
    "answer",
    "explain",
    "flat",
    "ground",
    "project",
    "register_projects",
    "rows",
    "todo",
    "verdicts",
]
