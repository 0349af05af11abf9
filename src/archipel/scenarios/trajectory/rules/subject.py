"""What the documents of a scenario are about: a plan that the checker accepted, and all that is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from archipel.foundation.web.formats import number
from archipel.scenarios.trajectory.rules.assumptions import Defaults
from archipel.scenarios.trajectory.rules.building import Built
from archipel.scenarios.trajectory.rules.results import Results
from archipel.scenarios.trajectory.rules.risks import Risk
from archipel.scenarios.trajectory.values import Choice
from archipel.scenarios.trajectory.values.facts import Facts
from archipel.scenarios.trajectory.values.settings import Settings


@dataclass(frozen=True, slots=True)
class Subject:
    """A plan that the checker accepted, and all that is said of it.

    Attributes:
        group: name of the hospital group.
        number: of the scenario.
        body: the answer as kept (cost, bound, solver …); ``answer`` is its fingerprint, ``digest`` that of the facts.
        prices: what each constraint costs.
        decision: who chose it, when and why; empty while nobody did.
        synthetic: whether the data are simulated.
    """

    group: str
    number: int
    title: str
    facts: Facts
    settings: Settings
    built: Built
    choices: tuple[Choice, ...]
    results: Results
    body: dict[str, object]
    prices: Sequence[dict[str, object]]
    risks: Sequence[Risk]
    defaults: Defaults
    answer: str
    digest: str
    decision: str
    synthetic: bool

    @property
    def day(self) -> str:
        """The day of the inventory, as people write it."""
        return f"{date.fromisoformat(self.facts.day):%d/%m/%Y}"

    def amount(self, name: str) -> float:
        """A figure of the answer."""
        return float(str(self.body[name]))

    @property
    def gap(self) -> float:
        """In %."""
        value, bound = self.amount("valeur"), self.amount("borne")
        return max(0.0, 100 * (value - bound) / value) if value else 0.0

    @property
    def period(self) -> str:
        """``2027-2031``."""
        return f"{self.results.years[0]}-{self.results.years[-1]}"


def euros(value: float) -> str:
    """Whole euros."""
    return f"{number(round(value))} €"
