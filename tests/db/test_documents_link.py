"""Documents to the platform through TLS, and a sender killed with -9: nothing lost, nothing handed over twice."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import override_settings

from archipel.connectors.mdm.codec import acknowledge
from archipel.connectors.mdm.listener import Listener, Options
from archipel.connectors.mdm.mock import Behaviour, Mock
from archipel.kernel import clock
from archipel.kernel.hl7v2 import MllpDecoder, encode, parse_bytes
from archipel.passages.documents import public as documents
from tests.db.test_documents import FAST, draft, due_now, get, until, written
from tests.db.test_ingestion_tls import Authority


@pytest.fixture(autouse=True)
def _environment(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("ARCHIPEL_PFI", "ARCHIPEL_PFI_ADDRESSES", "ARCHIPEL_MSSANTE_SMTP"):
        monkeypatch.delenv(name, raising=False)
    with override_settings(INS_ENVIRONMENT="test", CDA_RULES="", DOCUMENTS_AUTO="", PASSWORD_HASHERS=FAST):
        yield


@contextmanager
def tls_platform(authority: Authority) -> Iterator[tuple[int, list[bytes]]]:
    """A server that asks for our certificate, takes one message a connection and acknowledges it."""
    own = authority.issue("pfi")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.path))
    context.load_cert_chain(own.certificate, own.key)
    context.verify_mode = ssl.CERT_REQUIRED
    taken: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = server.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(raw, server_side=True) as link:
                    decoder = MllpDecoder()
                    while data := link.recv(65_536):
                        for frame in decoder.feed(data):
                            assert isinstance(frame, bytes)
                            taken.append(frame)
                            link.sendall(encode(acknowledge(frame, code="AA", at=clock.now())))
            except OSError:
                continue

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1], taken
    server.close()


def test_mutual_tls_and_what_a_wrong_certificate_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, stranger = Authority(tmp_path, "ght"), Authority(tmp_path, "inconnue")
    ours = authority.issue("archipel")
    with tls_platform(authority) as (port, taken):
        monkeypatch.setenv("ARCHIPEL_PFI", f"localhost:{port}")
        monkeypatch.setenv("ARCHIPEL_PFI_TLS_CA", str(stranger.path))
        number = draft()
        written(number)
        documents.run_once()
        assert get(number).state == "a_envoyer"
        assert not taken
        monkeypatch.setenv("ARCHIPEL_PFI_TLS_CA", str(authority.path))
        due_now()
        documents.run_once()
        assert get(number).state == "a_envoyer", "the platform asks for our certificate"
        assert not taken
        monkeypatch.setenv("ARCHIPEL_PFI_TLS_CERT", str(ours.certificate))
        monkeypatch.setenv("ARCHIPEL_PFI_TLS_KEY", str(ours.key))
        due_now()
        documents.run_once()
        assert get(number).state == "envoye"
        assert len(taken) == 1


def test_the_receipts_door_speaks_mutual_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ght")
    own, platform = authority.issue("archipel"), authority.issue("pfi")
    listener = Listener(Options("127.0.0.1", 0, str(own.certificate), str(own.key), str(authority.path)))
    listener.start()
    zam = b"MSH|^~\\&|PFI|X|A|Y|2026||ZAM^Z01^ZAM_Z01|9|T|2.6\rOBX|1|CWE|ACK_RECEPTION_DMP|INCONNU|Y\r"
    context = ssl.create_default_context(cafile=str(authority.path))
    mute = socket.create_connection(("127.0.0.1", listener.port))  # says nothing, holds nobody up

    def said(timeout: float) -> bytes:
        with (
            socket.create_connection(("127.0.0.1", listener.port), timeout) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as link,
        ):
            link.sendall(encode(zam))
            return link.recv(4096)

    with pytest.raises((OSError, AssertionError)):
        assert said(5), "closed without a word"
    context.load_cert_chain(platform.certificate, platform.key)
    assert b"MSA|AA|9" in said(10)
    mute.close()
    listener.shutdown()
    listener.server_close()
    assert documents.unmatched() == 1


@pytest.mark.slow
def test_a_sender_killed_while_it_waits_loses_and_doubles_nothing(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listener = Listener(Options(port=0))
    listener.start()
    taken: list[str] = []
    reached = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def swallow() -> None:
        raw, _ = server.accept()
        decoder = MllpDecoder()
        while data := raw.recv(65_536):
            for frame in decoder.feed(data):
                taken.append(parse_bytes(frame).get("MSH", 10))  # type: ignore[arg-type]
                reached.set()

    threading.Thread(target=swallow, daemon=True).start()
    number = draft()
    written(number)
    environment = {
        **os.environ, "DATABASE_URL": fresh_database, "ARCHIPEL_MIGRATED": "1", "ARCHIPEL_INS_ENVIRONMENT": "test",
        "ARCHIPEL_DATA": str(tmp_path), "ARCHIPEL_PFI": f"127.0.0.1:{server.getsockname()[1]}",
        "ARCHIPEL_SECRET_KEY": "k" * 50,
    }  # fmt: skip
    command = [sys.executable, "-m", "archipel", "documents", "envoyer", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    assert reached.wait(60), "the message never left"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert get(number).state == "a_envoyer"
    from archipel.foundation.scope import in_scope
    from archipel.passages.documents.models import Delivery
    from tests.factories.beds import system

    with in_scope(system()):
        assert Delivery.objects.get().state == "en_cours"
        Delivery.objects.update(claimed_at="2020-01-01T00:00:00Z")  # ninety seconds later
    mock = Mock(Behaviour(("127.0.0.1", listener.port), delay=0.05)).start()
    mock._known.update(taken)
    monkeypatch.setenv("ARCHIPEL_PFI", f"127.0.0.1:{mock.port}")
    documents.run_once()
    received = [line for line in mock.log if line["quoi"] == "recu"]
    assert [line["message"] for line in received] == taken, "the same message, under the same number"
    assert received[0]["deja"]
    until(lambda: get(number).state == "envoye")
    mock.stop()
    server.close()
    listener.shutdown()
    listener.server_close()
