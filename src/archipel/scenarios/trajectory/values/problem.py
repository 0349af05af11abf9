"""The frozen inputs of a trajectory: who needs what, what exists, what it costs, and what binds the choice."""

from __future__ import annotations

from dataclasses import dataclass, field

NOTHING = ""
"""The application of a function that nothing serves."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the reference model (identities, patient record, pharmacy …).

    Attributes:
        id: code of the reference model.
        label: in French.
        after: functions that must have reached their final application no later (identity before record …).
        mandatory_from: year from which every establishment that needs it must have it; None: never compulsory.
        effort: person-days to move it, for an establishment of 1,000 users.
        migration: euros to move it, for an establishment of 1,000 users.
    """

    id: str
    label: str = ""
    after: tuple[str, ...] = ()
    mandatory_from: int | None = None
    effort: int = 0
    migration: int = 0


@dataclass(frozen=True, slots=True)
class Application:
    """A product that can serve functions.

    Attributes:
        id: code in the inventory.
        label: product name.
        covers: functions that it can serve.
        group_fee: euros a year when at least one establishment of the group uses it.
        licence: euros a year and a user.
        run: euros a year for each establishment that runs it (staff, hosting), whatever its size.
        run_user: the same, euros a year and a user.
        sovereign: whether its hosting meets the level that the group asks for.
        carbon: kg CO2e a year for each establishment that runs it.
        large: whether moving to it is a large switch.
        first: first year in which it may be put in place.
        last: last year in which it is supported; None: beyond the horizon.
        target: whether moving to it is allowed at all (False: only kept where it is).
    """

    id: str
    label: str = ""
    covers: frozenset[str] = frozenset()
    group_fee: int = 0
    licence: int = 0
    run: int = 0
    run_user: int = 0
    sovereign: bool = True
    carbon: int = 0
    large: bool = False
    first: int = 0
    last: int | None = None
    target: bool = True


@dataclass(frozen=True, slots=True)
class Establishment:
    """A member: its users, the functions that it needs, and what it may spend.

    Attributes:
        id: FINESS EJ.
        label: short name.
        users: number of users, at least 1.
        needs: functions that its activity calls for.
        budget: euros by year; None in a year: no limit; empty: none at all.
    """

    id: str
    label: str = ""
    users: int = 1
    needs: frozenset[str] = frozenset()
    budget: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Current:
    """What serves a function today; ``paid_until`` is the first year in which its contract no longer binds."""

    establishment: str
    function: str
    application: str
    paid_until: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """What an establishment pays today for a product: euros a year, instead of the product's own prices."""

    establishment: str
    application: str
    licence: int
    run: int


@dataclass(frozen=True, slots=True)
class Link:
    """Two functions that exchange data: ``cost`` euros a year and an establishment when two products serve them."""

    a: str
    b: str
    cost: int


@dataclass(frozen=True, slots=True)
class Force:
    """A choice imposed or forbidden by hand.

    Attributes:
        establishment: who.
        function: for which function.
        application: which product (``""``: nothing).
        year: from which year; None: at the end of the horizon.
        allowed: False forbids the product for that function in every year instead.
    """

    establishment: str
    function: str
    application: str
    year: int | None = None
    allowed: bool = True


@dataclass(frozen=True, slots=True)
class Common:
    """Members that must end on one same product for a function.

    Attributes:
        function: which one.
        share: least share of those members on that product in the last year (0 to 1).
        product: which product; ``""``: whichever is best.
        members: among whom; empty: everybody who needs the function.
        label: what the group calls them (``pôle nord``); empty: the members.
    """

    function: str
    share: float
    product: str = ""
    members: frozenset[str] = frozenset()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the cost counts in the choice (1: as it is); ``carbon`` is euros a kilogram."""

    licences: float = 1.0
    run: float = 1.0
    fees: float = 1.0
    interfaces: float = 1.0
    migration: float = 1.0
    carbon: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What binds the choice beside costs.

    Attributes:
        capacity: person-days that the teams of the group can give, by year; empty: no limit.
        one_large: at most one large switch a year and an establishment.
        sovereign_share: least share of needs, weighted by users, served by sovereign hosting, by year (0 to 1).
        carbon: most kg CO2e of the group, by year; None in a year: no limit.
        common: functions on which members must converge.
        keep: nothing that works and stays supported is changed.
    """

    capacity: tuple[int, ...] = ()
    one_large: bool = True
    sovereign_share: tuple[float, ...] = ()
    carbon: tuple[int | None, ...] = ()
    common: tuple[Common, ...] = ()
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """All of it; ``first_year`` is the calendar year of rank 0 (0: years have ranks only)."""

    years: int
    establishments: tuple[Establishment, ...]
    functions: tuple[Function, ...]
    applications: tuple[Application, ...]
    current: tuple[Current, ...] = ()
    links: tuple[Link, ...] = ()
    rules: Rules = field(default_factory=Rules)
    forces: tuple[Force, ...] = ()
    prices: tuple[Price, ...] = ()
    weights: Weights = field(default_factory=Weights)
    first_year: int = 0

    def when(self, rank: int) -> str:
        """How a sentence calls a year."""
        return f"en {self.first_year + rank}" if self.first_year else f"l'année {rank + 1}"

    def since(self, rank: int) -> str:
        """The same for what begins then."""
        return f"dès {self.first_year + rank}" if self.first_year else f"dès l'année {rank + 1}"

    def supported(self, application: str) -> bool:
        """Whether a product is supported until the end of the horizon."""
        last = next((a.last for a in self.applications if a.id == application), None)
        return last is None or last >= self.years - 1
