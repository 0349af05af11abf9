"""The canonical form: one entry one text, two entries two texts, and nothing lost through JSON."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.foundation.audit.canonical import GENESIS, Sealed, canonical, encode, link, parse_details

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),
    max_value=datetime(2100, 1, 1),
    timezones=st.just(UTC),
)
entries = st.builds(
    Sealed,
    id=st.integers(1, 2**62),
    at=moments,
    actor=texts,
    user_id=st.none() | st.integers(1, 2**31),
    establishment=texts,
    action=texts,
    object_type=texts,
    object_key=texts,
    reason=texts,
    details=st.dictionaries(texts, values, max_size=3),
)


def same(a: Any, b: Any) -> bool:
    """Equal as JSON texts would be: True is not 1, 1 is not 1.0."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b and str(a) == str(b)


@given(values)
def test_is_json_and_loses_nothing(value: Any) -> None:
    assert same(parse_details(encode(value)), value)


@given(values, values)
def test_two_values_two_texts(a: Any, b: Any) -> None:
    assert (encode(a) == encode(b)) == same(a, b)


@given(st.dictionaries(texts, values, min_size=2, max_size=5))
def test_the_order_of_keys_does_not_count(value: dict[str, Any]) -> None:
    assert encode(value) == encode(dict(reversed(value.items())))
    assert " " not in encode({"a": [1, 2], "b": {"c": None}})


@given(entries, st.integers(-12, 14))
def test_the_time_zone_does_not_count(entry: Sealed, hours: int) -> None:
    elsewhere = dataclasses.replace(entry, at=entry.at.astimezone(timezone(timedelta(hours=hours))))
    assert canonical(elsewhere) == canonical(entry)
    assert json.loads(canonical(entry))["id"] == entry.id


@given(entries, entries, st.sampled_from([f.name for f in dataclasses.fields(Sealed)]))
def test_every_field_is_protected(entry: Sealed, other: Sealed, name: str) -> None:
    changed = dataclasses.replace(entry, **{name: getattr(other, name)})
    equal = same(getattr(entry, name), getattr(other, name))
    assert (link(GENESIS, entry) == link(GENESIS, changed)) == equal


@given(entries, st.binary(min_size=32, max_size=32))
def test_the_previous_hash_is_protected(entry: Sealed, previous: bytes) -> None:
    assert (link(previous, entry) == link(GENESIS, entry)) == (previous == GENESIS)


def test_a_float_is_refused() -> None:
    assert encode(Decimal("1.50")) == "1.50"
    with pytest.raises(TypeError):
        encode({"x": 1.5})
    with pytest.raises(TypeError):
        encode({1: "x"})
