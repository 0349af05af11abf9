"""What the layers above may use of the inventory of information systems."""

from archipel.domains.systems.queries.files import Trial, file_info, files, trial
from archipel.domains.systems.queries.indicators import mandatory_coverage, on_target
from archipel.domains.systems.queries.listing import Row, Wanted, export_rows, rows
from archipel.domains.systems.queries.maps import drawing, file_of
from archipel.domains.systems.queries.osis import osis
from archipel.domains.systems.queries.store import history, inventory, ledger_version
from archipel.domains.systems.queries.tables import TABLES, About, table
from archipel.domains.systems.rules.cascade import Fall, cascade, weaknesses
from archipel.domains.systems.rules.completeness import completeness
from archipel.domains.systems.rules.coverage import Matrix, Reader, matrix, targets
from archipel.domains.systems.rules.exposure import concentration, dependencies, endings, footprint, sovereignty
from archipel.domains.systems.rules.indicators import FIGURES, figures
from archipel.domains.systems.rules.maps.svg import Caption
from archipel.domains.systems.rules.model import carbon, function_words, functions, osis_columns
from archipel.domains.systems.rules.money import deadlines, heat, totals
from archipel.domains.systems.services.golden import merge, settle
from archipel.domains.systems.services.imports import apply, receive, reject, undo
from archipel.domains.systems.services.ledger import New, append, say, say_texts, take_back, withdraw
from archipel.domains.systems.services.reminders import reminders_tick
from archipel.domains.systems.values.files import Effect, Planned, Problem
from archipel.domains.systems.values.functions import Function, FunctionModel, Group
from archipel.domains.systems.values.maps import GROUPINGS, Asked, View
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import FIELDS, KIND_LABELS, SHARED, Kind

__all__ = [
    "FIELDS",
    "FIGURES",
    "GROUPINGS",
    "KIND_LABELS",
    "SHARED",
    "TABLES",
    "About",
    "Asked",
    "Caption",
    "Effect",
    "Fall",
    "Function",
    "FunctionModel",
    "Group",
    "Inventory",
    "Key",
    "Kind",
    "Matrix",
    "New",
    "Planned",
    "Problem",
    "Reader",
    "Record",
    "Row",
    "Trial",
    "View",
    "Wanted",
    "append",
    "apply",
    "carbon",
    "cascade",
    "completeness",
    "concentration",
    "deadlines",
    "dependencies",
    "drawing",
    "endings",
    "export_rows",
    "figures",
    "file_info",
    "file_of",
    "files",
    "footprint",
    "function_words",
    "functions",
    "heat",
    "history",
    "inventory",
    "ledger_version",
    "mandatory_coverage",
    "matrix",
    "merge",
    "on_target",
    "osis",
    "osis_columns",
    "receive",
    "reject",
    "reminders_tick",
    "rows",
    "say",
    "say_texts",
    "settle",
    "sovereignty",
    "table",
    "take_back",
    "targets",
    "totals",
    "trial",
    "undo",
    "weaknesses",
    "withdraw",
]
