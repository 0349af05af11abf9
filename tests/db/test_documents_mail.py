"""Documents by mail, on a real SMTP server with TLS and a real IMAP socket; receipts read; no mail sent twice."""

from __future__ import annotations

import os
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import override_settings

from archipel.connectors.mssante.channel import MailChannel
from archipel.connectors.mssante.tests.test_codec import MDN
from archipel.foundation.scope import in_scope
from archipel.passages.documents import public as documents
from archipel.passages.documents import registry
from archipel.passages.documents.models import Delivery
from archipel.passages.documents.values import DeliveryState
from tests.db.test_documents import FAST, HODA, draft, due_now, get, written
from tests.db.test_ingestion_kill import free_port
from tests.db.test_ingestion_tls import Authority
from tests.factories.beds import system
from tests.factories.documents import make_physician, scope_for

MAIL_ONLY = {"dmp": False, "patient": True}


class Box:
    """What the server keeps; it may refuse or break off."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.answer = "250 OK"
        self.refused = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refused and self.refused in address:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer == "cut":
            self.mails.append((list(envelope.rcpt_tos), envelope.content))
            server.transport.abort()
        elif self.answer.startswith("250"):
            self.mails.append((list(envelope.rcpt_tos), envelope.content))
        return self.answer


@pytest.fixture
def box(fresh_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Box]:
    for name in ("ARCHIPEL_PFI", "ARCHIPEL_PFI_ADDRESSES"):
        monkeypatch.delenv(name, raising=False)
    authority = Authority(tmp_path, "operateur")
    own = authority.issue("smtp")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own.certificate, own.key)
    kept = Box()
    controller = Controller(
        kept,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        server_hostname="localhost",
    )  # fmt: skip
    controller.start()
    port = controller.server.sockets[0].getsockname()[1]
    monkeypatch.setenv("ARCHIPEL_MSSANTE_SMTP", f"localhost:{port}")
    monkeypatch.setenv("ARCHIPEL_MSSANTE_FROM", "urgences@chu.mssante.fr")
    monkeypatch.setenv("ARCHIPEL_MSSANTE_TLS_CA", str(authority.path))
    with override_settings(INS_ENVIRONMENT="test", CDA_RULES="", DOCUMENTS_AUTO="", PASSWORD_HASHERS=FAST):
        yield kept
    controller.stop()


class Imap(socketserver.ThreadingTCPServer):
    """As much of IMAP4rev1 as reading unread mails takes."""

    allow_reuse_address = True
    daemon_threads = True
    mails: list[bytes]
    seen: set[int]


class _ImapHandler(socketserver.StreamRequestHandler):
    server: Imap

    def handle(self) -> None:
        self.wfile.write(b"* PREAUTH ready\r\n")
        for line in self.rfile:
            tag, command, *rest = line.decode().strip().split(" ")
            lines: list[bytes] = []
            if command == "CAPABILITY":
                lines = [b"* CAPABILITY IMAP4rev1"]
            elif command == "SELECT":
                lines = [b"* %d EXISTS" % len(self.server.mails)]
            elif command == "SEARCH":
                unread = [str(n) for n in range(1, len(self.server.mails) + 1) if n not in self.server.seen]
                lines = [("* SEARCH " + " ".join(unread)).encode()]
            elif command == "FETCH":
                body = self.server.mails[int(rest[0]) - 1]
                lines = [b"* %s FETCH (BODY[] {%d}\r\n%s)" % (rest[0].encode(), len(body), body)]
            elif command == "STORE":
                self.server.seen.add(int(rest[0]))
            for one in lines:
                self.wfile.write(one + b"\r\n")
            self.wfile.write(f"{tag} OK done\r\n".encode())
            if command == "LOGOUT":
                return


@pytest.fixture
def imap() -> Iterator[Imap]:
    server = Imap(("127.0.0.1", 0), _ImapHandler)
    server.mails, server.seen = [], set()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def sent() -> int:
    """A document validated and on its way by mail: to a professional and to the patient."""
    number = draft()
    written(number, wishes=MAIL_ONLY)
    documents.run_once()
    return number


def deliveries(number: int) -> list[Delivery]:
    with in_scope(system()):
        return list(Delivery.objects.filter(document_id=number).order_by("channel"))


def test_one_mail_to_professionals_one_to_the_patient_then_receipts(
    box: Box, imap: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sent()
    assert [one.state for one in deliveries(number)] == ["accepte", "accepte"]
    assert [to for to, _ in box.mails] == [["a.hoda@medecin.mssante.fr"], [to for to, _ in box.mails][1]]
    assert box.mails[1][0][0].endswith("@patient.mssante.fr")
    assert b"X-MSS-MES: FIN" in box.mails[1][1]
    assert get(number).state == "envoye"
    for one in deliveries(number):
        target = one.targets[0]
        text = MDN.format(control=one.control_id, disposition="displayed", text="")
        imap.mails.append(text.replace("A.Hoda@medecin.mssante.fr", target).replace("\n", "\r\n").encode())
    imap.mails.append(b"Subject: rien\r\n\r\nbonjour")
    monkeypatch.setenv("ARCHIPEL_MSSANTE_IMAP", f"127.0.0.1:{imap.server_address[1]}")
    monkeypatch.setenv("ARCHIPEL_MSSANTE_TLS", "sans")
    channel = registry.channel("mssante")
    assert isinstance(channel, MailChannel)
    channel._next_poll = 0.0
    assert documents.run_once() == 2
    assert get(number).state == "transmis"
    assert imap.seen == {1, 2, 3}
    channel._next_poll = 0.0
    assert documents.run_once() == 0


def test_a_mail_cut_at_the_wrong_moment_waits_for_a_person(box: Box) -> None:
    box.answer = "cut"
    number = sent()
    assert get(number).state == "a_verifier"
    assert {one.state for one in deliveries(number)} == {DeliveryState.INCERTAIN.value}
    box.answer = "250 OK"
    count = len(box.mails)
    due_now()
    documents.run_once()
    assert len(box.mails) == count, "nothing goes again by itself"
    physician = scope_for(make_physician(rpps="10000000077"))
    left, patient = deliveries(number)
    documents.settle_doubt(scope=physician, document=number, delivery=int(left.pk), sent=True)
    documents.settle_doubt(scope=physician, document=number, delivery=int(patient.pk), sent=False)
    documents.run_once()
    assert len(box.mails) == count + 1
    assert get(number).state == "envoye"


def test_a_process_killed_while_sending_leaves_a_doubt_not_a_second_mail(box: Box) -> None:
    number = sent()
    with in_scope(system()):
        Delivery.objects.filter(document_id=number).update(state="en_cours", claimed_at="2020-01-01T00:00:00Z")
    documents.run_once()
    assert get(number).state == "a_verifier"
    assert len(box.mails) == 2


def test_refused_addresses_are_told_and_the_others_get_their_mail(box: Box) -> None:
    box.refused = "a.hoda"
    number = draft()
    other = documents.Recipient("Dr B", "b@medecin.mssante.fr", "ps", "10101010103")
    written(number, recipients=[HODA, other], wishes=MAIL_ONLY)
    documents.run_once()
    found = get(number)
    assert ["b@medecin.mssante.fr"] in [to for to, _ in box.mails]
    assert found.state == "echec"
    assert "refusée" in found.problem


def test_a_full_server_is_tried_again_a_closed_one_is_not(box: Box) -> None:
    box.answer = "452 full"
    number = sent()
    assert {one.state for one in deliveries(number)} == {"a_envoyer"}
    box.answer = "554 no"
    due_now()
    documents.run_once()
    assert get(number).state == "echec"
    assert not box.mails


def test_an_unknown_certificate_sends_nothing(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHIPEL_MSSANTE_TLS_CA")
    number = sent()
    assert not box.mails
    assert {one.state for one in deliveries(number)} == {"a_envoyer"}
    assert "certificat" in deliveries(number)[0].error


def test_a_server_down_loses_nothing(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    good = os.environ["ARCHIPEL_MSSANTE_SMTP"]
    monkeypatch.setenv("ARCHIPEL_MSSANTE_SMTP", "localhost:9")
    number = sent()
    assert "ne répond pas" in deliveries(number)[0].error
    monkeypatch.setenv("ARCHIPEL_MSSANTE_SMTP", good)
    due_now()
    documents.run_once()
    assert len(box.mails) == 2
    assert get(number).state == "envoye"
