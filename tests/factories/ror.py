"""A ROR to talk to in tests: the test server over TLS, its certificates, and a hospital whose offers it knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archipel.connectors.ror import feeding
from archipel.connectors.ror.client import Client
from archipel.connectors.ror.config import RorConfig, ror_config
from archipel.connectors.ror.mock import certificates
from archipel.connectors.ror.mock.certificates import CONSUMER, SUPPLIER, Certificates
from archipel.connectors.ror.mock.server import Access, MockRor
from archipel.connectors.ror.mock.store import Place, Store
from archipel.connectors.ror.sending import Report
from archipel.connectors.ror.settings import Channel, RorSettings
from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import Offer
from tests.factories.beds import CHU, SITE, make_unit, system

STRUCTURE = f"1{SITE}"
PROFILE, ROLE = ("CU22", "1.2.250.1.213.1.6.1.66"), ("AUTOMATE", "1.2.250.1.213.1.1.4.6")


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)


@dataclass
class Bench:
    """A mock, the channels to it, and a clock."""

    mock: MockRor
    certs: Certificates
    token: Path
    clock: Clock
    config: RorConfig = field(default_factory=ror_config)

    def channel(self, name: str, cert: str, *, timeout: float = 5.0) -> Channel:
        """A way to the mock with a certificate."""
        return Channel(
            name, self.mock.url, self.certs.cert(cert), self.certs.key(cert), self.certs.ca, self.token, timeout=timeout
        )

    def supplier(self, cert: str = SUPPLIER, *, timeout: float = 5.0) -> Client:
        """The channel that writes."""
        return Client(self.channel("fournisseur", cert, timeout=timeout))

    def consumer(self, cert: str = CONSUMER) -> Client:
        """The channel that reads."""
        return Client(self.channel("consommateur", cert), self.settings)

    @property
    def settings(self) -> RorSettings:
        """The headers of a reading."""
        return RorSettings(None, None, PROFILE, ROLE, "", 1.0, 5.0, 4)

    def feed(
        self, *, cert: str = SUPPLIER, read_back: bool = True, timeout: float = 5.0, reader: str = CONSUMER
    ) -> Report:
        """One round, with fresh connections."""
        supplier, consumer = self.supplier(cert, timeout=timeout), self.consumer(reader) if read_back else None
        try:
            return feeding.feed(supplier, consumer, chance=lambda: 0.0, now=self.clock, config=self.config, parallel=2)
        finally:
            supplier.close()
            if consumer is not None:
                consumer.close()


@contextmanager
def bench(folder: Path, *, tls: bool = True, strict: bool = True) -> Iterator[Bench]:
    """The test ROR, with the combinations of the configuration when ``strict``."""
    certs = certificates.make(folder / "certificats")
    token = folder / "jeton"
    token.write_text("jeton-d-essai\n", encoding="utf-8")
    clock = Clock()
    store = Store(ror_config().valid if strict else None, now=clock)
    access = Access(frozenset({SUPPLIER}), frozenset({CONSUMER})) if tls else Access()
    with MockRor(store, tls=certs.server_context() if tls else None, access=access) as mock:
        yield Bench(mock, certs, token, clock)


def offer(code: str = "MED1", *units: str, **values: object) -> Offer:
    """An offer of the CHU."""
    given: dict[str, object] = {"name": f"Offre {code}", "filiere": "MED"} | values
    return Offer(CHU, STRUCTURE, code, units=units, **given)  # type: ignore[arg-type]


def place(one: Offer, **values: object) -> Place:
    """The same offer in the test ROR."""
    return Place(location=f"27-{one.code}", external=one.key, name=one.name, nature=one.nature, **values)  # type: ignore[arg-type]


def hospital(found: Bench, *, beds: str = "101-P 101-F 102- 103- 104-", uf: str = "3001", **values: object) -> Offer:
    """A unit with beds, its offer here and in the ROR."""
    make_unit(uf, beds=beds, filiere=str(values.get("filiere", "MED")))
    declared = flow.declare_offer(scope=system(), offer=offer(f"MED{uf}", uf, **values))
    found.mock.store.put([place(declared)])
    return declared
