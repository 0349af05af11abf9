"""Who uses what for which function: holes, duplicates, overlaps, convergence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from archipel.domains.systems.rules.names import normal
from archipel.domains.systems.values.functions import Function, FunctionModel
from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import Kind

COVERING = (Kind.APPLICATION, Kind.PRODUIT, Kind.EDITEUR, Kind.CIBLE)
"""The kinds that the matrix is made of."""


class Reader:
    """Resolves names of products and vendors to the golden list, once for an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.golden = {kind: {one.key.code: one for one in inventory.of(kind)} for kind in (Kind.PRODUIT, Kind.EDITEUR)}
        self._by_name = {
            kind: {normal(one.name): code for code, one in found.items()} for kind, found in self.golden.items()
        }

    def code(self, kind: Kind, text: str) -> str:
        """The golden code that a written name means; "" when nobody said."""
        if not text:
            return ""
        norm = normal(text)
        found = self.inventory.aliases.get((kind, norm)) or self._by_name[kind].get(norm, "")
        seen = {found}
        while (other := self.inventory.aliases.get((kind, f"={found}"))) and other not in seen:  # merged since
            found = other
            seen.add(found)
        return found

    def label(self, kind: Kind, text: str) -> str:
        """The golden name, else the name as written."""
        found = self.golden[kind].get(self.code(kind, text))
        return found.name if found else text

    def product(self, application: Record) -> str:
        """The product of an application: golden name, else as written, else the application's own name."""
        return self.label(Kind.PRODUIT, application.text("produit")) or application.name

    def vendor(self, record: Record) -> str:
        """The vendor: said by the record, else by its product; "" when unknown."""
        written = record.text("editeur")
        if not written and record.key.kind is Kind.APPLICATION:
            product = self.golden[Kind.PRODUIT].get(self.code(Kind.PRODUIT, record.text("produit")))
            written = product.text("editeur") if product else ""
        return self.label(Kind.EDITEUR, written)

    def functions(self, application: Record) -> tuple[str, ...]:
        """The functions: said by the application, else by its product."""
        own = application.items("fonctions")
        product = self.golden[Kind.PRODUIT].get(self.code(Kind.PRODUIT, application.text("produit")))
        return own or (product.items("fonctions") if product else ())


@dataclass(frozen=True, slots=True)
class Use:
    """One application seen from a cell of the matrix."""

    code: str
    name: str
    product: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One function in one establishment."""

    establishment: str
    uses: tuple[Use, ...]
    hole: bool
    """Nothing, although the function is mandatory."""
    on_target: bool | None
    """Whether the target is used; None without target."""

    @property
    def products(self) -> tuple[str, ...]:
        """The distinct products."""
        return tuple(dict.fromkeys(use.product for use in self.uses))

    @property
    def duplicate(self) -> bool:
        """Two products or more for the same function in the same establishment."""
        return len(self.products) > 1


@dataclass(frozen=True, slots=True)
class Line:
    """One function across the establishments."""

    function: Function
    group: str
    cells: tuple[Cell, ...]
    target: str
    products: tuple[tuple[str, int], ...]
    """The products and how many establishments use each, the most used first."""

    @property
    def holes(self) -> int:
        """Establishments without anything for a mandatory function."""
        return sum(cell.hole for cell in self.cells)

    @property
    def duplicates(self) -> int:
        """Establishments with several products."""
        return sum(cell.duplicate for cell in self.cells)

    @property
    def covered(self) -> int:
        """Establishments with something."""
        return sum(bool(cell.uses) for cell in self.cells)

    @property
    def convergence(self) -> Decimal | None:
        """Share (%) of the equipped establishments on the target, else on the most used product; None: nobody."""
        if not self.covered:
            return None
        met = sum(bool(cell.on_target) for cell in self.cells) if self.target else self.products[0][1]
        return Decimal(100 * met) / self.covered


@dataclass(frozen=True, slots=True)
class Matrix:
    """The functions and the establishments."""

    establishments: tuple[str, ...]
    lines: tuple[Line, ...]
    unplaced: int
    """Applications that say no function."""


def matrix(inventory: Inventory, model: FunctionModel, establishments: Sequence[str]) -> Matrix:
    """The functional coverage of some establishments on the day of the inventory."""
    reader = Reader(inventory)
    uses: dict[tuple[str, str], list[Use]] = defaultdict(list)
    wanted, unplaced = set(establishments), 0
    for one in inventory.live():
        if one.key.establishment not in wanted:
            continue
        found = reader.functions(one)
        unplaced += not found
        use = Use(one.key.code, one.name, reader.product(one), bool(one.text("instance")))
        for name in found:
            uses[name, one.key.establishment].append(use)
    aims = targets(inventory, reader)
    lines = []
    for group in model.groups:
        for function in model.functions:
            if function.group == group.id:
                lines.append(_line(function, group.label, establishments, uses, aims.get(function.id, "")))
    return Matrix(tuple(establishments), tuple(lines), unplaced)


def targets(inventory: Inventory, reader: Reader) -> dict[str, str]:
    """Function → product that the group aims at."""
    return {one.text("fonction"): reader.label(Kind.PRODUIT, one.text("produit")) for one in inventory.of(Kind.CIBLE)}


def _line(
    function: Function, group: str, establishments: Sequence[str], uses: Mapping[tuple[str, str], list[Use]], aim: str
) -> Line:
    cells, counts = [], Counter[str]()
    for place in establishments:
        found = tuple(sorted(uses.get((function.id, place), ()), key=lambda use: use.name))
        products = {use.product for use in found}
        counts.update(products)
        cells.append(Cell(place, found, function.mandatory and not found, aim in products if aim else None))
    ordered = tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return Line(function, group, tuple(cells), aim, ordered)
