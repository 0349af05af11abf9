"""A convergence problem, what is asked of its answer, and the answer: frozen inputs, plain numbers.

Money is in whole euros a year, effort in person-days, carbon in kg of CO2 equivalent a year. Years are ranks from 0.
"""

from archipel.scenarios.trajectory.values.plan import Choice, Plan, Status
from archipel.scenarios.trajectory.values.problem import (
    Application,
    Common,
    Current,
    Establishment,
    Force,
    Function,
    Link,
    Price,
    Problem,
    Rules,
    Weights,
)

__all__ = [
    "Application",
    "Choice",
    "Common",
    "Current",
    "Establishment",
    "Force",
    "Function",
    "Link",
    "Plan",
    "Price",
    "Problem",
    "Rules",
    "Status",
    "Weights",
]
