"""The archive, the mail and the receipts: what is written reads back, what comes is understood, nothing identifies."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.factories.documents import MATRICULE, make_content

from archipel.connectors.mssante.codec import archive, compose, read
from archipel.passages.documents.values import Kind, ReceiptKind

CDA = b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"
CONTROL = "0123456789ABCDEF0123"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def mail(*, to_patient: bool = False) -> bytes:
    return compose(
        control_id=CONTROL, content=make_content(), cda=CDA, sender="urgences@chu.mssante.fr",
        recipients=["a.hoda@medecin.mssante.fr"], to_patient=to_patient, at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
def test_the_archive_is_an_xdm(kind: Kind) -> None:
    content = make_content(kind)
    data = archive(content, CDA)
    assert data == archive(content, CDA), "the same bytes each time"
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        assert made.namelist() == [
            "README.TXT", "INDEX.HTM", "IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM/SUBSET01/DOC0001.XML",
        ]  # fmt: skip
        root = etree.fromstring(made.read("IHE_XDM/SUBSET01/METADATA.XML"))
        assert made.read("IHE_XDM/SUBSET01/DOC0001.XML") == CDA
        assert b"PAT-TROIS" not in made.read("README.TXT") + made.read("INDEX.HTM")
    rim = {"r": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}
    slots = {
        one.get("name"): [value.text for value in one.iterfind(".//r:Value", rim)]
        for one in root.iterfind(".//r:ExtrinsicObject/r:Slot", rim)
    }
    assert slots["hash"] == [hashlib.sha1(CDA).hexdigest()]
    assert slots["size"] == [str(len(CDA))]
    assert slots["URI"] == ["DOC0001.XML"]
    ids = {one.get("value") for one in root.iterfind(".//r:ExternalIdentifier", rim)}
    assert content.uid in ids
    assert any(MATRICULE in value for value in ids)
    codes = {one.get("nodeRepresentation") for one in root.iterfind(".//r:Classification", rim)}
    assert {"N", "SA01"} <= codes
    assert len(root.findall(".//r:Association", rim)) == 1


def test_the_mail_names_nobody_and_asks_for_receipts() -> None:
    read_back = message_from_bytes(mail(), policy=default)
    assert read_back["Subject"] == "XDM/1.0/DDM+CR de passage aux urgences"
    assert read_back["Disposition-Notification-To"] == "urgences@chu.mssante.fr"
    assert read_back["Message-ID"] == f"<{CONTROL}@chu.mssante.fr>"
    assert read_back["X-MSS-MES"] is None
    (attached,) = read_back.iter_attachments()
    assert attached.get_filename() == "IHE_XDM.zip"
    assert zipfile.is_zipfile(io.BytesIO(attached.get_payload(decode=True)))
    outside = str(read_back["Subject"]) + read_back.get_body().get_content()
    assert "PAT-TROIS" not in outside
    assert MATRICULE not in outside
    assert message_from_bytes(mail(to_patient=True), policy=default)["X-MSS-MES"] == "FIN"


MDN = """From: a.hoda@medecin.mssante.fr
To: urgences@chu.mssante.fr
Subject: Lu
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain; charset=utf-8

{text}
--b
Content-Type: message/disposition-notification

Reporting-UA: essai
Final-Recipient: rfc822; A.Hoda@medecin.mssante.fr
Original-Message-ID: <{control}@chu.mssante.fr>
Disposition: automatic-action/MDN-sent-automatically; {disposition}

--b--
"""
DSN = """From: mailer-daemon@operateur.fr
To: urgences@chu.mssante.fr
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; operateur.fr

Final-Recipient: rfc822; a.hoda@medecin.mssante.fr
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such box

Final-Recipient: rfc822; b@medecin.mssante.fr
Action: delivered
Status: 2.0.0

--b
Content-Type: text/rfc822-headers

Message-ID: <{control}@chu.mssante.fr>
Subject: XDM

--b--
"""


@pytest.mark.parametrize(
    ("disposition", "text", "positive", "words"),
    [
        ("displayed", "", True, ""),
        ("processed", "", True, ""),
        ("deleted", "", False, "sans être lu"),
        ("processed/error", "", False, "sans être lu"),
        ("processed", "[KO Intégration système !][904] INS", False, "ne correspond pas"),
        ("processed", "[KO Integration systeme][902]", False, "inconnu"),
    ],
)
def test_notifications_of_reading(disposition: str, text: str, positive: bool, words: str) -> None:
    raw = MDN.format(control=CONTROL, disposition=disposition, text=text).encode()
    (one,) = read(raw)
    assert (one.kind, one.control_id, one.positive) == (ReceiptKind.MSS_LECTURE, CONTROL, positive)
    assert one.target == "a.hoda@medecin.mssante.fr"
    assert words in one.sentence


def test_delivery_reports() -> None:
    bad, good = read(DSN.format(control=CONTROL, action="failed", status="5.1.1").encode())
    assert (bad.positive, bad.code, bad.control_id) == (False, "5.1.1", CONTROL)
    assert "no such box" in bad.sentence
    assert (good.positive, good.target) == (True, "b@medecin.mssante.fr")
    (only,) = read(DSN.format(control=CONTROL, action="delayed", status="4.0.0").encode())
    assert only.positive, "a delay says nothing yet"


def test_a_software_that_could_not_integrate_answers_by_mail() -> None:
    raw = (
        f"From: Cabinet <a.hoda@medecin.mssante.fr>\r\nSubject: [KO Intégration système !][903]\r\n"
        f"In-Reply-To: <{CONTROL}@chu.mssante.fr>\r\n\r\nbonjour"
    ).encode()
    (one,) = read(raw)
    assert (one.positive, one.code, one.target) == (False, "903", "a.hoda@medecin.mssante.fr")
    assert read(b"From: x@y.fr\r\nSubject: Re: XDM\r\n\r\nMerci") == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=500), st.sampled_from(["", "multipart/report; report-type=delivery-status; boundary=b"]))
def test_nothing_received_breaks_the_reader(body: bytes, kind: str) -> None:
    read(f"Content-Type: {kind}\r\n\r\n".encode() + body if kind else body)
