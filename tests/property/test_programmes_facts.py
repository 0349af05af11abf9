"""Facts: reading at a date, values as people write them, files, payments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.kernel.errors import Invalid
from archipel.programmes.facts.rules import importing
from archipel.programmes.facts.rules.payments import derived, fact_of, proves_absence
from archipel.programmes.facts.rules.reading import read, source_key
from archipel.programmes.facts.rules.typed import check, decimal_of, from_text, parse, shown, to_text
from archipel.programmes.facts.values import Fact, Maille, Payment, PaymentKind, State, Subject
from archipel.programmes.packs.public import Fait, Source, TypeFait

DAY = date(2026, 1, 1)
ONE = Subject(Maille.FINESS_PMSI, "210780581")
SOURCE = Source(ref="S4", paragraphe="x")
AC = Fait(id="ac", type=TypeFait.NOMBRE, maille=Maille.FINESS_PMSI, libelle="AC", source=SOURCE, min=0, min_exclu=True)
YES = Fait(id="oui", type=TypeFait.BOOLEEN, maille=Maille.FINESS_PMSI, libelle="Oui ?", source=SOURCE)
WHEN = Fait(id="jour", type=TypeFait.DATE, maille=Maille.FINESS_PMSI, libelle="Jour", source=SOURCE)
offsets = st.integers(0, 20)


def stated(source: str, since: int, length: int | None, value: int, number: int) -> Fact:
    until = None if length is None else DAY + timedelta(days=since + length)
    return Fact(ONE, "ac", Decimal(value), DAY + timedelta(days=since), source, until, number=number)


facts_told = st.lists(
    st.tuples(st.sampled_from(["DIM", "ARS", " dim "]), offsets, st.one_of(st.none(), offsets), st.integers(1, 3)),
    max_size=7,
).map(lambda rows: [stated(*row, number=rank) for rank, row in enumerate(rows)])


@settings(max_examples=200)
@given(facts_told, offsets)
def test_each_source_is_heard_by_its_last_word(told: list[Fact], offset: int) -> None:
    at = DAY + timedelta(days=offset)
    reading = read(told, at)
    values = set()
    for source in {source_key(f.source) for f in told}:
        past = [f for f in told if source_key(f.source) == source and f.effective_at <= at]
        last = max(past, key=lambda f: (f.effective_at, f.number), default=None)
        if last is not None and not last.expired(at):
            values.add(last.value)
    if len(values) == 1:
        assert reading.state is State.CONNU and {reading.value} == values
    elif values:
        assert reading.state is State.CONTREDIT and reading.value is None
        assert {f.value for f in reading.facts} == values
    else:
        assert not reading.known and reading.facts == ()
    assert read(reversed(told), at) == reading


def test_a_yes_is_not_the_number_one() -> None:
    one, yes = stated("DIM", 0, None, 1, 1), Fact(ONE, "ac", True, DAY, "ARS", number=2)
    assert read([one, yes], DAY).state is State.CONTREDIT


@settings(max_examples=200)
@given(st.decimals(min_value="0.01", max_value="999999999", places=2))
def test_a_number_is_read_as_it_is_kept_and_shown(value: Decimal) -> None:
    assert from_text(TypeFait.NOMBRE, to_text(value)) == value
    assert parse(AC, to_text(value)) == value
    assert parse(AC, shown(AC, value)) == value
    assert parse(AC, f"{value:,}".replace(",", "\u202f").replace(".", ",")) == value


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_a_date_is_read_as_it_is_kept_and_shown(day: date) -> None:
    assert parse(WHEN, to_text(day)) == day == parse(WHEN, shown(WHEN, day)) == from_text(TypeFait.DATE, to_text(day))


@given(st.text(max_size=12))
def test_any_text_is_a_value_or_a_sentence(text: str) -> None:
    for fact in (AC, YES, WHEN):
        try:
            value = parse(fact, text)
        except Invalid as error:
            assert error.message.endswith(".") and fact.libelle in error.message
        else:
            assert check(fact, value) == value


@pytest.mark.parametrize("text", ["1,5", "1.5", "1 500", "1\u202f500,25", "0", "-3"])
def test_numbers_as_people_write_them(text: str) -> None:
    assert decimal_of(text) is not None


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "12 34", "1e5", "NaN", "٣", "1 5000"])
def test_what_is_not_a_number(text: str) -> None:
    assert decimal_of(text) is None


@pytest.mark.parametrize(("value", "accepted"), [("0", False), ("0,01", True), ("-1", False)])
def test_an_excluded_bound_is_excluded(value: str, accepted: bool) -> None:
    if accepted:
        assert parse(AC, value) == Decimal("0.01")
    else:
        with pytest.raises(Invalid, match="plus de 0"):
            parse(AC, value)


cells = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=14)


@settings(max_examples=100)
@given(st.lists(st.lists(cells, max_size=9), max_size=6))
def test_no_file_breaks_the_reader(rows: list[list[str]]) -> None:
    titles = [column.name for column in importing.FACT_COLUMNS]
    numbered = [(1, titles), *((rank, row) for rank, row in enumerate(rows, 2))]
    kept, wrong = importing.read_facts(numbered, {"ac": AC}, lambda text, maille, at: Subject(maille, text))
    assert len(kept) + len({w.line for w in wrong}) == len(rows)
    assert all(w.message.startswith(f"Ligne {w.line} : ") for w in wrong)


payments = st.lists(
    st.tuples(
        st.sampled_from(list(PaymentKind)), offsets, st.sampled_from(["sun-es", "hopen2-phase1", "hopen-phase1"])
    ),
    max_size=8,
)


@settings(max_examples=100)
@given(payments, offsets)
def test_only_a_payment_of_use_already_received_establishes_a_fact(
    rows: list[tuple[PaymentKind, int, str]], offset: int
) -> None:
    at, known = DAY + timedelta(days=offset), ["versement-usage-sun-es", "versement-usage-hopen2-phase1", "autre"]
    told = [
        Payment(n, ONE, programme, kind, Decimal(1), DAY + timedelta(days=day), "ARS", recorded_at=datetime.now())
        for n, (kind, day, programme) in enumerate(rows)
    ]
    found = {(one.fact, one.effective_at) for one in derived(told, at, known)}
    expected = {
        (fact_of(programme), min(p.paid_on for p in mine))
        for programme in ("sun-es", "hopen2-phase1")
        if (mine := [p for p in told if p.programme == programme and p.kind is PaymentKind.USAGE and p.paid_on <= at])
    }
    assert found == expected
    assert all(one.value is True for one in derived(told, at, known))


def test_only_the_absence_of_payment_asks_for_a_proof() -> None:
    assert proves_absence("versement-usage-sun-es", False)
    assert not proves_absence("versement-usage-sun-es", True) and not proves_absence("autre", False)
