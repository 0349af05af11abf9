"""The national health identifier: key, shape, environment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.kernel import ins
from archipel.kernel.ins import Ins, InsError, allowed_oids, compute_key, is_matricule, parse

digits = st.integers(0, 10**13 - 1).map(lambda n: f"{n:013d}")
corsican = st.tuples(st.integers(0, 99999), st.sampled_from(["2A", "2B"]), st.integers(0, 999999)).map(
    lambda t: f"{t[0]:05d}{t[1]}{t[2]:06d}"
)
matricules = digits | corsican


def test_known_key() -> None:
    assert compute_key("2790351215189") == "89"
    assert str(parse("2 79 03 51 215 189 89", ins.OID_TEST)) == "279035121518989"


@pytest.mark.parametrize(("letters", "number"), [("2A", "19"), ("2B", "18")])
def test_corsica_counts_as_a_number(letters: str, number: str) -> None:
    assert compute_key(f"18001{letters}123456") == compute_key(f"18001{number}123456")


@given(matricules)
def test_key_makes_the_whole_a_multiple_of_97(matricule: str) -> None:
    key = compute_key(matricule)
    number = int(matricule.replace("2A", "19").replace("2B", "18")) if not matricule.isdigit() else int(matricule)
    assert len(key) == 2
    assert 1 <= int(key) <= 97
    assert (number + int(key)) % 97 == 0


@given(matricules, st.sampled_from(sorted(ins.LABELS)))
def test_thirteen_or_fifteen_characters_say_the_same(matricule: str, oid: str) -> None:
    computed = parse(matricule, oid)
    assert computed == parse(matricule + computed.cle, oid) == Ins(matricule, compute_key(matricule), oid)


@given(matricules, st.integers(0, 99))
def test_every_other_key_is_refused(matricule: str, other: int) -> None:
    key = f"{other:02d}"
    if key == compute_key(matricule):
        return
    with pytest.raises(InsError) as caught:
        parse(matricule + key, ins.OID_NIR)
    assert caught.value.error_code == "ins-cle"
    assert matricule not in str(caught.value)


@given(digits, st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(matricule: str, position: int, shift: int) -> None:
    changed = str((int(matricule[position]) + shift) % 10)
    wrong = matricule[:position] + changed + matricule[position + 1 :]
    assert compute_key(wrong) != compute_key(matricule)


@given(st.text(max_size=20), st.text(max_size=40))
def test_any_text_is_an_ins_or_an_ins_error(text: str, oid: str) -> None:
    try:
        found = parse(text, oid)
    except InsError as error:
        assert str(error).endswith(".")
    else:
        assert is_matricule(found.matricule)


def test_environments_never_mix_real_and_test_people() -> None:
    assert allowed_oids("production") == {ins.OID_NIR, ins.OID_NIA}
    for name in ("test", "demo"):
        assert allowed_oids(name) == {ins.OID_TEST, ins.OID_DEMO}
    assert parse("2790351215189", ins.OID_NIR).real
    assert not parse("2790351215189", ins.OID_TEST).allowed_in("production")
    with pytest.raises(InsError):
        allowed_oids("recette")


def test_unknown_oid_is_refused() -> None:
    with pytest.raises(InsError, match="OID"):
        parse("2790351215189", "1.2.3")
