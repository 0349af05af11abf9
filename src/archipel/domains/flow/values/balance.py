"""Pure vocabulary of the territorial cell's board: what is needed within a day against what is coming free."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts of one filière at one site, over the next hours. No identity."""

    waiting: int = 0
    """Patients of the emergency department that wait for a bed and have none reserved."""
    admissions: int = 0
    """Planned admissions without a bed yet."""
    transfers: int = 0
    """Transfers asked for, from other establishments and other wards, without a bed yet."""
    booked: int = 0
    """Beds reserved: needs that are covered."""
    free: int = 0
    cleaning: int = 0
    leaving: int = 0
    """Patients whose exit is announced within the hours looked at."""
    reopenable: int = 0
    """Closed beds that may be reopened (R333, 01)."""
    unstaffed: int = 0

    @property
    def needs(self) -> int:
        """Beds still to be found."""
        return self.waiting + self.admissions + self.transfers

    @property
    def coming(self) -> int:
        """Beds that will be free without opening any."""
        return self.free + self.cleaning + self.leaving

    @property
    def balance(self) -> int:
        """What is left once every need is met; below zero, beds are missing."""
        return self.coming - self.needs

    @property
    def reserve(self) -> int:
        """Beds that a decision may add."""
        return self.reopenable + self.unstaffed

    def values(self) -> tuple[int, ...]:
        """The fields in their order."""
        return (
            self.waiting, self.admissions, self.transfers, self.booked, self.free, self.cleaning, self.leaving,
            self.reopenable, self.unstaffed,
        )  # fmt: skip

    def __add__(self, other: Balance) -> Balance:
        """The sum of two."""
        return Balance(*map(add, self.values(), other.values()))
