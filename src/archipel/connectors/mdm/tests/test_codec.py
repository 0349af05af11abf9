"""MDM and ZAM: what is written is read back, by us and by another library; what cannot be read says why."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories.documents import make_content

from archipel.connectors.mdm.codec import Sender, acknowledge, compose, read_ack, read_business
from archipel.connectors.mdm.mock import _fault, _zam
from archipel.kernel.errors import ArchipelError
from archipel.kernel.hl7v2 import Rejected, parse_bytes
from archipel.passages.documents.values import FLAGS, Flags, Kind, Order, ReceiptKind

SENDER = Sender("ARCHIPEL", "210780581", "PFI", "210780581", "T")
NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
CDA = b'<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="2.25.123456789"/></ClinicalDocument>'
ALL = Flags(dest_dmp=True, dest_mss_ps=True, dest_mss_patient=True)


def made(flags: Flags = ALL, **changes: object) -> bytes:
    return compose(Order("CTRL1", "210780581", make_content(**changes), CDA, flags), SENDER, NOW)  # type: ignore[arg-type]


def test_the_message_says_what_the_volet_asks() -> None:
    message = parse_bytes(made())
    assert message.get("MSH", 9) + "^" + message.get("MSH", 9, component=2) == "MDM^T02"
    assert (message.get("MSH", 12), message.get("MSH", 17), message.get("MSH", 18)) == ("2.6", "FRA", "UNICODE UTF-8")
    assert message.get("MSH", 21, component=2) == "CISIS_CDA_HL7_V2"
    assert [message.get("PID", 3, one, 5) for one in (0, 1)] == ["INS", "PI"]
    assert (message.get("TXA", 2), message.get("TXA", 12), message.get("TXA", 17)) == (
        "15507-7",
        "2.25.123456789",
        "AU",
    )
    assert message.get("OBR", 4) == message.get("OBX", 3) == "15507-7"
    assert base64.b64decode(message.get("OBX", 5, component=5)) == CDA
    assert [message.get("PRT", 4, occurrence=one) for one in range(4)] == ["SB", "RCT", "RCT", "RCT"]
    assert message.get("PRT", 15, component=4, occurrence=3).endswith("@patient.mssante.fr")
    codes = [message.get("OBX", 3, occurrence=one) for one in range(1, 11)]
    assert codes == [code for code, _, _ in FLAGS]
    assert _fault(message) == ""


def test_a_correction_is_a_replacement_everywhere() -> None:
    message = parse_bytes(made(version=2, replaces="2.25.1"))
    assert message.get("MSH", 9, component=2) == "T10"
    assert (message.get("ORC", 1), message.get("OBX", 11), message.get("TXA", 13)) == ("RO", "C", "2.25.1")


@settings(max_examples=60, deadline=None)
@given(st.builds(Flags, *[st.booleans()] * 10), st.text(max_size=40), st.sampled_from(list(Kind)))
def test_flags_and_texts_come_back_through_another_library(flags: Flags, text: str, kind: Kind) -> None:
    content = make_content(kind)
    from dataclasses import replace

    patient = replace(content.patient, nom_naissance=text, nom_utilise=text)
    raw = made(flags, kind=kind, patient=patient)
    other = hl7.parse(raw.decode().rstrip("\r"))
    told = {str(one[3][0][0]): str(one[5][0][0]) for one in other.segments("OBX")[1:]}
    assert told == {code: "Y" if getattr(flags, name) else "N" for code, name, _ in FLAGS}
    ours = parse_bytes(raw)
    assert ours.get("PID", 5) == text.replace("\x00", "").replace("\n", "\n")
    assert ours.count("OBX") == 11


@pytest.mark.parametrize("code", ["AA", "AE", "AR"])
def test_an_acknowledgement_is_read_back(code: str) -> None:
    ack = read_ack(acknowledge(made(), code=code, at=NOW, text="PV1-19 : absent"))
    assert (ack.code, ack.control_id) == (code, "CTRL1")
    assert ("absent" in ack.text) == (code != "AA")


@pytest.mark.parametrize(
    ("event", "name", "kind"),
    [
        ("Z01", "ACK_RECEPTION_DMP", ReceiptKind.DMP),
        ("Z02", "ACK_RECEPTION_MSS", ReceiptKind.MSS_RECEPTION),
        ("Z03", "ACK_LECTURE_MSS", ReceiptKind.MSS_LECTURE),
    ],
)
def test_business_acknowledgements_good_and_bad(event: str, name: str, kind: ReceiptKind) -> None:
    message = parse_bytes(made())
    address = "" if event == "Z01" else "A.Hoda@medecin.mssante.fr"
    good = read_business(_zam(message, event, name, "CTRL1", address, None))
    assert (good.kind, good.about, good.positive) == (kind, "CTRL1", True)
    assert good.target == ("dmp" if event == "Z01" else address.lower())
    bad = read_business(_zam(message, event, name, "CTRL1", address, ("904", "INS différente")))
    assert (bad.positive, bad.code) == (False, "904")
    assert "INS différente" in bad.text


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b"MSH|^~\\&|P||A||2026||ADT^A01|1|T|2.6\r", "MSH-9"),
        (b"MSH|^~\\&|P||A||2026||ZAM^Z09|1|T|2.6\r", "MSH-9"),
        (b"MSH|^~\\&|P||A||2026||ZAM^Z01|1|T|2.6\r", "OBX-4"),
        (b"MSH|^~\\&|P||A||2026||ZAM^Z01|1|T|2.6\rOBX|1|CWE|ACK_RECEPTION_DMP|X|?\r", "OBX-5"),
    ],
)
def test_what_is_not_an_accuse_says_where(raw: bytes, where: str) -> None:
    with pytest.raises(Rejected, match=where):
        read_business(raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_nothing_received_breaks_the_reader(raw: bytes) -> None:
    for one in (raw, b"MSH|^~\\&|" + raw):
        for read in (read_ack, read_business):
            try:
                read(one)
            except ArchipelError as error:
                assert error.message
        assert b"MSA|AE" in acknowledge(one, code="AE", at=NOW, text="illisible")
