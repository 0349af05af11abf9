"""Whatever is done to a message, translating it ends with a Translation or a Rejected, always the same."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.codec import (
    CodecError,
    Er7Error,
    Profile,
    Rejected,
    Translation,
    parse_bytes,
    translate,
)
from archipel.connectors.hl7v2_pam.codec.events import KNOWN
from archipel.connectors.hl7v2_pam.tests.messages import DIGEST, INS, evn, message, pid, pv1, segment, zbe

_ROOT = os.environ.get("ARCHIPEL_REFERENCE_DATA", "")
_OFFICIAL = [p.read_text("utf-8") for p in sorted(Path(_ROOT, "flow/hl7_ans").rglob("*.er7"))] if _ROOT else []
MRG = segment("MRG", f1="9^^^CHU-X&000897406&N^PI", f3="77^^^CHU-X&000897406&M")
FULL = (
    evn(),
    pid(),
    pv1(f42="3100", f44="20240306070000"),
    segment("PV2", f9="20240310"),
    zbe(),
    segment("ZFA", f9="INO"),
    segment("ZFM", f2="8"),
    MRG,
)

NASTY = st.sampled_from(
    ['""', "", "^", "~", "&", "\\", "|", "\\F\\", "\\X00\\", "^^^^^", "~~", "20241345", "00000000", "CANCEL", "UPDATE",
     "INSERT", "V", "~x", "^^^~&&", "A" * 300, "é", "\x00", "\x0b", "٣", "²", "+1", "1.2.250.1.213.1.4.10", INS, "\n"]
)  # fmt: skip
profiles = st.builds(
    Profile,
    strict=st.booleans(),
    authority=st.sampled_from(["", "LOCAL", "~", "A|B"]),
    authorities=st.sampled_from([{}, {"CHU-X": "Z"}, {"000897406": ""}]),
    uf_map=st.sampled_from([{}, {"6268": "1"}]),
    timezone=st.sampled_from(["Europe/Paris", "America/Martinique"]),
    ins_environment=st.sampled_from(["production", "test", "demo"]),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A message with fields dropped, doubled, swapped or spoiled, and segments lost, doubled or shuffled."""
    event = draw(st.sampled_from([*sorted(KNOWN), "A60", "", "a01"]))
    base = draw(st.sampled_from([message(event, *FULL), message(event), *_OFFICIAL]))
    rows = [line.split("|") for line in base.replace("\n", "\r").split("\r") if line]
    for _ in range(draw(st.integers(0, 6))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        at = draw(st.integers(1, max(1, len(row) - 1))) if len(row) > 1 else 0
        match draw(st.integers(0, 6)):
            case 0:
                del row[at:]
            case 1:
                row.insert(at, draw(NASTY))
            case 2 if at:
                row[at] = draw(NASTY | st.text(max_size=12))
            case 3 if at:
                row[at] = row[at] + draw(NASTY) + row[at]
            case 4:
                rows.append(list(row))
            case 5 if len(rows) > 1:
                rows.remove(row)
            case 6:
                rows = [rows[0], *draw(st.permutations(rows[1:]))]
            case _:
                pass
    return draw(st.sampled_from(["\r", "\n", "\r\n"])).join("|".join(row) for row in rows)


def outcome(data: bytes, profile: Profile) -> Translation | str:
    try:
        return translate(parse_bytes(data, profile.charset), profile, DIGEST)
    except CodecError as error:
        assert isinstance(error, Er7Error | Rejected)
        assert error.reason_fr
        assert error.reason_fr.isprintable()
        assert error.segment
        assert len(error.found) <= 40
        return error.reason_fr


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.items() for text in texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    return []


@settings(max_examples=600, deadline=None)
@given(mutated(), profiles, st.sampled_from(["utf-8", "latin-1", "cp1252"]))
def test_every_message_ends_with_an_explained_outcome(text: str, profile: Profile, codec: str) -> None:
    data = text.encode(codec, "replace")
    found = outcome(data, profile)
    assert found == outcome(data, profile)
    if isinstance(found, str):
        return
    if found.outcome == "ignored":
        assert found.reason.endswith(".")
        return
    assert found.reason == ""
    assert found.identities
    for fact in found.movements:
        assert fact.movement.count("|") == 1
        assert fact.venue.count("|") == 1
        assert fact.patient.count("|") == 1
        assert fact.movement.startswith("~") or fact.movement.split("|")[1]
        assert fact.effective_at.utcoffset() is not None
        assert fact.stamp
    assert len({fact.movement for fact in found.movements}) == len(found.movements)
    for value in texts(asdict(found)):
        assert "\x00" not in value
    for warning in found.warnings:
        assert warning.isprintable()
        assert warning.endswith(".")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120), st.integers(0, 900), profiles)
def test_spoiled_bytes_never_raise_anything_else(noise: bytes, at: int, profile: Profile) -> None:
    data = message("A01", *FULL).encode()
    outcome(data[:at] + noise + data[at:], profile)
    outcome(data[:at], profile)
    outcome(noise, profile)


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_names_and_numbers_stay_out_of_sentences(text: str) -> None:
    try:
        sentences = translate(parse_bytes(text.encode()), Profile(), DIGEST).warnings
    except CodecError as error:
        sentences = (error.reason_fr,)
    for sentence in sentences:
        for secret in ("PAT-TROIS", "DOMINIQUE", "2790351215189", "19790328"):
            assert secret not in sentence
