"""A convergence problem, what is asked of its answer, and the answer: frozen inputs, plain numbers.

Money is in whole euros a year, effort in person-days, carbon in kg of CO2 equivalent a year. Years are ranks from 0.
"""

from archipel.scenarios.trajectory.values.plan import Choice, Plan, Status
from archipel.scenarios.trajectory.values.problem import (
    Application,
    Current,
    Establishment,
    Force,
    Function,
    Link,
    Problem,
    Rules,
)

__all__ = [
    "Application",
    "Choice",
    "Current",
    "Establishment",
    "Force",
    "Function",
    "Link",
    "Plan",
    "Problem",
    "Rules",
    "Status",
]
