"""The patient's page: only forward, no rank, no promise, nothing that identifies, whatever happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archipel.passages.pathway.rules.limits import Buckets
from archipel.passages.pathway.rules.stages import OF_STEP, view
from archipel.passages.pathway.values import Circumstances, Mark, Progress, Stage
from archipel.passages.pathway.values.words import WORDS, choose

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
moments = st.integers(-600, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
steps = st.lists(st.tuples(st.sampled_from([*OF_STEP, "sortie", "autre"]), moments), max_size=8)
marks = st.lists(st.tuples(st.sampled_from(list(Mark)), moments), max_size=4)


@given(steps, marks, st.none() | moments, st.booleans())
def test_the_page_only_goes_forward(
    told: list[tuple[str, datetime]], clicked: list[tuple[Mark, datetime]], left: datetime | None, ward: bool
) -> None:
    shown = view(told, clicked, left_at=left, to_ward=ward, as_of=NOW)
    states = [one.progress for one in shown.stages]
    order = [Progress.FAIT, Progress.EN_COURS, Progress.A_VENIR]
    assert [order.index(one) for one in states] == sorted(order.index(one) for one in states)
    assert states.count(Progress.EN_COURS) == (0 if shown.over else 1)
    hours = [one.at for one in shown.stages if one.at is not None]
    assert hours == sorted(hours)
    assert all(at <= NOW for at in hours)
    assert all(one.at is None for one in shown.stages if one.progress is Progress.A_VENIR)
    assert len(shown.stages) == 7
    assert (shown.stages[-1].stage is Stage.HOSPITALISATION) == ward
    assert shown.over == (left is not None and left <= NOW)
    if shown.over:
        assert set(states) == {Progress.FAIT}


@given(steps, marks, st.randoms())
def test_the_order_of_arrival_of_facts_changes_nothing(
    told: list[tuple[str, datetime]], clicked: list[tuple[Mark, datetime]], chance: object
) -> None:
    shuffled = list(told)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert view(told, clicked, left_at=None, to_ward=False, as_of=NOW) == view(
        shuffled, list(reversed(clicked)), left_at=None, to_ward=False, as_of=NOW
    )


@given(steps, marks, st.integers(0, 600))
def test_nothing_already_shown_is_taken_back(
    told: list[tuple[str, datetime]], clicked: list[tuple[Mark, datetime]], minutes: int
) -> None:
    def done(at: datetime) -> set[Stage]:
        found = view(told, clicked, left_at=None, to_ward=False, as_of=at).stages
        return {one.stage for one in found if one.progress is Progress.FAIT}

    assert done(NOW - timedelta(minutes=minutes)) <= done(NOW)


@given(st.booleans(), st.booleans(), st.booleans())
def test_death_psychiatry_and_secret_silence_the_page(dead: bool, psychiatric: bool, secret: bool) -> None:
    assert Circumstances(dead, psychiatric, secret).muted == (dead or psychiatric or secret)


PROMISES = re.compile(
    r"\d|\bminut|\bheures?\b|\bhours?\b|\bhoras?\b|دقيق|ساعة|\brang\b|\brank|\bpuesto|\bposition|\bposição|\bnuméro",
    re.IGNORECASE,
)


def test_every_language_says_everything_and_promises_nothing() -> None:
    for words in WORDS.values():
        assert set(words.stages) == set(Stage)
        assert set(words.progress) == set(Progress)
        assert len(words.notices) == len(WORDS["fr"].notices)
        texts = [words.title, words.intro, *words.stages.values(), *words.progress.values(), *words.notices, words.over]
        for text in texts:
            assert text.strip()
            assert not PROMISES.search(text), text
    assert [words.code for words in WORDS.values() if words.rtl] == ["ar"]


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=5))
def test_a_language_is_always_found(asked: str, accepted: str, usual: str) -> None:
    assert choose(asked, accepted, usual).code in WORDS


def test_the_language_asked_for_then_the_browsers_then_the_triages() -> None:
    assert choose("ar", "en", "pt").code == "ar"
    assert choose("xx", "de, es;q=0.8, en;q=0.9", "pt").code == "en"
    assert choose("", "de", "pt").code == "pt"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 5)), max_size=60))
def test_nobody_asks_more_than_the_measure(asked: list[tuple[str, float]]) -> None:
    buckets, now, taken = Buckets(burst=3, rate=1.0), 0.0, {"a": 0, "b": 0}
    for who, wait in asked:
        now += wait
        taken[who] += buckets.take(who, now)
    assert all(count <= 3 + now + 1e-6 for count in taken.values())


def test_old_callers_are_forgotten() -> None:
    buckets = Buckets(burst=1, rate=0.0, size=2)
    assert buckets.take("a", 0)
    assert not buckets.take("a", 0)
    assert buckets.take("b", 0)
    assert buckets.take("c", 0)
    assert len(buckets._known) == 2
