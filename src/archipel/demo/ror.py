"""The demonstration's own ROR: the test server, fed live by the worker, with the neighbours of the region in it.

The hospitals and their beds are the real ones (SAE); what is free in them is made up, like all patients here.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from archipel.connectors.ror.codec.capacity import Figure
from archipel.connectors.ror.config import ror_config
from archipel.connectors.ror.mock import certificates
from archipel.connectors.ror.mock.certificates import CONSUMER, SUPPLIER, Certificates
from archipel.connectors.ror.mock.server import TOKEN_PATH, Access, MockRor
from archipel.connectors.ror.mock.store import Place, Store, load
from archipel.connectors.ror.settings import READ, WRITE
from archipel.demo.site import scope_for
from archipel.demo.structure import DemoStructure
from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import Indicator, Offer
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict
from archipel.territory.reference import ghts
from archipel.territory.reference_values import FILIERES, RefEg, RefGht

EVERY = 240.0
"""Seconds between two lives of the neighbours."""
_FREE, _SHUT = Indicator("02", "01", "04"), Indicator("05", "01", closing="01")


def offers(ght: RefGht, structure: DemoStructure) -> list[Offer]:
    """An offer for each unit that has beds, but one, which the screen of the mapping tells."""
    found = []
    for uf in structure.ufs:
        if uf.kind == "urgences" or uf.filiere in ("URG", "AUTRE"):
            continue
        nature = "02" if uf.kind == "jour" else "01"
        found.append(
            Offer(uf.establishment, f"1{uf.site}", f"{uf.filiere}{uf.code}", uf.name, uf.filiere, nature, (uf.code,))
        )
    return found[1:]


def prepare(ght: RefGht, structure: DemoStructure) -> list[Offer]:
    """Declare the offers; safe to run again."""
    scope, wanted = scope_for(ght), offers(ght, structure)
    with in_scope(scope):
        if not flow.offers(scope=scope):
            for offer in wanted:
                flow.declare_offer(scope=scope, offer=offer, reason="démonstration")
    return wanted


def _ours(ght: RefGht, wanted: Iterable[Offer]) -> Iterator[Place]:
    """The places that the ROR has for our offers: one is missing (404), one is there twice (412)."""
    sites = {eg.finess.value: eg for ej in ght.ejs for eg in ej.egs}
    names = {ej.finess.value: ej.nom for ej in ght.ejs}
    known = list(wanted)
    for rank, offer in enumerate(known):
        eg = sites[offer.structure[1:]]
        place = _place(eg, f"27-{offer.establishment}-{offer.code}", offer, names[offer.establishment])
        if rank != len(known) - 1:
            yield place
        if rank == len(known) - 2:
            yield replace(place, location=f"{place.location}-bis", figures={})


def _place(eg: RefEg, location: str, offer: Offer, organisation: str) -> Place:
    return Place(
        location=location, external=offer.key, name=offer.name, nature=offer.nature, organisation=organisation,
        service=offer.name, specialty=FILIERES.get(offer.filiere, offer.filiere), commune=eg.commune.code_insee,
        city=eg.commune.nom, latitude=eg.latitude, longitude=eg.longitude,
    )  # fmt: skip


class Region:
    """The neighbours: their real beds, with a made-up occupation that lives.

    Args:
        ght: ours, left out.
        seed: of what is made up.
    """

    def __init__(self, ght: RefGht, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a simulation
        self.places: list[Place] = []
        self.beds: dict[str, int] = {}
        for other in ghts():
            if other.code == ght.code or other.region != ght.region:
                continue
            for ej in other.ejs:
                for eg in ej.egs:
                    self._site(eg, ej.nom)

    def _site(self, eg: RefEg, organisation: str) -> None:
        for capacity in eg.capacites:
            if not capacity.lits or capacity.filiere not in FILIERES:
                continue
            name = f"{FILIERES[capacity.filiere]}, {eg.nom}"
            offer = Offer(eg.finess_ej.value, f"1{eg.finess.value}", f"{capacity.filiere}1", name, capacity.filiere)
            place = _place(eg, f"27-{eg.finess.value}-{capacity.filiere}", offer, organisation)
            self.places.append(place)
            self.beds[place.location] = capacity.lits

    def live(self, *, first: bool = False) -> list[Place]:
        """Places that say something new: all at first (some long ago), then about one in eight."""
        now, told = clock.now(), []
        for place in self.places:
            if not first and self.chance.random() > 0.12:
                continue
            age = timedelta(hours=self.chance.choice((0.2, 0.5, 1, 2, 4, 8, 11, 20, 50, 90))) if first else timedelta()
            beds = self.beds[place.location]
            free = min(beds, round(beds * self.chance.betavariate(1.3, 14)))
            shut = round(beds * self.chance.choice((0, 0, 0, 0.05, 0.1)))
            counts = {Indicator("01"): beds, _FREE: min(free, beds - shut), _SHUT: shut}
            at = (now - age).replace(microsecond=0)
            figures = {key: Figure(key, count, at) for key, count in counts.items()}
            told.append(replace(place, figures=figures, updated=at))
        return told


def start(home: Path, ght: RefGht, wanted: Iterable[Offer], *, host: str, port: int, seed: int) -> MockRor:
    """Start the test server with what it knew, and point the processes to come at it."""
    folder = home / "ror"
    folder.mkdir(parents=True, exist_ok=True)
    certs = certificates_of(home, host)
    store, region = Store(ror_config().valid), Region(ght, seed)
    kept = folder / "lieux.json"
    store.put(_ours(ght, wanted))
    store.put(region.live(first=True))
    if kept.exists():
        store.put(load(kept))
    access = Access(frozenset({SUPPLIER}), frozenset({CONSUMER}), keep=folder)
    try:
        server = MockRor(store, host=host, port=port, tls=certs.server_context(), access=access).start()
    except OSError as error:
        text = f"Le port {port} de {host}, pour le ROR d'essai, n'est pas libre ({error.strerror})."
        raise Conflict(text, code="port-pris") from error
    point_at(server.url, certs)
    threading.Thread(target=_live, args=(server, region), daemon=True, name="region").start()
    return server


def _live(server: MockRor, region: Region) -> None:
    pause = threading.Event()
    while not pause.wait(EVERY / max(1.0, clock.current().speed)):
        server.store.put(region.live())


def certificates_of(home: Path, host: str) -> Certificates:
    """The certificates of the demonstration's ROR, made at the first start."""
    return certificates.make(home / "ror" / "certificats", ("localhost", "127.0.0.1", host))


def point_at(url: str, certs: Certificates) -> None:
    """The settings that the worker and the pages read."""
    for variables, cert in ((WRITE, SUPPLIER), (READ, CONSUMER)):
        values = {
            "url": url, "cert": str(certs.cert(cert)), "key": str(certs.key(cert)), "ca": str(certs.ca),
            "token_url": f"{url}{TOKEN_PATH}", "client_id": f"archipel-{cert}",
        }  # fmt: skip
        os.environ.update({variables[name]: value for name, value in values.items()})
    os.environ["ARCHIPEL_ROR_PROFILE"] = "CU22|1.2.250.1.213.1.6.1.66"
    os.environ["ARCHIPEL_ROR_ROLE"] = "AUTOMATE|1.2.250.1.213.1.1.4.6"
    os.environ.setdefault("ARCHIPEL_ROR_POLL_MINUTES", "2")
