"""What the layers above may use of trajectories."""

from archipel.scenarios.trajectory.queries.documents import DOCUMENTS, TYPES, document
from archipel.scenarios.trajectory.queries.facts import read_facts
from archipel.scenarios.trajectory.queries.following import Followed, followed
from archipel.scenarios.trajectory.queries.scenarios import (
    RUN_LABELS,
    Chosen,
    RunInfo,
    RunState,
    ScenarioInfo,
    Solution,
    VersionInfo,
    built,
    chosen,
    facts_of,
    runs,
    scenario,
    scenarios,
    solution,
    versions,
)
from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.rules.checker import Part, costs_by_part
from archipel.scenarios.trajectory.rules.drift import LABELS as DRIFT_LABELS
from archipel.scenarios.trajectory.rules.freezing import frozen, thawed_settings
from archipel.scenarios.trajectory.rules.results import PART_LABELS, Results
from archipel.scenarios.trajectory.services.running import claim, execute, trajectory_tick
from archipel.scenarios.trajectory.services.scenarios import ask, change, choose, copy, create, stop, take_back, undo
from archipel.scenarios.trajectory.values import Weights
from archipel.scenarios.trajectory.values.settings import PRESETS, Hand, Preset, Settings, Target

__all__ = [
    "DOCUMENTS",
    "DRIFT_LABELS",
    "PART_LABELS",
    "PRESETS",
    "RUN_LABELS",
    "TYPES",
    "Chosen",
    "Followed",
    "Hand",
    "Part",
    "Preset",
    "Results",
    "RunInfo",
    "RunState",
    "ScenarioInfo",
    "Settings",
    "Solution",
    "Target",
    "VersionInfo",
    "Weights",
    "ask",
    "built",
    "change",
    "choose",
    "chosen",
    "claim",
    "copy",
    "costs_by_part",
    "create",
    "defaults",
    "document",
    "execute",
    "facts_of",
    "followed",
    "frozen",
    "read_facts",
    "runs",
    "scenario",
    "scenarios",
    "solution",
    "stop",
    "take_back",
    "thawed_settings",
    "trajectory_tick",
    "undo",
    "versions",
]
