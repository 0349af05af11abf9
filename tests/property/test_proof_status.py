"""Where a requirement stands: from its binding, its ledger and its measure alone, whatever the order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.kernel.indicators import Indicator, Measure
from archipel.programmes.proof.rules.ledger import binding_at, lapses_on, read_binding, standing, write_binding
from archipel.programmes.proof.rules.status import assess, shown
from archipel.programmes.proof.values import (
    Binding,
    Comparison,
    Condition,
    Entry,
    EntryKind,
    Finding,
    Nature,
    Origin,
    Status,
)

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = date(2026, 11, 27)
MEASURED = Binding(Nature.METRIQUE, metric="m", conditions=(Condition(Comparison.GE, Decimal(90)),))
DOCUMENT, DECISION, SAID = Binding(Nature.PIECE), Binding(Nature.DECISION), Binding(Nature.DECLARATIF)


def entry(rank: int, kind: EntryKind, day: date = DAY, **more) -> Entry:
    more.setdefault("recorded_at", AT - timedelta(days=30) + timedelta(minutes=rank))
    return Entry(rank, kind, day, actor="camille", title=f"titre {rank}", **more)


def paper(rank: int, day: date = DAY, until: date | None = None, name: str = "") -> Entry:
    return entry(rank, EntryKind.PIECE, day, expires_on=until, details={"attendue": name})


def told(rank: int, answer: str, day: date = DAY) -> Entry:
    return entry(rank, EntryKind.DECLARATION, day, details={"reponse": answer})


def vote(rank: int, opinion: str, day: date = DAY, body: str = "CME") -> Entry:
    return entry(rank, EntryKind.DECISION, day, details={"instance": body, "avis": opinion})


def reading(value: float | None, age_days: float = 0, unit: str = "%") -> Indicator:
    worth = None if value is None else Decimal(str(value))
    return Indicator(AT, AT, (Measure("part", "Part propre", worth, unit),), AT - timedelta(days=age_days), 1, "", "")


def of(binding: Binding, *entries: Entry, measured: Indicator | None = None, at: datetime = AT) -> Finding:
    return assess(binding, entries, measured, at, stale_days=2)


def status(binding: Binding, *entries: Entry, **more) -> Status:
    return of(binding, *entries, **more).status


# --- measures


def test_a_fresh_measure_that_reaches_its_target_proves() -> None:
    found = of(MEASURED, measured=reading(90, 1))
    assert found.status is Status.PROUVE
    assert found.reasons == ("Part propre : 90\u00a0%, ≥ 90\u00a0% demandé.",)
    assert found.until == AT + timedelta(days=1)


def test_short_of_the_target_is_under_way_and_contradicts_who_said_it_was_reached() -> None:
    assert status(MEASURED, measured=reading(89.9)) is Status.EN_COURS
    assert status(MEASURED, told(1, "oui"), measured=reading(89.9)) is Status.CONTREDIT
    assert status(MEASURED, told(1, "oui"), told(2, "non"), measured=reading(89.9)) is Status.EN_COURS
    assert status(MEASURED, told(1, "oui", DAY + timedelta(days=1)), measured=reading(10)) is Status.EN_COURS


def test_an_old_measure_no_longer_proves() -> None:
    assert status(MEASURED, measured=reading(100, 2)) is Status.PROUVE
    assert status(MEASURED, measured=reading(100, 2.1)) is Status.PERIME
    strict = Binding(Nature.METRIQUE, metric="m", conditions=MEASURED.conditions, freshness_days=1)
    assert status(strict, measured=reading(100, 1.5)) is Status.PERIME


def test_without_a_measure_a_declaration_stays_a_declaration() -> None:
    assert status(MEASURED) is Status.MANQUANT
    assert status(MEASURED, told(1, "oui"), measured=reading(None)) is Status.DECLARE
    assert "sans preuve" in of(MEASURED, told(1, "oui")).reasons[0]


def test_a_measure_that_rests_on_no_fact_says_nothing() -> None:
    empty = Indicator(AT, AT, (Measure("part", "Part", Decimal(0), "%"),), None, 0, "", "")
    assert status(MEASURED, measured=empty) is Status.MANQUANT
    assert status(MEASURED, told(1, "oui"), measured=empty) is Status.DECLARE


def test_without_a_target_nothing_is_reached() -> None:
    found = of(Binding(Nature.METRIQUE, metric="m"), measured=reading(100))
    assert found.status is Status.EN_COURS and "cible" in found.reasons[0]


@given(st.integers(-100, 200), st.integers(0, 100), st.sampled_from(list(Comparison)))
@settings(max_examples=100)
def test_bounds_are_as_written(value: int, bound: int, test: Comparison) -> None:
    binding = Binding(Nature.METRIQUE, metric="m", conditions=(Condition(test, Decimal(bound)),))
    expected = {
        "ge": value >= bound,
        "gt": value > bound,
        "le": value <= bound,
        "lt": value < bound,
        "vaut": value == bound,
    }
    assert (status(binding, measured=reading(value)) is Status.PROUVE) is expected[test.value]


def test_values_are_written_in_french() -> None:
    assert shown(Decimal("87.50"), "%") == "87,5\u00a0%"
    assert shown(Decimal("-3.0"), "h") == "\u22123\u00a0h"
    assert shown(Decimal("100"), "") == "100"


# --- documents


def test_a_document_proves_from_its_date_until_it_lapses() -> None:
    lapsing = paper(1, DAY, DAY + timedelta(days=10))
    assert of(DOCUMENT, lapsing).until == datetime(2026, 12, 6, 23, tzinfo=UTC)
    for days, expected in ((-1, Status.EN_COURS), (0, Status.PROUVE), (9, Status.PROUVE), (10, Status.PERIME)):
        assert status(DOCUMENT, lapsing, at=AT + timedelta(days=days)) is expected, days
    assert status(DOCUMENT) is Status.MANQUANT
    assert status(DOCUMENT, told(1, "oui")) is Status.DECLARE


def test_an_age_given_by_the_requirement_lapses_it_too() -> None:
    yearly = Binding(Nature.PIECE, freshness_days=365)
    assert lapses_on(paper(1, date(2025, 11, 27)), 365) == date(2026, 11, 28)
    assert status(yearly, paper(1, date(2025, 11, 27))) is Status.PROUVE
    assert status(yearly, paper(1, date(2025, 11, 26))) is Status.PERIME


def test_each_document_expected_is_asked_for() -> None:
    both = Binding(Nature.PIECE, pieces=("PCRA", "PV de test"))
    assert status(both, paper(1, name="PCRA")) is Status.EN_COURS
    assert "« PV de test »" in of(both, paper(1, name="PCRA")).reasons[0]
    assert status(both, paper(1, name="PCRA"), paper(2, name="PV de test")) is Status.PROUVE
    assert status(both, paper(1)) is Status.EN_COURS
    old = paper(1, DAY - timedelta(days=9), DAY - timedelta(days=2), "PCRA")
    assert status(both, old, paper(2, name="PV de test")) is Status.PERIME
    assert status(both, old, paper(2, name="PV de test"), paper(3, name="PCRA")) is Status.PROUVE


def test_a_later_denial_contradicts_a_document() -> None:
    old = DAY - timedelta(days=5)
    assert status(DOCUMENT, paper(1, old), told(2, "non")) is Status.CONTREDIT
    assert status(DOCUMENT, paper(1, DAY), told(2, "non", old)) is Status.PROUVE


# --- decisions


def test_the_last_opinion_of_an_instance_counts() -> None:
    assert status(DECISION, vote(1, "favorable")) is Status.PROUVE
    assert status(DECISION, vote(1, "acte")) is Status.PROUVE
    assert status(DECISION, vote(1, "reserve")) is Status.EN_COURS
    assert status(DECISION, vote(1, "defavorable")) is Status.MANQUANT
    old = DAY - timedelta(days=9)
    assert status(DECISION, vote(1, "defavorable", old), vote(2, "favorable")) is Status.PROUVE
    assert status(DECISION, vote(1, "favorable"), at=AT - timedelta(days=2)) is Status.EN_COURS
    assert status(Binding(Nature.DECISION, instance="CTE"), vote(1, "favorable")) is Status.MANQUANT
    assert status(Binding(Nature.DECISION, freshness_days=3), vote(1, "favorable", old)) is Status.PERIME


def test_two_instances_that_disagree_are_shown_not_averaged() -> None:
    found = of(DECISION, vote(1, "defavorable", DAY - timedelta(days=1), "CTE"), vote(2, "favorable"))
    assert found.status is Status.CONTREDIT
    assert any("CTE" in reason for reason in found.reasons)
    assert status(DECISION, told(1, "oui"), vote(2, "defavorable")) is Status.CONTREDIT


def test_votes_are_told() -> None:
    voted = entry(1, EntryKind.DECISION, details={"instance": "CME", "avis": "favorable", "pour": "12", "contre": "3"})
    assert "(12 pour, 3 contre, 0 abstention(s))" in of(DECISION, voted).reasons[0]


def test_a_declaration_never_proves() -> None:
    answers = {"oui": Status.DECLARE, "en_cours": Status.EN_COURS, "non": Status.MANQUANT}
    assert {a: status(SAID, told(1, a)) for a in answers} == answers
    assert status(SAID) is Status.MANQUANT


# --- the ledger


def taking(rank: int, of_entry: int) -> Entry:
    return entry(rank, EntryKind.RETRAIT, undoes=of_entry)


def test_what_is_taken_back_no_longer_counts_and_can_be_put_back() -> None:
    kept = [paper(1), taking(2, 1)]
    assert standing(kept, AT) == ()
    assert standing([*kept, taking(3, 2)], AT) == (kept[0],)
    assert standing([taking(1, 2), paper(2)], AT) == (paper(2),)


def test_what_was_known_then_does_not_know_what_came_later() -> None:
    late = entry(2, EntryKind.RETRAIT, undoes=1, recorded_at=AT)
    assert standing([paper(1), late], AT - timedelta(seconds=1)) == (paper(1),)


ENTRIES = st.lists(
    st.one_of(
        st.builds(paper, st.integers(1, 30), st.dates(DAY - timedelta(days=400), DAY + timedelta(days=40)),
                  st.none() | st.dates(DAY - timedelta(days=40), DAY + timedelta(days=40))),
        st.builds(told, st.integers(31, 60), st.sampled_from(["oui", "non", "en_cours"])),
        st.builds(vote, st.integers(61, 90), st.sampled_from(["favorable", "defavorable", "reserve", "acte"]),
                  body=st.sampled_from(["CME", "CTE"])),
        st.builds(taking, st.integers(91, 120), st.integers(1, 120)),
    ),
    max_size=10,
    unique_by=lambda e: e.entry_id,
)  # fmt: skip


@given(ENTRIES, st.randoms(), st.sampled_from([MEASURED, DOCUMENT, DECISION, SAID]))
@settings(max_examples=150)
def test_the_order_of_the_ledger_never_matters(entries: list[Entry], rng, binding: Binding) -> None:
    shuffled = list(entries)
    rng.shuffle(shuffled)
    one, other = standing(entries, AT), standing(shuffled, AT)
    assert one == other
    assert of(binding, *one) == of(binding, *reversed(other))


@given(ENTRIES, st.sampled_from([MEASURED, DOCUMENT, DECISION, SAID]))
@settings(max_examples=150)
def test_nothing_is_proved_by_declarations_alone(entries: list[Entry], binding: Binding) -> None:
    only = [one for one in standing(entries, AT) if one.kind is EntryKind.DECLARATION]
    found = of(binding, *only)
    assert found.status is not Status.PROUVE
    assert found.reasons and found.reasons[0].endswith(".")


@given(ENTRIES, st.integers(0, 60))
@settings(max_examples=150)
def test_a_document_changes_status_by_itself_at_the_moment_told_and_not_before(entries: list[Entry], days: int) -> None:
    kept = standing(entries, AT)
    found = of(DOCUMENT, *kept)
    later = AT + timedelta(days=days)
    changed = of(DOCUMENT, *kept, at=later).status is not found.status
    if changed and found.status is Status.PROUVE:
        waiting = any(AT.date() < one.effective_on <= later.date() for one in kept)
        assert waiting or (found.until is not None and found.until <= later)


# --- bindings


def test_the_local_binding_in_force_a_day_is_the_last_that_took_effect() -> None:
    target = Binding(
        Nature.METRIQUE, metric="m", measure="p90", conditions=(Condition(Comparison.LE, Decimal("240.5")),)
    )
    first = entry(1, EntryKind.LIAISON, date(2026, 6, 1), details=write_binding(target))
    second = entry(2, EntryKind.LIAISON, date(2026, 12, 1), details=write_binding(DOCUMENT))
    entries = [first, second]
    assert binding_at(MEASURED, entries, date(2026, 5, 31)) is MEASURED
    june = binding_at(MEASURED, entries, DAY)
    assert (june.measure, june.conditions, june.origin) == ("p90", target.conditions, Origin.LOCAL)
    assert june.reason == "titre 1" and june.since == date(2026, 6, 1)
    assert binding_at(MEASURED, entries, date(2026, 12, 1)).nature is Nature.PIECE


@given(
    st.builds(
        Binding,
        nature=st.sampled_from(list(Nature)), metric=st.from_regex(r"[a-z-]{0,8}", fullmatch=True),
        measure=st.from_regex(r"[a-z-]{0,8}", fullmatch=True),
        conditions=st.lists(st.builds(Condition, st.sampled_from(list(Comparison)), st.decimals(0, 999, places=2)),
                            max_size=2).map(tuple),
        freshness_days=st.none() | st.integers(0, 999),
        pieces=st.lists(st.from_regex(r"[a-zé ;:]{1,9}", fullmatch=True), max_size=2).map(tuple),
        instance=st.from_regex(r"[A-Z]{0,4}", fullmatch=True),
    )
)  # fmt: skip
@settings(max_examples=100)
def test_a_binding_comes_back_from_the_ledger(binding: Binding) -> None:
    written = entry(1, EntryKind.LIAISON, details=write_binding(binding))
    found = read_binding(written, MEASURED)
    assert (found.nature, found.metric, found.measure, found.conditions) == (
        binding.nature, binding.metric, binding.measure, binding.conditions,
    )  # fmt: skip
    assert (found.freshness_days, found.pieces, found.instance) == (
        binding.freshness_days, binding.pieces, binding.instance,
    )  # fmt: skip


def test_a_binding_that_cannot_be_read_leaves_that_of_the_pack() -> None:
    for details in (
        {},
        {"nature": "autre"},
        {"nature": "piece", "fraicheur": "x"},
        {"nature": "piece", "conditions": "?:1"},
    ):
        assert read_binding(entry(1, EntryKind.LIAISON, details=details), MEASURED) is MEASURED
