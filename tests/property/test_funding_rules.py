"""Ceilings, instalments, grants, the ledger and the cash plan, by their properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.kernel.errors import Invalid
from archipel.programmes.funding.rules.caps import band_of, ceiling, checked_bands, gain
from archipel.programmes.funding.rules.instalments import checked_grant, checked_shares, payments, split
from archipel.programmes.funding.rules.ledger import cash, merged, position, standing
from archipel.programmes.funding.values import Band, Criterion, Fact, Instalment, Kind, Party

D = Decimal
BANDS = checked_bands(
    [
        Band("A", 35_000, D(0), D(7_000)),
        Band("B", 51_000, D(7_000), D(60_000)),
        Band("C", 85_000, D(60_000), D(230_000)),
        Band("D", 205_000, D(230_000), None),
    ]
)
HALVES = checked_shares(
    [Instalment("t1", D("0.5"), 2026, "acceptation"), Instalment("t2", D("0.5"), 2027, "objectifs")]
)
CRITERIA = [Criterion(name, name) for name in ("ambition", "depenses", "maturite", "cofinancements", "impact")]
activities = st.decimals(0, 400_000, places=2)


def parties(*values: object) -> list[Party]:
    return [Party(f"{n:09d}", activity=None if v is None else D(str(v))) for n, v in enumerate(values, 1)]


# --- ceilings


@pytest.mark.parametrize(
    ("activity", "category", "amount"),
    [
        ("0", "A", 35_000), ("6999.99", "A", 35_000), ("7000", "B", 51_000), ("59999.99", "B", 51_000),
        ("60000", "C", 85_000), ("229999.99", "C", 85_000), ("230000", "D", 205_000), ("9999999", "D", 205_000),
    ],
)  # fmt: skip
def test_the_ceiling_on_both_sides_of_each_threshold(activity: str, category: str, amount: int) -> None:
    found = ceiling(BANDS, parties(activity))
    assert found.band is not None
    assert (found.band.category, found.amount) == (category, amount)


@given(st.lists(activities, min_size=1, max_size=6))
def test_the_ceiling_is_that_of_the_sum_and_never_falls(values: list[Decimal]) -> None:
    whole = ceiling(BANDS, parties(*values))
    assert whole.activity == sum(values) and whole.band == band_of(BANDS, sum(values, D(0)))
    for rank in range(len(values)):
        fewer = values[:rank] + values[rank + 1 :]
        if fewer:
            less = ceiling(BANDS, parties(*fewer)).amount
            assert less is not None and whole.amount is not None and less <= whole.amount
    if whole.to_next is not None:
        assert whole.next_band is not None
        assert ceiling(BANDS, parties(*values, whole.to_next)).band == whole.next_band
        assert ceiling(BANDS, parties(*values, max(whole.to_next - D("0.01"), D(0)))).band == whole.band


@given(st.lists(st.one_of(st.none(), activities), min_size=1, max_size=6), st.data())
def test_an_unknown_activity_is_said_unless_it_could_change_nothing(
    values: list[Decimal | None], data: st.DataObject
) -> None:
    found = ceiling(BANDS, parties(*values))
    guess = [data.draw(activities) if value is None else value for value in values]
    real = ceiling(BANDS, parties(*guess))
    assert found.missing == tuple(f"{n:09d}" for n, v in enumerate(values, 1) if v is None)
    if found.known:
        assert found.band == real.band
    else:
        assert found.missing and found.amount is None and found.activity is None
        assert found.low and found.high and real.amount is not None
        assert found.low.amount <= real.amount <= found.high.amount


def test_what_is_known_may_be_enough() -> None:
    assert ceiling(BANDS, parties(230_000, None)).amount == 205_000
    assert ceiling(BANDS, parties(229_999, None)).amount is None


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [Band("A", 1, D(1), None)],
        [Band("A", 1, D(0), D(10)), Band("B", 2, D(11), None)],
        [Band("A", 1, D(0), D(10)), Band("B", 2, D(9), None)],
        [Band("A", 1, D(0), D(10))],
    ],
)
def test_a_table_with_a_hole_is_refused(bands: list[Band]) -> None:
    with pytest.raises(Invalid):
        checked_bands(bands)


def test_a_perimeter_is_a_set() -> None:
    with pytest.raises(Invalid, match="vide"):
        ceiling(BANDS, [])
    with pytest.raises(Invalid, match="deux fois 000000001"):
        ceiling(BANDS, [*parties(1), *parties(2)])
    with pytest.raises(Invalid, match="positif"):
        ceiling(BANDS, parties(-1))


# --- which groupings gain (what the table implies)

A, B, C = (0, 6_999), (7_000, 59_999), (60_000, 229_999)


one_of_each = st.tuples(st.integers(*A), st.integers(*B), st.integers(*C))


@given(one_of_each, one_of_each, st.sampled_from([(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)]))
def test_two_gain_only_by_reaching_the_last_band(
    first: tuple[int, ...], second: tuple[int, ...], pair: tuple[int, int]
) -> None:
    """C with C +35 000, B with C +69 000, A with C +85 000 when the sum reaches 230 000; otherwise nobody gains."""
    one, other = first[pair[0]], second[pair[1]]
    brought = gain(BANDS, parties(one, other))
    assert brought is not None
    if one + other >= 230_000:
        assert brought == {(2, 2): 35_000, (1, 2): 69_000, (0, 2): 85_000}[pair]
    else:
        assert brought < 0


@given(st.lists(st.integers(*C), min_size=3, max_size=3))
def test_three_of_category_c_lose(values: list[int]) -> None:
    together = gain(BANDS, parties(*values))
    assert together is not None and together <= 205_000 - 255_000


# --- instalments and grants


@given(st.decimals(0, 205_000, places=2), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_instalments_lose_no_cent(amount: Decimal, weights: list[int]) -> None:
    shares = [D(w) / 100 for w in weights[:-1]]
    plan = [Instalment(str(n), share, 2026 + n, "") for n, share in enumerate([*shares, 1 - sum(shares, D(0))])]
    parts = split(amount, checked_shares(plan))
    assert sum(parts) == amount
    assert all(part == part.quantize(D("0.01")) and part >= 0 for part in parts)


def test_the_odd_cent_goes_to_the_last_instalment() -> None:
    assert split(D("35000.01"), HALVES) == (D("17500.01"), D("17500.00"))


def test_shares_that_do_not_make_one_are_refused() -> None:
    with pytest.raises(Invalid, match="1 est attendu"):
        checked_shares([Instalment("t1", D("0.5"), 2026, ""), Instalment("t2", D("0.4"), 2027, "")])


def test_a_grant_is_recorded_with_its_reasons_and_never_above_the_ceiling() -> None:
    cap = ceiling(BANDS, parties(60_000))
    assert checked_grant(D(85_000), cap, {}, CRITERIA) == {}
    assert checked_grant(D(80_000), cap, {"ambition": " réduite ", "impact": ""}, CRITERIA) == {"ambition": "réduite"}
    for amount, reasons, code in [
        (D("85000.01"), {}, "plafond"), (D(-1), {}, "montant"), (D("1.001"), {}, "montant"),
        (D(80_000), {}, "motif"), (D(80_000), {"humeur": "x"}, "critere"),
    ]:  # fmt: skip
        with pytest.raises(Invalid) as refused:
            checked_grant(amount, cap, reasons, CRITERIA)
        assert refused.value.error_code == code


# --- the ledger

START = datetime(2026, 6, 1, tzinfo=UTC)
CAP = ceiling(BANDS, parties(60_000))


def fact(number: int, kind: Kind, amount: object = None, *, day: int = 0, **more: object) -> Fact:
    return Fact(number, kind, date(2026, 6, 1) + timedelta(days=day), START + timedelta(minutes=number),
                None if amount is None else D(str(amount)), **more)  # type: ignore[arg-type]  # fmt: skip


@st.composite
def ledgers(draw: st.DrawFn) -> list[Fact]:
    lines: list[Fact] = []
    for number in range(1, draw(st.integers(0, 14)) + 1):
        kind = draw(st.sampled_from(list(Kind)))
        day = draw(st.integers(0, 40))
        if kind is Kind.ANNULATION and not lines:
            continue
        undoes = draw(st.sampled_from(lines)).id if kind is Kind.ANNULATION else None
        amount = None if kind in (Kind.ANNULATION, Kind.CONDITION, Kind.REFUS) else draw(st.integers(0, 85_000))
        where, year = draw(st.sampled_from("xy")), draw(st.sampled_from([2026, 2027]))
        part = draw(st.sampled_from(["t1", "t2"]))
        lines.append(
            fact(number, kind, amount, day=day, undoes=undoes, establishment=where, year=year, instalment=part)
        )
    return lines


@settings(max_examples=60)
@given(ledgers(), st.randoms())
def test_the_position_does_not_depend_on_the_order_of_arrival(lines: list[Fact], chance: object) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    here, there = position(lines, CAP, HALVES), position(shuffled, CAP, HALVES)
    assert here == there
    assert cash(lines, here, bearer="x", years=[2026, 2027]) == cash(shuffled, there, bearer="x", years=[2026, 2027])


@settings(max_examples=60)
@given(ledgers())
def test_cash_adds_up(lines: list[Fact]) -> None:
    """Whatever the ledger: money in the plan is money of the position, and the last balance is the sum of all lines."""
    held = position(lines, CAP, HALVES)
    plan = cash(lines, held, bearer="x", years=[2026, 2027])
    assert sum(line.received for line in plan) == held.received
    assert sum(line.spent for line in plan) == held.spent
    assert sum(line.planned for line in plan) == held.planned
    left = sum((max(p.amount - p.received, D(0)) for p in held.schedule), D(0))
    assert sum(line.secured + line.expected for line in plan) == left
    for entity in {line.establishment for line in plan}:
        own = [line for line in plan if line.establishment == entity]
        total = sum(li.received + li.secured + li.expected + li.cofunded - li.outgoing for li in own)
        assert own[-1].balance == total
    assert merged([plan]) == plan
    twice = merged([plan, plan])
    assert [line.balance for line in twice] == [2 * line.balance for line in plan]


@settings(max_examples=60)
@given(ledgers(), st.integers(0, 40))
def test_taking_a_line_back_is_as_if_it_had_never_been(lines: list[Fact], rank: int) -> None:
    real = [one for one in lines if one.kind is not Kind.ANNULATION]
    if not real:
        return
    chosen = real[rank % len(real)]
    undo = fact(99, Kind.ANNULATION, day=40, undoes=chosen.id)
    without = [one for one in lines if one.id != chosen.id and one.undoes != chosen.id]
    assert standing([*lines, undo]) == standing(without)


def test_a_life() -> None:
    lines = [fact(1, Kind.DEPENSE_PREVUE, 60_000, establishment="x", year=2026)]
    held = position(lines, CAP, HALVES)
    assert (held.expected, held.granted, held.secured) == (D(85_000), None, 0), (
        "the ceiling is not a right: only expected"
    )
    lines.append(fact(2, Kind.OCTROI, 80_000, day=1, reasons={"impact": "moindre"}))
    held = position(lines, CAP, HALVES)
    assert (held.expected, held.secured, held.reasons) == (D(80_000), 0, {"impact": "moindre"})
    lines.append(fact(3, Kind.CONDITION, day=2, instalment="t1"))
    assert position(lines, CAP, HALVES).secured == 40_000
    lines.append(fact(4, Kind.ENCAISSEMENT, 40_000, day=9, establishment="x", year=2026, instalment="t1"))
    lines.append(fact(5, Kind.DEPENSE, 61_000, day=9, establishment="x", year=2026))
    held = position(lines, CAP, HALVES)
    first, second = cash(lines, held, bearer="x", years=[2026, 2027])
    assert (first.received, first.outgoing, first.balance, first.certain) == (40_000, 61_000, -21_000, -21_000)
    assert (second.expected, second.balance, second.certain) == (40_000, 19_000, -21_000)
    assert position(lines, CAP, HALVES, at=date(2026, 6, 1)).granted is None
    lines.append(fact(6, Kind.REFUS, day=20))
    assert position(lines, CAP, HALVES).expected == 0
    assert [p.amount for p in payments(D(80_000), HALVES, met={"t1"}) if p.secured] == [D(40_000)]
