"""What the layers above may use of trajectories."""

from archipel.scenarios.trajectory.queries.facts import read_facts
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
from archipel.scenarios.trajectory.rules.freezing import frozen, thawed_settings
from archipel.scenarios.trajectory.rules.results import PART_LABELS, Results
from archipel.scenarios.trajectory.services.executing import execute
from archipel.scenarios.trajectory.services.running import claim, trajectory_tick
from archipel.scenarios.trajectory.services.scenarios import ask, change, choose, copy, create, stop, take_back, undo
from archipel.scenarios.trajectory.values.settings import PRESETS, Hand, Preset, Settings, Target

__all__ = [
    "PART_LABELS",
    "PRESETS",
    "RUN_LABELS",
    "Chosen",
    "Hand",
    "Preset",
    "Results",
    "RunInfo",
    "RunState",
    "ScenarioInfo",
    "Settings",
    "Solution",
    "Target",
    "VersionInfo",
    "ask",
    "built",
    "change",
    "choose",
    "chosen",
    "claim",
    "copy",
    "create",
    "defaults",
    "execute",
    "facts_of",
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
