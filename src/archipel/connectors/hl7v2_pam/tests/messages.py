"""Synthetic messages for the tests of the codec."""

from __future__ import annotations

import pytest

from archipel.connectors.hl7v2_pam.codec import Profile, Rejected, Translation, parse, translate
from archipel.domains.flow.values import MovementFact

DIGEST = "0123456789abcdef" * 4
TOLERANT = Profile()
STRICT = Profile(strict=True)

PID3 = "000003^^^CHU-X&000897406&N^PI"
INS = "279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS"
UF = "Chir V^^^^^CHU-X&000897406&N^UF^^^6268"


def segment(name: str, **fields: str) -> str:
    """``segment("PV1", f2="I", f19="12^^^X")``."""
    numbers = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(numbers.get(n, "") for n in range(1, max(numbers, default=0) + 1))])


def msh(event: str = "A01", *, kind: str = "ADT", at: str = "20240306111154", control: str = "3975") -> str:
    return f"MSH|^~\\&|GAM|CHU-X|DPI|CHU-X|{at}||{kind}^{event}^ADT_A01|{control}|D|2.5^FRA^2.11|||||FRA|UNICODE UTF-8"


def pid(**fields: str) -> str:
    base = {
        "f1": "1",
        "f3": f"{PID3}~{INS}",
        "f5": "PAT-TROIS^DOMINIQUE^DOMINIQUE ALIX^^^^L",
        "f7": "19790328",
        "f8": "F",
        "f11": "28 Av^^PARIS^^75007^FRA^H~^^^^^^BDL^^63220",
        "f18": "24000006^^^CHU-X&000897406&M^AN",
        "f32": "VALI",
    }
    return segment("PID", **{**base, **fields})


def pv1(**fields: str) -> str:
    base = {
        "f1": "1",
        "f2": "I",
        "f3": "6268^101^P^CHU-X&000897406&M^O",
        "f19": "0897^^^CHU-X&000897406&M^VN",
        "f51": "V",
    }
    return segment("PV1", **{**base, **fields})


def zbe(**fields: str) -> str:
    base = {
        "f1": "312^CHU-X^000897406",
        "f2": "20240306110000",
        "f4": "INSERT",
        "f5": "N",
        "f7": UF,
        "f8": UF,
        "f9": "HMS",
    }
    return segment("ZBE", **{**base, **fields})


def evn(**fields: str) -> str:
    return segment("EVN", **{"f2": "20240306111154", "f6": "20240306110000", **fields})


def message(event: str, *segments: str, **header: str) -> str:
    """A whole message; without segments, a conforming movement."""
    rest = segments or (evn(), pid(), pv1(), zbe())
    return "\r".join([msh(event, **header), *rest])


def read(event: str, *segments: str, profile: Profile = TOLERANT, **header: str) -> Translation:
    return translate(parse(message(event, *segments, **header)), profile, DIGEST)


def one(translation: Translation) -> MovementFact:
    assert translation.outcome == "translated"
    (fact,) = translation.movements
    return fact


def has(translation: Translation, *words: str) -> bool:
    return any(all(word in warning for word in words) for warning in translation.warnings)


def rejected(event: str, *segments: str, profile: Profile = TOLERANT, **header: str) -> Rejected:
    with pytest.raises(Rejected) as caught:
        read(event, *segments, profile=profile, **header)
    error = caught.value
    assert error.reason_fr.startswith(error.segment)
    assert "attendu" in error.reason_fr
    assert error.reason_fr.endswith(".")
    return error
