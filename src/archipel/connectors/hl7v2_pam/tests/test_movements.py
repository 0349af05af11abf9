"""ADT movements: actions, pairs, keys, units, and every departure that real senders take."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archipel.connectors.hl7v2_pam.codec import Profile, Rejected
from archipel.connectors.hl7v2_pam.tests.messages import (
    STRICT,
    TOLERANT,
    evn,
    has,
    message,
    one,
    pid,
    pv1,
    read,
    rejected,
    segment,
    zbe,
)
from archipel.domains.flow.values import Action, Place, VenueOwnerFact

AT = datetime(2024, 3, 6, 10, 0, tzinfo=UTC)
MOVES = ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A14", "A15", "A16", "A21", "A22", "A54"]
PAIRS = {
    "A11": ["A01", "A04"], "A12": ["A02"], "A13": ["A03"], "A38": ["A05"], "A27": ["A14"], "A26": ["A15"],
    "A25": ["A16"], "A52": ["A21"], "A53": ["A22"], "A55": ["A54"], "A06": ["A07"], "A07": ["A06"],
}  # fmt: skip


@pytest.mark.parametrize("event", MOVES)
@pytest.mark.parametrize("profile", [TOLERANT, STRICT])
def test_insert(event: str, profile: Profile) -> None:
    found = read(event, profile=profile)
    fact = one(found)
    assert found.warnings == ()
    assert (fact.action, fact.event, fact.trigger) == (Action.INSERT, event, event)
    assert fact.movement == "000897406|312"
    assert fact.venue == "000897406|0897"
    assert fact.patient == "000897406|000003"
    assert fact.effective_at == AT
    assert fact.stamp == "20240306101154000000|00000000000000003975|01234567"
    assert fact.place == Place("6268", "101", "P")
    assert (fact.uf_medicale, fact.uf_soins, fact.nature) == ("6268", "6268", "HMS")
    assert (fact.cancels, fact.fact_id) == ((), 0)


@pytest.mark.parametrize(("event", "original"), [(e, o) for e, originals in PAIRS.items() for o in originals])
@pytest.mark.parametrize("profile", [TOLERANT, STRICT])
def test_cancel(event: str, original: str, profile: Profile) -> None:
    found = read(event, evn(), pid(), pv1(), zbe(f4="CANCEL", f6=original), profile=profile)
    fact = one(found)
    assert (fact.action, fact.event, fact.trigger, fact.cancels) == (Action.CANCEL, event, original, ())
    assert found.warnings == ()


@pytest.mark.parametrize(("event", "originals"), PAIRS.items())
@pytest.mark.parametrize("wrong", ["", "A99", "A31"])
def test_cancel_with_a_wrong_original_is_derived(event: str, originals: list[str], wrong: str) -> None:
    found = read(event, evn(), pid(), pv1(), zbe(f4="CANCEL", f6=wrong))
    assert one(found).trigger == originals[0]
    assert has(found, "ZBE-6", originals[0])
    emergency = read(event, evn(), pid(), pv1(f2="E"), zbe(f4="CANCEL", f6=wrong))
    assert one(emergency).trigger == originals[-1]


@pytest.mark.parametrize("event", [e for e in PAIRS if e not in ("A06", "A07")])
def test_a_cancelling_event_never_inserts(event: str) -> None:
    found = read(event, evn(), pid(), pv1(), zbe(f4="INSERT"))
    assert one(found).action is Action.CANCEL
    assert has(found, "ZBE-4", event)
    assert rejected(event, evn(), pid(), pv1(), zbe(f4="INSERT"), profile=STRICT).field == "4"


def test_update_comes_by_z99() -> None:
    for profile in (TOLERANT, STRICT):
        found = read("Z99", evn(), pid(), pv1(), zbe(f4="UPDATE", f6="A02"), profile=profile)
        assert found.warnings == ()
        assert (one(found).action, one(found).event, one(found).trigger) == (Action.UPDATE, "Z99", "A02")


@pytest.mark.parametrize("event", ["A01", "A02", "A08"])
def test_update_by_another_event(event: str) -> None:
    segments = (evn(), pid(), pv1(), zbe(f4="UPDATE", f6="A02"))
    found = read(event, *segments)
    assert (one(found).action, one(found).trigger) == (Action.UPDATE, "A02")
    assert has(found, "ZBE-4", "Z99")
    assert rejected(event, *segments, profile=STRICT).field == "4"


@pytest.mark.parametrize("action", ["INSERT", "CANCEL"])
def test_z99_with_another_action(action: str) -> None:
    segments = (evn(), pid(), pv1(), zbe(f4=action, f6="A02"))
    found = read("Z99", *segments)
    assert (one(found).action, one(found).trigger) == (Action(action), "A02")
    assert has(found, "ZBE-4", "Z99")
    assert rejected("Z99", *segments, profile=STRICT).field == "4"


def test_z99_without_original() -> None:
    found = read("Z99", evn(), pid(), pv1(), zbe(f4="UPDATE"))
    assert one(found).trigger == ""
    assert has(found, "ZBE-6")
    assert rejected("Z99", evn(), pid(), pv1(), zbe(f4="INSERT")).field == "6"


@pytest.mark.parametrize(
    ("text", "action"),
    [("insert", Action.INSERT), ("", Action.INSERT), ("X", Action.INSERT), ("Cancel", Action.CANCEL)],
)
def test_odd_actions(text: str, action: Action) -> None:
    segments = (evn(), pid(), pv1(), zbe(f4=text))
    found = read("A01", *segments)
    assert one(found).action is action
    assert has(found, "ZBE-4")
    assert rejected("A01", *segments, profile=STRICT).field == "4"


def test_zbe3_is_tolerated_or_refused() -> None:
    segments = (evn(), pid(), pv1(), zbe(f3="20240306120000"))
    found = read("A01", *segments)
    assert has(found, "ZBE-3")
    assert one(found).effective_at == AT
    assert rejected("A01", *segments, profile=STRICT).field == "3"


def test_shifted_segment_is_read_again() -> None:
    shifted = zbe(f3="20260309102840", f4="", f5="INSERT", f6="N", f7="", f8="Urg^^^^^^UF^^^8782", f9="", f10="HMS")
    found = read("A03", evn(), pid(), pv1(), shifted)
    fact = one(found)
    assert (fact.action, fact.uf_medicale, fact.uf_soins, fact.nature) == (Action.INSERT, "8782", "", "HMS")
    assert has(found, "ZBE-4", "décalé")
    assert rejected("A03", evn(), pid(), pv1(), shifted, profile=STRICT).segment == "ZBE"


def test_repeated_movement_numbers() -> None:
    found = read("A01", evn(), pid(), pv1(), zbe(f1="1^X~2^X~1^X"), zbe(f1="3^X"), zbe(f1="2^X"))
    assert [fact.movement for fact in found.movements] == ["X|1", "X|2", "X|3"]
    assert found.warnings == ()
    other = read("A01", evn(), pid(), pv1(), zbe(f1="1^X"), zbe(f1="1^X", f2="20240307110000"))
    assert one(other).effective_at == AT
    assert has(other, "ZBE-1", "premier")


@pytest.mark.parametrize(
    ("ei", "key"),
    [("9^NS^1.2.3^ISO", "1.2.3|9"), ("9^NS", "NS|9"), ("9", "CHU-X|9"), ("9^^1.2.3", "1.2.3|9"), ('9^""', "CHU-X|9")],
)
def test_authority_of_the_movement(ei: str, key: str) -> None:
    assert one(read("A01", evn(), pid(), pv1(), zbe(f1=ei))).movement == key


def test_authorities_of_the_profile() -> None:
    profile = Profile(authority="LOCAL", authorities={"NS": "CHU", "1.2.3": "CHU"})
    for ei in ("9^NS^7.7", "9^AUTRE^1.2.3", "9^NS"):
        assert one(read("A01", evn(), pid(), pv1(), zbe(f1=ei), profile=profile)).movement == "CHU|9"
    assert one(read("A01", evn(), pid(), pv1(), zbe(f1="9"), profile=profile)).movement == "LOCAL|9"


def test_no_authority_anywhere() -> None:
    text = message("A01", evn(), pid(f3="1"), pv1(), zbe()).replace("|CHU-X|DPI|", "||DPI|")
    segments = text.split("\r")[1:]
    header = text.split("\r")[0]
    assert "||DPI|" in header
    from archipel.connectors.hl7v2_pam.codec import parse, translate

    with pytest.raises(Rejected) as caught:
        translate(parse("\r".join([header, *segments])), TOLERANT, "0" * 64)
    assert caught.value.field == "3.4"


def test_units_are_mapped() -> None:
    profile = Profile(uf_map={"6268": "1234"})
    fact = one(read("A01", profile=profile))
    assert (fact.place, fact.uf_medicale, fact.uf_soins) == (Place("1234", "101", "P"), "1234", "1234")


def test_unit_code_in_component_one() -> None:
    found = read("A01", evn(), pid(), pv1(), zbe(f7="6268"))
    assert one(found).uf_medicale == "6268"
    assert has(found, "ZBE-7.10")


@pytest.mark.parametrize(
    ("text", "letters", "odd"),
    [("SMH", "HMS", False), ("hmsc", "CHMS", False), ("HH", "H", False), ("S,H", "HS", True), ("XL", "LX", True)],
)
def test_nature_is_a_set(text: str, letters: str, odd: bool) -> None:
    found = read("A01", evn(), pid(), pv1(), zbe(f9=text))
    assert one(found).nature == letters
    assert has(found, "ZBE-9") is odd


@pytest.mark.parametrize("text", ["20241345", "00000000", "17000101", "29990101000000", "demain", "2024"])
@pytest.mark.parametrize("profile", [TOLERANT, STRICT])
def test_impossible_effective_time(text: str, profile: Profile) -> None:
    error = rejected("A01", evn(), pid(), pv1(), zbe(f2=text), profile=profile)
    assert (error.segment, error.field, error.found) == ("ZBE", "2", text)
    assert f"ZBE-2 : trouvé « {text} »" in error.reason_fr


def test_impossible_emission_time() -> None:
    assert rejected("A01", at="20241345").field == "7"
    assert has(read("A01", at=""), "MSH-7", "EVN-2")
    assert rejected("A01", pid(), pv1(), zbe(), at="").field == "7"
    assert rejected("A01", at="", profile=STRICT).field == "7"


def test_found_values_are_short() -> None:
    error = rejected("A01", evn(), pid(), pv1(), zbe(f2="9" * 500))
    assert len(error.found) <= 40
    assert len(error.reason_fr) < 200


def test_a_day_alone_is_midnight() -> None:
    found = read("A01", evn(), pid(), pv1(), zbe(f2="20240306"))
    assert one(found).effective_at == datetime(2024, 3, 5, 23, tzinfo=UTC)
    assert has(found, "ZBE-2", "minuit")


def test_missing_effective_time() -> None:
    found = read("A01", evn(f6="20240305080000"), pid(), pv1(), zbe(f2=""))
    assert one(found).effective_at == datetime(2024, 3, 5, 7, tzinfo=UTC)
    assert has(found, "ZBE-2", "EVN-6")
    assert rejected("A01", evn(), pid(), pv1(), zbe(f2=""), profile=STRICT).field == "2"


@pytest.mark.parametrize(
    ("fields", "key", "warned"),
    [
        ({"f19": "7^^^N&1.2", "f51": "V"}, "1.2|7", ""),
        ({"f19": "7^^^N&1.2", "f51": ""}, "000897406|24000006", ""),
        ({"f19": "", "f51": "V"}, "000897406|24000006", "PV1-19"),
    ],
)
def test_venue(fields: dict[str, str], key: str, warned: str) -> None:
    found = read("A01", evn(), pid(), pv1(**fields), zbe())
    assert one(found).venue == key
    assert has(found, warned) if warned else not found.warnings


def test_venue_of_a_sender_without_account_number() -> None:
    found = read("A01", evn(), pid(f18=""), pv1(f51=""), zbe())
    assert one(found).venue == "000897406|0897"
    assert has(found, "PID-18", "PV1-19")
    assert rejected("A01", evn(), pid(f18=""), pv1(f19=""), zbe()).field == "18"


def test_without_pv1() -> None:
    found = read("A01", evn(), pid(), zbe())
    assert (one(found).place, one(found).patient_class) == (None, "")
    assert has(found, "PV1", "absent")
    assert rejected("A01", evn(), pid(), zbe(), profile=STRICT).segment == "PV1"


def test_expected_dates_and_exit_mode() -> None:
    pv2 = segment("PV2", f8="20240306100000", f9="20240310080000")
    found = read("A01", evn(), pid(), pv1(), pv2, zbe(), segment("ZFM", f1="8", f2="5", f4="72"))
    assert one(found).expected_exit == datetime(2024, 3, 10, 7, tzinfo=UTC)
    assert one(found).exit_mode == "5"
    assert found.attributes["admission_prevue"] == "2024-03-06T09:00:00+00:00"
    assert found.attributes["pmsi_mode_entree"] == "8"
    assert found.attributes["pmsi_destination"] == "72"
    odd = read("A01", evn(), pid(), pv1(), segment("PV2", f9="00000000"), zbe())
    assert one(odd).expected_exit is None
    assert has(odd, "PV2-9", "impossible")
    assert rejected("A01", evn(), pid(), pv1(), segment("PV2", f9="00000000"), zbe(), profile=STRICT).field == "9"


def test_expected_exit_of_a16_is_its_date() -> None:
    assert one(read("A16")).expected_exit == AT
    assert one(read("A03")).expected_exit is None


@pytest.mark.parametrize("event", ["A14", "A15"])
def test_wishes(event: str) -> None:
    found = one(read(event, evn(), pid(), pv1(f42="3100^^"), segment("PV2", f1="3200"), zbe()))
    assert (found.wish, found.place) == ("3100", Place("3100"))
    found = one(read(event, evn(), pid(), pv1(), segment("PV2", f1="3200"), zbe()))
    assert (found.wish, found.place) == ("3200", Place("3200"))
    assert one(read(event)).wish == "6268"
    assert one(read("A02")).wish == ""


def test_consents() -> None:
    found = read("A01", evn(), pid(), pv1(), zbe(), segment("ZFA", f1="ACTIF", f9="INO", f11="IC"))
    assert found.attributes["dmp_alimentation"] == "INO"
    assert found.attributes["dmp_consultation"] == "IC"
    odd = read("A01", evn(), pid(), pv1(), zbe(), segment("ZFA", f9="OUI", f11="NA"))
    assert "dmp_alimentation" not in odd.attributes
    assert odd.attributes["dmp_consultation"] == "NA"
    assert has(odd, "ZFA-9")


def test_without_zbe() -> None:
    found = read("A01", evn(), pid(), pv1())
    fact = one(found)
    assert fact.movement == "~000897406|0897~A01~20240306100000"
    assert (fact.action, fact.trigger, fact.effective_at) == (Action.INSERT, "A01", AT)
    assert has(found, "ZBE", "absent")
    assert rejected("A01", evn(), pid(), pv1(), profile=STRICT).segment == "ZBE"


@pytest.mark.parametrize(
    ("event", "segments", "moment"),
    [
        ("A01", (evn(f6=""), pid(), pv1()), (10, 11, 54)),
        ("A01", (pid(), pv1(f44="20240306070000", f45="20240306200000")), (6, 0, 0)),
        ("A03", (pid(), pv1(f44="20240306070000", f45="20240306200000")), (19, 0, 0)),
        ("A01", (pid(), pv1()), (10, 11, 54)),
    ],
)
def test_time_without_zbe(event: str, segments: tuple[str, ...], moment: tuple[int, int, int]) -> None:
    assert one(read(event, *segments)).effective_at == datetime(2024, 3, 6, *moment, tzinfo=UTC)


@pytest.mark.parametrize(("event", "originals"), [(e, o) for e, o in PAIRS.items() if e not in ("A06", "A07")])
def test_cancel_without_zbe(event: str, originals: list[str]) -> None:
    fact = one(read(event, evn(), pid(), pv1()))
    assert fact.action is Action.CANCEL
    assert fact.cancels == tuple(originals)
    assert fact.movement.startswith("~")


def test_update_without_movement_number() -> None:
    assert rejected("Z99", evn(), pid(), pv1()).field == "1"
    assert rejected("Z99", evn(), pid(), pv1(), zbe(f1="", f4="UPDATE")).field == "1"


def test_segment_without_number() -> None:
    found = read("A02", evn(), pid(), pv1(), zbe(f1="", f2="20240308110000"))
    assert one(found).movement == "~000897406|0897~A02~20240308100000"
    assert one(found).uf_medicale == "6268"
    assert has(found, "ZBE-1")


def test_a08_needs_no_movement() -> None:
    for profile in (TOLERANT, STRICT):
        found = read("A08", evn(), pid(), pv1(), profile=profile)
        assert (found.outcome, found.movements, found.warnings) == ("translated", (), ())
        assert found.owners == (VenueOwnerFact("000897406|0897", "000897406|000003", found.identities[0].stamp),)
    assert read("A08", evn(), pid(f18="")).owners == ()
