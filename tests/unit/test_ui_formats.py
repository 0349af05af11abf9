"""How numbers, dates, durations and ages are written, and what the template tags show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from archipel.foundation.web import formats
from archipel.ui.templatetags import archipel as tags
from archipel.ui.templatetags.archipel import pluralize

NBSP = "\u00a0"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (12345, None, "12\u202f345"),
        (1234567.5, None, "1\u202f234\u202f567,5"),
        (-1500, None, "\u22121\u202f500"),
        (87.456, 1, "87,5"),
        (80, 1, "80,0"),
        (-0.001, None, "0"),
        (0, None, "0"),
        (None, None, "inconnu"),
    ],
)
def test_numbers(value: float | None, decimals: int | None, shown: str) -> None:
    assert formats.number(value, decimals) == shown


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_is_read_back(value: int) -> None:
    assert int(formats.number(value).replace("\u202f", "").replace("\u2212", "-")) == value


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "moins d'une minute"),
        (59, "moins d'une minute"),
        (60, "1 min"),
        (45 * 60, "45 min"),
        (3 * 3600, "3 h"),
        (3 * 3600 + 20 * 60, "3 h 20"),
        (3600 + 5 * 60, "1 h 05"),
        (26 * 3600, "1 j 2 h"),
        (48 * 3600 + 1800, "2 j"),
        (-90 * 60, "\u22121 h 30"),
    ],
)
def test_durations(seconds: int, shown: str) -> None:
    assert formats.duration(seconds).replace(NBSP, " ") == shown
    assert formats.duration(timedelta(seconds=seconds)) == formats.duration(seconds)


@given(st.integers(0, 86_399))
def test_a_duration_under_a_day_is_true_to_the_minute(seconds: int) -> None:
    text = formats.duration(seconds)
    hours, _, minutes = text.partition(f"{NBSP}h") if "h" in text else ("0", "", text.removesuffix(f"{NBSP}min"))
    found = int(hours) * 60 + (int(minutes.strip(NBSP) or 0) if "moins" not in minutes else 0)
    assert found == seconds // 60


def test_dates_are_in_paris() -> None:
    assert formats.long_date(datetime(2026, 11, 22, 13, 5, tzinfo=UTC)) == "dim. 22 nov. 2026, 14:05"
    assert formats.long_date(datetime(2026, 7, 31, 22, 30, tzinfo=UTC)) == "sam. 1 août 2026, 00:30"
    assert formats.clock(datetime(2026, 7, 1, 10, 0, tzinfo=UTC)) == "12:00"
    assert formats.long_date(None) == "inconnu"


def test_ages() -> None:
    assert formats.age(NOON - timedelta(minutes=3), NOON) == f"il y a 3{NBSP}min"
    assert formats.age(NOON - timedelta(seconds=59), NOON) == "à l'instant"
    assert formats.age(NOON + timedelta(hours=2), NOON) == f"dans 2{NBSP}h"
    assert formats.age(None, NOON) == "âge inconnu"


@given(st.integers(0, 10_000), st.integers(1, 5_000), st.integers(0, 5_000))
def test_an_age_only_gets_worse(seconds: int, old: int, more: int) -> None:
    order = ["frais", "vieux", "perime"]
    level = [formats.age_level(NOON - timedelta(seconds=s), NOON, old, old * 3) for s in (seconds, seconds + more)]
    assert order.index(level[0]) <= order.index(level[1])
    assert formats.age_level(None, NOON, old, old * 3) == "perime"


def shown(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def test_names_are_hidden_unless_the_page_says_they_are_not() -> None:
    assert shown("{% masque nom %}", nom="MARTIN Paul", names_hidden=False) == "MARTIN Paul"
    assert shown("{% masque nom %}", nom="MARTIN Paul", names_hidden=True) == "•••"
    assert shown("{% masque nom %}", nom="MARTIN Paul") == "•••"
    assert shown("{% masque nom %}", nom="<b>", names_hidden=False) == "&lt;b&gt;"
    assert shown("{% masque nom %}", nom=None, names_hidden=True) == ""


def test_a_link_keeps_the_other_filters() -> None:
    request = RequestFactory().get("/lits/?filiere=MED&site=1&page=3")
    assert shown("{% url_avec page=None site=2 %}", request=request) == "/lits/?filiere=MED&amp;site=2"
    assert shown("{% url_avec filiere=None site=None page=None %}", request=request) == "/lits/"


def test_chip_icon_and_age_carry_words_not_colour_alone() -> None:
    assert "À nettoyer" in shown('{% chip "a_nettoyer" %}')
    assert "3 libres" in shown('{% chip "libre" "3 libres" %}')
    assert 'aria-hidden="true"' in shown('{% icone "bed" %}')
    assert 'aria-label="Lit"' in shown('{% icone "bed" "Lit" %}')
    assert "#i-question-mark" in shown('{% icone "licorne" %}')
    old = shown("{% fraicheur m perime=60 %}", m=datetime(2020, 1, 1, tzinfo=UTC))
    assert "age-perime" in old
    assert "hidden" not in old.partition("age-mot")[2].partition(">")[0]
    assert "âge inconnu" in shown("{% fraicheur m %}", m=None)


def test_odd_values_do_not_break_a_page() -> None:
    assert tags.nombre("douze") == "douze"
    assert tags.nombre("12,5") == "12,5"
    assert tags.nombre("1234.5") == "1\u202f234,5"
    assert tags.nombre(float("nan")) == "nan"


@pytest.mark.parametrize(
    ("count", "forms", "expected"),
    [(0, "s", ""), (1, "s", ""), (1.5, "s", ""), (2, "s", "s"), (12, "al,aux", "aux"), (1, "al,aux", "al")],
)
def test_plural_is_french(count: object, forms: str, expected: str) -> None:
    assert pluralize(count, forms) == expected


@pytest.mark.parametrize(
    ("birth", "text"),
    [
        (date(2026, 11, 22), "0 jour"),
        (date(2026, 11, 21), "1 jour"),
        (date(2026, 10, 23), "30 jours"),
        (date(2026, 10, 22), "1 mois"),
        (date(2024, 11, 23), "23 mois"),
        (date(2024, 11, 22), "2 ans"),
        (date(1982, 11, 23), "43 ans"),
        (date(2026, 11, 23), "inconnu"),
        (None, "inconnu"),
    ],
)
def test_person_age(birth: date | None, text: str) -> None:
    assert formats.person_age(birth, date(2026, 11, 22)) == text
