"""What the layers above may use of dossiers."""

from archipel.programmes.dossiers.queries.calendar import Due, due_dates
from archipel.programmes.dossiers.queries.caps import caps
from archipel.programmes.dossiers.queries.documents import document_of_dossier
from archipel.programmes.dossiers.queries.listing import Filters, Row, dossiers, notifications
from archipel.programmes.dossiers.queries.overview import Line, Overview, overview
from archipel.programmes.dossiers.queries.portfolio import portfolio, portfolio_figures
from archipel.programmes.dossiers.queries.projects import ProjectOf, projects_of
from archipel.programmes.dossiers.queries.writing import Version, Writing, rubric_of
from archipel.programmes.dossiers.rules.deadlines import Deadline
from archipel.programmes.dossiers.rules.documents import dump as dump_document
from archipel.programmes.dossiers.services.acts import Done, Given, act, undo
from archipel.programmes.dossiers.services.attaching import attach
from archipel.programmes.dossiers.services.commenting import comment
from archipel.programmes.dossiers.services.instructing import note, pay, review
from archipel.programmes.dossiers.services.notifying import remind_tick
from archipel.programmes.dossiers.services.opening import open_dossier
from archipel.programmes.dossiers.services.perimeter import Entry, answer, set_perimeter
from archipel.programmes.dossiers.services.writing import Outcome, Saved, choose, save
from archipel.programmes.dossiers.values.checks import Check
from archipel.programmes.dossiers.values.states import ACTS, LABELS, Status

__all__ = [
    "ACTS",
    "LABELS",
    "Check",
    "Deadline",
    "Done",
    "Due",
    "Entry",
    "Filters",
    "Given",
    "Line",
    "Outcome",
    "Overview",
    "ProjectOf",
    "Row",
    "Saved",
    "Status",
    "Version",
    "Writing",
    "act",
    "answer",
    "attach",
    "caps",
    "choose",
    "comment",
    "document_of_dossier",
    "dossiers",
    "due_dates",
    "dump_document",
    "note",
    "notifications",
    "open_dossier",
    "overview",
    "pay",
    "portfolio",
    "portfolio_figures",
    "projects_of",
    "remind_tick",
    "review",
    "rubric_of",
    "save",
    "set_perimeter",
    "undo",
]
