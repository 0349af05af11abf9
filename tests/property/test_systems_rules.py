"""Rules of the inventory, on anything: reading never raises, dates fold, cycles and shortest cascades are found."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.domains.systems.rules.cascade import cascade
from archipel.domains.systems.rules.cells import Wrong, read_cell
from archipel.domains.systems.rules.checks import check, cyclic
from archipel.domains.systems.rules.columns import kind_of, propose
from archipel.domains.systems.rules.coverage import matrix
from archipel.domains.systems.rules.exposure import concentration, footprint
from archipel.domains.systems.rules.fold import Said, fold
from archipel.domains.systems.rules.model import carbon, function_words, functions
from archipel.domains.systems.rules.money import months
from archipel.domains.systems.rules.names import normal, resembling, twins
from archipel.domains.systems.rules.planning import merged
from archipel.domains.systems.rules.reading import SheetReader
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import FIELDS, Kind

DAY = date(2026, 1, 1)
A, B = "210780581", "520780057"
SMALL = settings(max_examples=60, deadline=None)
texts = st.text(max_size=30)
names = st.sampled_from("abcdefgh")


def app(place: str, code: str, **content: object) -> Record:
    return Record(Key(Kind.APPLICATION, place, code), {"nom": code, **content})


@SMALL
@given(st.sampled_from([field for kind in Kind for field in FIELDS[kind]]), texts)
def test_any_cell_is_read_or_refused(field: object, text: str) -> None:
    found = read_cell(field, text, function_words())  # type: ignore[arg-type]
    if found is None or isinstance(found, Wrong):
        return
    again = read_cell(field, "; ".join(found) if isinstance(found, list) else str(found), function_words())  # type: ignore[arg-type]
    assert again is None or not isinstance(again, Wrong), (field, text, found)


@SMALL
@given(st.decimals(0, 10**9, places=2), st.sampled_from(["{}", "{} €", "{} EUR", "{}€ HT"]))
def test_an_amount_is_read_as_it_is_written(amount: Decimal, shape: str) -> None:
    field = next(one for one in FIELDS[Kind.CONTRAT] if one.name == "montant")
    french = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")
    found = read_cell(field, shape.format(french), {})
    assert isinstance(found, str) and Decimal(found) == amount


@SMALL
@given(st.lists(st.lists(texts, max_size=6), max_size=12), st.lists(texts, max_size=6))
def test_any_sheet_gives_lines_or_problems_and_loses_none(rows: list[list[str]], headings: list[str]) -> None:
    kind = kind_of("", headings)
    columns = propose(kind, headings, {})
    given_fields = [column.field for column in columns if column.field]
    assert len(given_fields) == len(set(given_fields)) and len(columns) == len(headings)
    numbered = list(enumerate(rows, 2))
    read = SheetReader(kind, "", columns, {"a": A}, A, function_words()).read(numbered)
    assert sorted([line.line for line in read.lines] + [p.line for p in read.problems]) == [n for n, _ in numbered]


@SMALL
@given(st.dictionaries(names, texts), st.dictionaries(names, st.none() | texts))
def test_an_empty_field_erases_and_an_absent_one_stays(old: dict[str, str], new: dict[str, str | None]) -> None:
    made = merged(old, new)
    for name in {*old, *new}:
        wanted = new.get(name, old.get(name)) if name in new else old.get(name)
        assert made.get(name) == (wanted or None)


@SMALL
@given(st.lists(st.tuples(names, st.integers(0, 5), st.integers(0, 9), st.booleans(), st.booleans()), max_size=25))
def test_what_holds_is_the_last_said_of_the_last_day(said: list[tuple[str, int, int, bool, bool]]) -> None:
    facts = [
        Said(Key(Kind.APPLICATION, A, code), DAY + timedelta(days=since), {"v": value}, withdrawn, void)
        for code, since, value, withdrawn, void in said
    ]
    for ahead in range(6):
        day = DAY + timedelta(days=ahead)
        held = {one.key.code: one.content["v"] for one in fold(facts, day)}
        for code in {one.key.code for one in facts}:
            expected = None
            for since in range(ahead, -1, -1):  # the naive reading, day by day backwards
                same = [f for f in facts if f.key.code == code and f.since == DAY + timedelta(days=since)]
                if same and not same[-1].void:
                    expected = None if same[-1].withdrawn else same[-1].content["v"]
                    break
            assert held.get(code) == expected


@SMALL
@given(st.dictionaries(names, st.lists(names, max_size=4)))
def test_every_node_of_a_cycle_is_found_and_no_other(graph: dict[str, list[str]]) -> None:
    edges = {(A, node): [(A, other) for other in others] for node, others in graph.items()}

    def reaches(start: str, goal: str) -> bool:
        seen, todo = set(), list(graph.get(start, ()))
        while todo:
            node = todo.pop()
            if node == goal:
                return True
            if node not in seen:
                seen.add(node)
                todo += graph.get(node, ())
        return False

    assert {code for _, code in cyclic(edges)} == {node for node in graph if reaches(node, node)}


@SMALL
@given(
    st.dictionaries(names, st.integers(0, 9) | st.none(), min_size=1),
    st.lists(st.tuples(names, names), max_size=14),
    names,
)
def test_a_cascade_takes_the_shortest_time(
    holds: dict[str, int | None], pairs: list[tuple[str, str]], start: str
) -> None:
    needs: dict[str, list[str]] = {}
    for one, other in pairs:
        if one in holds and other in holds and one != other:
            needs.setdefault(one, []).append(other)
    records = tuple(
        app(A, code, depend_de=needs.get(code, []), **({} if hours is None else {"tolerance_h": str(hours)}))
        for code, hours in holds.items()
    )
    found = {fall.record.key.code: fall.hours for fall in cascade(Inventory(DAY, records), [(A, start)])}
    best = {start: 0} if start in holds else {}
    for _ in holds:  # Bellman-Ford
        for one, others in needs.items():
            for other in others:
                if other in best:
                    best[one] = min(best.get(one, 10**9), best[other] + (holds[one] or 0))
    assert found == {code: Decimal(hours) for code, hours in best.items()}


@SMALL
@given(
    st.lists(st.sampled_from(["Boréal", "BOREAL SAS", "boreal s.a.s.", "Ponant", "Société Ponant", "X"]), max_size=8)
)
def test_two_writings_of_a_name_are_one(written: list[str]) -> None:
    golden = {"B": "Boréal", "P": "Ponant"}
    found = resembling(written, golden, {})
    for text in written:
        wanted = "B" if "bor" in normal(text) else "P" if "ponant" in normal(text) else ""
        assert found[text].code == wanted and found[text].sure == bool(wanted)
    assert twins({"1": "Orion Soins", "2": "ORION SOINS (SA)", "3": "Cadran"})[0][:2] == ("1", "2")


@SMALL
@given(st.lists(st.tuples(st.sampled_from([A, B]), names, st.sampled_from(["dpi", "gap", "paie"])), max_size=20))
def test_the_matrix_counts_what_is_there(uses: list[tuple[str, str, str]]) -> None:
    records = {(place, code): app(place, code, fonctions=[function], produit=code) for place, code, function in uses}
    made = matrix(Inventory(DAY, tuple(records.values())), functions(), [A, B])
    assert sum(len(cell.uses) for line in made.lines for cell in line.cells) == len(records)
    for line in made.lines:
        assert line.holes == (sum(not cell.uses for cell in line.cells) if line.function.mandatory else 0)
        assert line.convergence is None or 0 < line.convergence <= 100


@SMALL
@given(st.lists(st.tuples(names, st.integers(1, 10**6)), min_size=1, max_size=12))
def test_concentration_is_between_even_and_whole(rows: list[tuple[str, int]]) -> None:
    records = tuple(app(A, str(n), editeur=vendor, cout_licence=str(cost)) for n, (vendor, cost) in enumerate(rows))
    found = concentration(Inventory(DAY, records))
    count = len({vendor for vendor, _ in rows})
    assert found.index is not None
    assert Decimal(10_000) / count - 1 <= found.index <= Decimal(10_000) + 1
    assert abs(sum(share.percent for share in found.shares) - 100) < Decimal("0.001")


@SMALL
@given(st.sampled_from(sorted(carbon().factors)), st.integers(1, 500))
def test_the_footprint_grows_with_the_count(kind: str, count: int) -> None:
    def of(number: int) -> Decimal:
        record = Record(Key(Kind.EQUIPEMENT, A, "X"), {"nom": "x", "type": kind, "quantite": str(number)})
        made, without = footprint(Inventory(DAY, (record,)), carbon())
        assert not without
        return made[0].total

    assert abs(of(count) - count * of(1)) < Decimal("0.001")


@SMALL
@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(-60, 60))
def test_months_keep_the_day_or_the_last_of_the_month(day: date, count: int) -> None:
    made = months(day, count)
    assert (made.year - day.year) * 12 + made.month - day.month == count
    assert made.day == day.day or (made.day < day.day and (made + timedelta(days=1)).day == 1)


def test_a_rack_server_of_the_public_factors() -> None:
    record = Record(Key(Kind.EQUIPEMENT, A, "S"), {"nom": "s", "type": "serveur", "quantite": "1"})
    (made,), _ = footprint(Inventory(DAY, (record,)), carbon())
    assert round(made.making, 2) == Decimal("167.90")  # (738 + 86.2 + 15.3) / 5 years
    assert round(made.electricity, 2) == Decimal("227.51")  # 1598.627 kWh × 1.75 × 0.0813225


def test_the_reference_model_is_sound() -> None:
    model = functions()
    assert len(model.functions) >= 40 and len({one.id for one in model.functions}) == len(model.functions)
    known = {group.id for group in model.groups}
    assert all(set(group.after) <= known for group in model.groups)
    assert cyclic({("", g.id): [("", a) for a in g.after] for g in model.groups}) == set()
    assert all(one.why for one in model.functions if one.mandatory)
    stand, problems = check([], [])
    assert not stand and not problems
