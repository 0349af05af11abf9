"""Reading ER7: separators, segments, fields, escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.codec import Er7Error, Er7Message, escape, parse, parse_bytes, unescape
from archipel.kernel.hl7v2.er7 import NULL
from archipel.kernel.hl7v2.escapes import Separators

TEXT = 'MSH|^~\\&|GAM|CHU\rPID|1||1^^^A&B&C~2^^^D||NOM\\T\\X^Jean||""\rZBE|a\rZBE|b'
separators = st.lists(st.sampled_from("|^~\\&#$*!@;:+"), min_size=5, max_size=5, unique=True).map(
    lambda c: Separators(*c)
)


def test_numbers_are_those_of_the_standard() -> None:
    m = parse(TEXT)
    assert m.get("MSH", 1) == "|"
    assert m.get("MSH", 2) == "^~\\&"
    assert m.get("MSH", 3) == "GAM"
    assert m.get("PID", 3, 0, 4, 2) == "B"
    assert m.get("PID", 3, 1, 1) == "2"
    assert m.get("PID", 3, 1, 4, 2) == ""
    assert m.get("PID", 3, 2) == ""
    assert m.get("PID", 5) == "NOM&X"
    assert m.get("PID", 7) == NULL
    assert m.get("PID", 99) == ""
    assert m.get("XXX", 1) == ""
    assert [m.get("ZBE", 1, occurrence=n) for n in range(3)] == ["a", "b", ""]
    assert m.names == ["MSH", "PID", "ZBE", "ZBE"]
    assert [name for name, _ in m.rows()] == m.names


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r"])
def test_any_end_of_line(end: str) -> None:
    m = parse("\r\n" + TEXT.replace("\r", end) + end)
    assert m.names == ["MSH", "PID", "ZBE", "ZBE"]
    assert not m.warnings


def test_other_separators() -> None:
    m = parse("MSH#*!?%#GAM#X\rPID##A*B%C!D?T?E")
    assert m.get("MSH", 3) == "GAM"
    assert m.get("PID", 2, 0, 2, 2) == "C"
    assert m.get("PID", 2, 1) == "D%E"


@pytest.mark.parametrize(
    ("text", "segment", "field"),
    [
        ("", "MSH", ""),
        ("PID|1", "MSH", ""),
        ("MSH", "MSH", "2"),
        ("MSHA^~\\&A", "MSH", "1"),
        ("MSH||x", "MSH", "2"),
        ("MSH|^^^^|x", "MSH", "2"),
        ("MSH|^~\\&|a\rMSH|^~\\&|b", "MSH", ""),
    ],
)
def test_errors_say_where(text: str, segment: str, field: str) -> None:
    with pytest.raises(Er7Error) as caught:
        parse(text)
    error = caught.value
    assert (error.segment, error.field) == (segment, field)
    assert error.reason_fr.startswith("MSH")
    assert "attendu" in error.reason_fr


def test_a_broken_line_is_told_and_the_rest_read() -> None:
    m = parse("MSH|^~\\&|a\rNTE|1||une note\nsur deux lignes\rPID|1")
    assert m.names == ["MSH", "NTE", "PID"]
    assert m.warnings == [w for w in m.warnings if w.startswith("Ligne 3 ")]
    assert len(m.warnings) == 1


def test_nul_bytes_never_reach_the_values() -> None:
    m = parse("MSH|^~\\&|a\rPID|x\x00y|\\X00\\z")
    assert m.get("PID", 1) == "xy"
    assert m.get("PID", 2) == "z"
    assert m.warnings


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("a\\F\\b", "a|b"),
        ("\\S\\\\T\\\\R\\\\E\\", "^&~\\"),
        ("x\\.br\\y", "x\ny"),
        ("\\X41C3A9\\", "Aé"),
        ("\\XE9\\", "é"),
        ("\\XZZ\\", "\\XZZ\\"),
        ("\\H\\gras\\N\\", "\\H\\gras\\N\\"),
        ("\\Zab\\", "\\Zab\\"),
        ("C:\\temp\\F\\x", "C:\\temp|x"),
        ("seul \\", "seul \\"),
    ],
)
def test_escapes(raw: str, meant: str) -> None:
    assert unescape(raw) == meant


@given(st.text(), separators)
def test_escape_round_trip(text: str, marks: Separators) -> None:
    text = text.replace("\x00", "")
    assert unescape(escape(text, marks), marks) == text


@given(st.text(alphabet=st.characters(exclude_characters="\x00"), max_size=30))
def test_an_escaped_text_travels_through_a_message(text: str) -> None:
    m = parse(f"MSH|^~\\&|a\rPID|x^a&{escape(text)}~z|end")
    assert m.get("PID", 1, 0, 2, 2) == text
    assert m.get("PID", 2) == "end"


@given(st.text(max_size=80) | st.text(alphabet="MSH|^~\\&\r\nPID", max_size=80).map(lambda t: "MSH|^~\\&|" + t))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        m = parse(text)
    except Er7Error as error:
        assert error.reason_fr
    else:
        assert isinstance(m, Er7Message)
        for name in m.names:
            for field in range(4):
                m.get(name, field, 1, 2, 2)


@given(st.binary(max_size=200), st.sampled_from(["8859/1", "UNICODE UTF-8", "", "?"]))
def test_any_bytes_are_read_or_refused(data: bytes, charset: str) -> None:
    for content in (data, b"MSH|^~\\&|" + data):
        try:
            parse_bytes(content, charset)
        except Er7Error as error:
            assert error.reason_fr
