"""Bytes to text, the listener's quick header, and acknowledgements."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.codec import AckError, Header, build_ack, decode, parse_bytes, read_header
from archipel.connectors.hl7v2_pam.tests.messages import msh

NOW = datetime(2026, 1, 2, 3, 4, 5)
LINE = "MSH|^~\\&|GAM|CHU|||20240101||ADT^A01|1|P|2.5|||||FRA|{}\rPID|1||1||Réault œ€"


def content(declared: str, codec: str, text: str = LINE) -> bytes:
    return text.format(declared).encode(codec, "replace")


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("UTF-8", "utf-8"),
        ("UNICODE", "utf-8"),
        ("8859/15", "iso8859-15"),
        ("8859/15~UNICODE UTF-8", "iso8859-15"),
    ],
)
def test_announced_and_true(declared: str, codec: str) -> None:
    found = decode(content(declared, codec), "8859/1")
    assert found.text.endswith("Réault œ€")
    assert found.codec == codec
    assert found.warning == ""


def test_latin1() -> None:
    found = decode(content("8859/1", "latin-1", LINE.replace(" œ€", "")))
    assert found.text.endswith("Réault")
    assert (found.codec, found.warning) == ("latin-1", "")


@pytest.mark.parametrize(
    ("declared", "codec", "read_as"),
    [
        ("UNICODE UTF-8", "cp1252", "Windows-1252"),
        ("8859/1", "utf-8", "UTF-8"),
        ("8859/1", "cp1252", "Windows-1252"),
        ("ASCII", "utf-8", "UTF-8"),
    ],
)
def test_announced_and_false(declared: str, codec: str, read_as: str) -> None:
    found = decode(content(declared, codec))
    assert found.text.endswith("Réault œ€")
    assert found.warning == f"MSH-18 annonce « {declared} », les octets n'en sont pas ; message lu en {read_as}."


def test_nothing_announced_uses_the_profile() -> None:
    assert decode(content("", "utf-8"), "UNICODE UTF-8").warning == ""
    assert decode(content("", "iso8859-15"), "8859/15").text.endswith("œ€")
    assert "MSH-18 est vide" in decode(content("", "utf-8"), "8859/1").warning


def test_unknown_name_is_told() -> None:
    found = decode(content("KLINGON", "utf-8"))
    assert "« KLINGON » inconnu" in found.warning
    assert found.text.endswith("œ€")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_files_with_marks(codec: str) -> None:
    assert parse_bytes(content("UNICODE UTF-8", codec)).get("PID", 5) == "Réault œ€"


@given(st.binary(), st.sampled_from(["", "8859/1", "8859/15", "UNICODE UTF-8", "UNICODE", "ASCII", "junk"]))
def test_decoding_never_fails(data: bytes, default: str) -> None:
    assert isinstance(decode(data, default).text, str)
    assert isinstance(decode(LINE.format(default).encode() + data, default).text, str)


def test_header() -> None:
    line = (
        "\r\nMSH|^~\\&|GAM^x|CHU^1.2.3^ISO|DPI|GHT|20240306111154+0100^S||ADT^A01^ADT_A01|3975|D|2.5^FRA^2.11"
        "|||||FRA|8859/1~UNICODE|FR"
    )
    assert read_header(line.encode()) == Header(
        application="GAM",
        facility="CHU",
        facility_oid="1.2.3",
        control_id="3975",
        event="A01",
        message_type="ADT",
        emitted_at_text="20240306111154+0100",
        charset="8859/1",
        processing_id="D",
        version="2.5^FRA^2.11",
        receiving_application="DPI",
        receiving_facility="GHT",
        sending_application="GAM^x",
        sending_facility="CHU^1.2.3^ISO",
    )
    assert read_header(b"") == Header()
    assert read_header(b"MSH|^~\\&|GAM").application == "GAM"
    assert read_header(b"garbage") == Header()


@given(st.binary(max_size=300))
def test_header_and_ack_survive_anything(data: bytes) -> None:
    for text in (data, b"MSH" + data, b"MSH|^~\\&|" + data):
        header = read_header(text)
        ack = build_ack(header, "AR", control_id="7", at=NOW, error=AckError("refusé | \r ici", "MSH", "9.1"))
        answer = parse_bytes(ack)
        assert answer.names == ["MSH", "MSA", "ERR"]
        assert answer.get("MSA", 1) == "AR"


def test_ack_turns_the_header_round() -> None:
    header = read_header(msh("A03").encode())
    answer = parse_bytes(build_ack(header, "AA", control_id="a|1", at=NOW))
    assert answer.names == ["MSH", "MSA"]
    assert [answer.get("MSH", n) for n in (3, 4, 5, 6, 7)] == ["DPI", "CHU-X", "GAM", "CHU-X", "20260102030405"]
    assert answer.raw("MSH", 9) == "ACK^A03^ACK"
    assert answer.get("MSH", 10) == "a|1"
    assert answer.raw("MSH", 12) == "2.5^FRA^2.11"
    assert answer.get("MSH", 18) == "UNICODE UTF-8"
    assert [answer.get("MSA", n) for n in (1, 2)] == ["AA", "3975"]


def test_ack_tells_the_error() -> None:
    error = AckError("ZBE-2 : trouvé « x », attendu une date.", "ZBE", "2", "102")
    answer = parse_bytes(build_ack(read_header(msh().encode()), "AE", control_id="1", at=NOW, error=error))
    assert answer.raw("ERR", 2) == "ZBE^1^2"
    assert answer.raw("ERR", 3) == "102^Data type error^HL70357"
    assert answer.get("ERR", 4) == "E"
    assert answer.get("ERR", 8) == "ZBE-2 : trouvé « x », attendu une date."


def test_ack_of_an_unreadable_message() -> None:
    answer = parse_bytes(build_ack(Header(), "AR", control_id="1", at=NOW))
    assert answer.raw("MSH", 9) == "ACK"
    assert answer.raw("MSH", 12) == "2.5^FRA^2.11"
    assert answer.get("MSA", 2) == ""
