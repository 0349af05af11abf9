"""What the inventory said on a day, as a scenario freezes it: plain values, no person's name."""

from __future__ import annotations

from dataclasses import dataclass

NO_DATE = ""


@dataclass(frozen=True, slots=True)
class Member:
    """An establishment of the scenario: FINESS EJ and short name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class FunctionFact:
    """A function of the reference model; ``why`` it is mandatory, when it is."""

    id: str
    label: str
    group: str
    mandatory: bool
    why: str


@dataclass(frozen=True, slots=True)
class GroupFact:
    """A family of functions and those that must converge first."""

    id: str
    label: str
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """An application in service in an establishment. Amounts in euros a year, carbon in kg CO2e a year; None: unknown.

    Attributes:
        product: golden name of its product, else its own name.
        golden: whether that product is on the golden list.
        phasing_out: it is being given up.
        ends: ISO date of its planned end; empty: none is said.
        contract_end: ISO date of the end of the last contract that names it; empty: none is said.
    """

    establishment: str
    code: str
    name: str
    product: str
    vendor: str
    golden: bool
    functions: tuple[str, ...]
    users: int | None
    licence: int | None
    run: int | None
    hosting: str
    sovereignty: int | None
    phasing_out: bool
    ends: str
    contract_end: str
    carbon: int | None

    @property
    def cost(self) -> int:
        """What is known of its cost."""
        return (self.licence or 0) + (self.run or 0)


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the golden list."""

    name: str
    vendor: str
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Two functions between which interfaces are described, and how many."""

    a: str
    b: str
    count: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The frozen inputs.

    Attributes:
        day: ISO date on which the inventory was read.
        known_at: ISO moment: what had been recorded by then.
        ledger: number of the last statement of the ledger that was read.
        model: version of the functional reference model.
        targets: function → product that the group aims at.
        endings: technology → ISO date of its end of support, with the applications that rest on it.
    """

    day: str
    known_at: str
    ledger: int
    model: str
    members: tuple[Member, ...]
    functions: tuple[FunctionFact, ...]
    groups: tuple[GroupFact, ...]
    uses: tuple[Use, ...]
    products: tuple[Product, ...]
    exchanges: tuple[Exchange, ...]
    targets: tuple[tuple[str, str], ...]
    endings: tuple[tuple[str, str, int], ...]
