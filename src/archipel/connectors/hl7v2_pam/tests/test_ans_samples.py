"""Official samples of the ANS (reference data, never copied here), and python-hl7 as a peer."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from archipel.connectors.hl7v2_pam.codec import Profile, Rejected, Translation, parse_bytes, translate

_ROOT = os.environ.get("ARCHIPEL_REFERENCE_DATA", "")
SAMPLES = sorted(Path(_ROOT, "flow/hl7_ans").rglob("*.er7")) if _ROOT else []
pytestmark = pytest.mark.skipif(not SAMPLES, reason="ARCHIPEL_REFERENCE_DATA has no flow/hl7_ans")
CONSENTS = {
    "ConsentementConsultation_NonOppositionAlimentation": ("INO", "IC"),
    "NonConsentementConsultation_NonOppositionAlimentation": ("INO", "INC"),
    "NonConsentementConsultation_OppositionAlimentation": ("IO", "INC"),
    "NonRecueillieConsentementConsultation_NonOppositionAlimentation": ("INO", "NA"),
    "NonRecueillieConsentementConsultation_NonRecueillieOppositionAlimentation": ("NA", "NA"),
    "admission": ("INO", "IC"),
    "sortie": (None, None),
}


def read(path: Path, profile: Profile | None = None) -> Translation:
    data = path.read_bytes()
    return translate(parse_bytes(data), profile or Profile(), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_sample(path: Path) -> None:
    found = read(path)
    assert found.outcome == "translated"
    (fact,) = found.movements
    (who,) = found.identities
    assert fact.movement.startswith("000897406|")
    assert fact.venue.startswith("000897406|")
    assert fact.patient == who.patient == "000897406|000003"
    assert who.ins is not None
    assert (who.ins.recupere, who.ins.piece_verifiee) == (True, True)
    assert fact.nature == "HMS"
    expected = CONSENTS[path.stem]
    assert (found.attributes.get("dmp_alimentation"), found.attributes.get("dmp_consultation")) == expected


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_only_the_shifted_sample_is_a_departure(path: Path) -> None:
    strict = Profile(strict=True)
    if path.stem == "sortie":
        (warning,) = read(path).warnings
        assert "décalé" in warning
        with pytest.raises(Rejected) as caught:
            read(path, strict)
        assert caught.value.segment == "ZBE"
    else:
        assert read(path, strict).warnings == ()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_same_fields_as_python_hl7(path: Path) -> None:
    hl7 = pytest.importorskip("hl7")
    data = path.read_bytes()
    ours = parse_bytes(data)
    text = data.decode("utf-8").replace("\r\n", "\r").replace("\n", "\r").strip("\r")
    theirs = hl7.parse(text)
    compared = 0
    for name in dict.fromkeys(ours.names):
        if name == "MSH":
            continue
        for occurrence, peer in enumerate(theirs.segments(name)):
            for number in range(1, len(peer)):
                assert ours.raw(name, number, occurrence) == str(peer[number])
                for repetition, repeated in enumerate(ours.repetitions(name, number, occurrence)):
                    for component in range(1, repeated.count("^") + 2):
                        value = theirs.extract_field(name, occurrence + 1, number, repetition + 1, component, 1)
                        assert ours.get(name, number, repetition, component, occurrence=occurrence) == (value or "")
                        compared += 1
    assert compared > 50
