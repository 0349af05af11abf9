"""MLLP over TLS, and mutual TLS: certificates are made here, for the test."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.db.ingestion import Client, Journal, listening
from tests.factories.pam import Move, message

GOOD = message(Move("A01", "TLS1"))


@dataclass(frozen=True)
class Identity:
    certificate: Path
    key: Path


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.subject, self.key, authority=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool, age: int = 0
    ) -> x509.Certificate:
        now = datetime.now(UTC) - timedelta(days=age)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if not authority:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, name: str, *, age: int = 0) -> Identity:
        """A certificate and its key; ``age`` in days: beyond two, it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key, authority=False, age=age)
        made = Identity(self.folder / f"{self.name}-{name}.pem", self.folder / f"{self.name}-{name}.key")
        made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return made


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"), "ght")


@pytest.fixture
def journal(fresh_database: str) -> Iterator[Journal]:
    opened = Journal(fresh_database)
    yield opened
    opened.close()


def client_context(authority: Authority, identity: Identity | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.path))
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    return context


def refused(port: int, context: ssl.SSLContext | None) -> bool:
    """Whether a message gets no acknowledgement (TLS 1.3 tells the client only after its first bytes)."""
    try:
        with Client(port, context, timeout=5) as client:
            client.send(GOOD)
    except (OSError, ConnectionError):
        return True
    return False


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls(journal: Journal, authority: Authority) -> None:
    server = authority.issue("localhost")
    with listening(journal.url, certificate=server.certificate, key=server.key) as port:
        with Client(port, client_context(authority)) as client:
            assert client.send(GOOD).code == "AA"
        assert refused(port, None)  # in clear
        old = client_context(authority)
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        assert refused(port, old)
        with Client(port, client_context(authority)) as client:
            assert client.send(message(Move("A01", "TLS2"))).code == "AA"
    assert journal.count("journal_message") == 2


def test_mutual_tls(journal: Journal, authority: Authority, tmp_path: Path) -> None:
    server, known = authority.issue("localhost"), authority.issue("gam")
    stranger = Authority(tmp_path, "autre").issue("gam")
    expired = authority.issue("ancien", age=30)
    options = {"certificate": server.certificate, "key": server.key, "authority": authority.path}
    with listening(journal.url, **options) as port:
        assert refused(port, client_context(authority))  # without a certificate
        assert refused(port, client_context(authority, stranger))
        assert refused(port, client_context(authority, expired))
        assert journal.count("journal_message") == 0
        with Client(port, client_context(authority, known)) as client:
            assert client.send(GOOD).code == "AA"
    assert journal.count("journal_message") == 1
