"""FINESS numbers: every real number is accepted, and every single slip is caught."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.kernel.errors import Invalid
from archipel.kernel.finess import Finess, finess_key, is_finess

PREFIXES = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B", "97", "98"]
bodies = st.builds(
    lambda prefix, rank: f"{prefix}{rank:06d}", st.sampled_from(PREFIXES), st.integers(min_value=0, max_value=999_999)
)


@given(bodies)
def test_a_number_completed_with_its_key_is_read_back(body: str) -> None:
    number = Finess.with_key(body)
    assert Finess.parse(str(number)) == number
    assert Finess.parse(f" {body[:2].lower()} {body[2:5]}.{body[5:]}\u00a0{number.value[8]} ") == number
    assert number.id_nat_struct == "1" + number.value
    assert body.startswith(number.departement) or number.departement in {"971", "972", "973", "974", "975", "976"}


@given(bodies, st.integers(min_value=2, max_value=8), st.integers(min_value=1, max_value=9))
def test_one_changed_digit_is_always_caught(body: str, place: int, shift: int) -> None:
    good = Finess.with_key(body).value
    bad = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    with pytest.raises(Invalid) as caught:
        Finess.parse(bad)
    assert caught.value.error_code == "finess-cle"
    assert bad in caught.value.message


@given(bodies, st.integers(min_value=2, max_value=7))
def test_two_swapped_neighbours_are_caught_unless_0_and_9(body: str, place: int) -> None:
    good = Finess.with_key(body).value
    left, right = good[place], good[place + 1]
    swapped = good[:place] + right + left + good[place + 2 :]
    assert is_finess(swapped) == (left == right or {left, right} == {"0", "9"})


@given(bodies)
def test_exactly_one_key_of_ten_is_right(body: str) -> None:
    assert [k for k in range(10) if is_finess(f"{body}{k}")] == [finess_key(body)]


@given(st.text(max_size=14))
def test_any_text_is_either_read_or_refused_in_french(text: str) -> None:
    try:
        number = Finess.parse(text)
    except Invalid as error:
        assert error.error_code in {"finess-forme", "finess-cle"}
        assert "FINESS" in error.message
    else:
        assert len(number.value) == 9


@pytest.mark.parametrize("text", ["", "200000008", "000000000", "990000009", "2C0000000", "21098755", "2109875588"])
def test_wrong_shapes(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        Finess.parse(text)
    assert caught.value.error_code == "finess-forme"


@pytest.mark.parametrize(
    ("text", "departement"),
    [("210987558", "21"), ("2A0000014", "2A"), ("970100012", "971"), ("900003039", "90")],
)
def test_known_numbers(text: str, departement: str) -> None:
    assert Finess(text).departement == departement


def test_every_real_number_passes() -> None:
    folder = os.environ.get("ARCHIPEL_REFERENCE_DATA")
    if not folder:
        pytest.skip("ARCHIPEL_REFERENCE_DATA is not set")
    territory = Path(folder) / "territory"
    rows = json.loads((territory / "finess" / "finess_geo_mapping_enrichis.json").read_text(encoding="utf-8"))
    numbers = set(rows) | {r[k] for r in rows.values() for k in ("nofinesset", "nofinessej") if r.get(k)}
    with (territory / "sae2024" / "ID_2024r.csv").open(encoding="latin-1", newline="") as handle:
        for row in csv.DictReader(handle, delimiter=";"):
            numbers |= {row["fi"], row["fi_ej"]}
    assert len(numbers) > 6000
    assert sorted(n for n in numbers if not is_finess(n)) == []
