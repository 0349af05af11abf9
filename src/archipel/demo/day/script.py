"""The steps of the scripted day, played against a running platform; each says what proves it.

Nothing is faked: the messages go through the listener's socket, the acts through the services of the screens under the
accounts of people, the ROR and the exchange platform are reached by the worker, and their own logs are the proof.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import httpx

from archipel.connectors.ror import overview
from archipel.connectors.ror.config import ror_config
from archipel.demo.day.messages import SEXE, Sender, Visitor
from archipel.domains.flow import public as flow
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Upstream
from archipel.kernel.hl7v2 import encode
from archipel.passages.documents import public as documents
from archipel.passages.pathway import public as pathway

T = TypeVar("T")
PATIENCE = 180.0
"""Seconds before a step is said not to have happened."""
FREE = "libre"
"""State of a found bed that somebody may lie in at once; the search also tells those that will soon be free."""
Log = Callable[[], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts, where, and where the outside worlds keep their logs.

    Attributes:
        nurse, cell, receiver, physician: scopes of accounts (emergency nurse, territorial cell, bed manager of the
            hospital that receives, emergency physician).
        site: FINESS of the site whose emergency department fills.
        ward: a free bed of the hospital, counted by the offer ``offer`` of the ROR.
        elsewhere: FINESS of the legal entity where a bed is looked for.
        filiere: of the bed looked for.
        ror, platform: the exchanges logged by the ROR and by the exchange platform, oldest first.
    """

    sender: Sender
    mllp: tuple[str, int]
    web: str
    nurse: Scope
    cell: Scope
    receiver: Scope
    physician: Scope
    site: str
    ward: flow.BedKey
    offer: tuple[str, str]
    elsewhere: str
    filiere: str
    ror: Log
    platform: Log


@dataclass(frozen=True, slots=True)
class Step:
    """What happened, and what proves it."""

    title: str
    proof: str


@dataclass
class Day:
    """One scripted day.

    Args:
        cast: who, and where.
        arrivals: how many patients fill the department.
        run: digits that tell this day from others.
    """

    cast: Cast
    arrivals: int = 12
    run: str = field(default_factory=lambda: f"{int(time.time()) % 10_000_000:07d}")

    def play(self) -> Iterator[Step]:
        """Play each step once what it needs has happened.

        Raises:
            Upstream: a step did not happen in time; the sentence says which and what was awaited.
        """
        people = [Visitor(self.run, rank) for rank in range(1, self.arrivals + 1)]
        venues = self._fill(people)
        yield Step(
            "Les urgences se remplissent", f"{len(venues)} arrivées acquittées, {len(venues)} patients au tableau"
        )
        address = self._thread(venues[0])
        yield Step("La page du patient s'ouvre au tri", f"étape suivie, {len(self._page(address))} octets, sans nom")
        yield self._tension()
        yield self._feed_first(people[1])
        yield self._feed_again()
        yield self._bed_elsewhere(venues[2])
        before = self._page(address)
        yield self._report(people[0], venues[0])
        yield self._page_ends(address, before)

    # --- the department fills -------------------------------------------------------------------------

    def _fill(self, people: Sequence[Visitor]) -> list[int]:
        begin = clock.now() - timedelta(minutes=2 * len(people) + 5)
        for rank, who in enumerate(people):
            self._send(self.cast.sender.arrives(who, begin + timedelta(minutes=2 * rank)))
        numbers = {who.venue for who in people}

        def seen() -> list[int]:
            with in_scope(self.cast.nurse):
                board = flow.ed_board(scope=self.cast.nurse, site=self.cast.site)
            found = {one.key.rsplit("|", 1)[-1]: one.venue_id for one in board.patients}
            return [found[who.venue] for who in people] if numbers <= found.keys() else []

        return until(seen, "les arrivées au tableau des urgences")

    def _send(self, raw: bytes) -> None:
        with socket.create_connection(self.cast.mllp, timeout=60) as link:
            link.sendall(encode(raw))
            answer = b""
            while b"\x1c" not in answer and (piece := link.recv(65_536)):
                answer += piece
        if b"MSA|AA" not in answer:
            raise Upstream(f"Le message n'a pas été acquitté : {answer[:200]!r}", permanent=True, code="journee-accuse")

    # --- the patient's page ---------------------------------------------------------------------------

    def _thread(self, venue: int) -> str:
        opened = pathway.open_thread(scope=self.cast.nurse, venue=venue, agreed=True)
        address = f"{self.cast.web}/fil/{opened.token}/"
        before = self._page(address)
        with in_scope(self.cast.nurse):
            flow.record_triage(scope=self.cast.nurse, venue=venue, level=3)
        until(lambda: self._page(address) != before, "la page du patient après le tri")
        return address

    def _page(self, address: str) -> str:
        answer = httpx.get(address, timeout=30)
        answer.raise_for_status()
        if "JOURNEE" in answer.text.upper():
            raise Upstream("La page du patient porte son nom.", permanent=True, code="journee-nom")
        return answer.text.partition("<main")[2]

    def _page_ends(self, address: str, before: str) -> Step:
        until(lambda: self._page(address) != before, "la page du patient après sa sortie")
        return Step("La page du patient a suivi sa sortie", "dernière étape dite, toujours sans nom")

    # --- tension ----------------------------------------------------------------------------------------

    def _tension(self) -> Step:
        end = clock.now() + timedelta(hours=6)
        with in_scope(self.cast.cell):
            flow.declare_tension(
                scope=self.cast.cell, subject=f"site:{self.cast.site}", level=flow.Level.TENSION,
                reason="Afflux aux urgences", until=end,
            )  # fmt: skip

        def shown() -> str:
            with in_scope(self.cast.cell):
                levels = flow.tension_levels(scope=self.cast.cell)
            return next((one.name for one in levels if one.code == self.cast.site and one.in_tension), "")

        name = until(shown, "le niveau de tension du site")
        return Step("La tension est déclarée", f"{name}, par la cellule territoriale, motif au journal")

    # --- the ROR ----------------------------------------------------------------------------------------

    def _told(self) -> list[Mapping[str, Any]]:
        """The writings about the offer that the ROR accepted."""
        code = self.cast.offer[1]
        return [
            one for one in self.cast.ror()
            if one["method"] == "PATCH" and code in str(one["path"]) and 200 <= int(one["status"]) < 300
        ]  # fmt: skip

    def _feed_first(self, who: Visitor) -> Step:
        before, ward = len(self._told()), self.cast.ward
        self._send(self.cast.sender.hospitalised(who, clock.now(), (ward.uf, ward.chambre, ward.lit)))
        wait = ror_config().spacing.total_seconds() + PATIENCE
        until(lambda: len(self._told()) > before, "l'envoi au ROR après l'hospitalisation", wait)
        return Step("Le ROR est nourri : un lit se remplit", _writings(len(self._told()) - before))

    def _feed_again(self) -> Step:
        before = len(self._told())
        with in_scope(self.cast.cell):
            asked = overview.resend(scope=self.cast.cell, keys=[self.cast.offer])
        if not asked:
            raise Upstream("L'offre n'a pas pu être redite au ROR.", permanent=True, code="journee-ror")
        until(lambda: len(self._told()) > before, "le second envoi au ROR")
        return Step(
            "Le ROR est nourri encore : en tension, la cellule le redit", f"{_writings(len(self._told()))} en tout"
        )

    # --- a bed in another hospital ----------------------------------------------------------------------

    def _bed_elsewhere(self, venue: int) -> Step:
        """The best bed; the next one when somebody takes it between the search and the answer."""
        cast = self.cast
        with in_scope(cast.nurse):
            wanted = flow.BedRequest(cast.filiere, SEXE, origin_eg=cast.site)
            found = flow.search_beds(scope=cast.nurse, request=wanted, establishment=cast.elsewhere).found
        taken = "aucun n'est libre pour cette patiente"
        for one in [bed for bed in found if bed.state == FREE][:5]:
            bed = flow.BedKey(cast.elsewhere, one.uf, one.chambre, one.lit)
            try:
                number = self._ask_and_accept(venue, bed)
            except Conflict as error:
                taken = error.message
                continue
            proof = f"{bed.label}, demande {number} acceptée, lit réservé"
            return Step("Un lit est trouvé dans un autre hôpital", proof)
        raise Upstream(f"Pas de lit dans l'autre hôpital : {taken}", permanent=True, code="journee-lit")

    def _ask_and_accept(self, venue: int, bed: flow.BedKey) -> int:
        with in_scope(self.cast.nurse):
            asked = flow.create_request(scope=self.cast.nurse, venue=venue, bed=bed, filiere=self.cast.filiere)
        try:
            with in_scope(self.cast.receiver):
                flow.accept_request(scope=self.cast.receiver, request=asked.number)
        except Conflict:
            with in_scope(self.cast.nurse):
                flow.cancel_request(scope=self.cast.nurse, request=asked.number, reason="Lit pris entre-temps")
            raise
        return asked.number

    # --- the report -------------------------------------------------------------------------------------

    def _report(self, who: Visitor, venue: int) -> Step:
        self._send(self.cast.sender.leaves(who, clock.now()))

        def over() -> bool:
            with in_scope(self.cast.physician):
                now = clock.now()
                return any(one.venue_id == venue for one in flow.ed_exits(since=now - timedelta(hours=1), until=now))

        until(over, "la sortie des urgences")
        number = documents.prepare(scope=self.cast.physician, venue=venue, kind=documents.Kind.CR_PASSAGE)
        with contextlib.suppress(Conflict):  # the teams of the demonstration may have answered for it meanwhile
            documents.write(
                scope=self.cast.physician, document=number,
                sections={"diagnostic": "Entorse bénigne de la cheville", "sortie": "Repos, glace, antalgique"},
                recipients=[], wishes={"dmp": True, "patient": True},
            )  # fmt: skip
            documents.validate(scope=self.cast.physician, document=number)
        until(partial(self._transmitted, number), "l'accusé du compte rendu")
        uid = self._document(number).uid
        taken = [one for one in self.cast.platform() if one.get("document") == uid and one.get("reponse") == "AA"]
        return Step("Le compte rendu est envoyé et accusé", f"reçu {len(taken)} fois par la plateforme, DMP acquitté")

    def _document(self, number: int) -> documents.Detail:
        with in_scope(self.cast.physician):
            return documents.document(scope=self.cast.physician, number=number)

    def _transmitted(self, number: int) -> bool:
        found = self._document(number)
        if found.problem:
            raise Upstream(f"Le compte rendu n'est pas parti : {found.problem}", permanent=True, code="journee-cr")
        return found.state == "transmis"


def _writings(count: int) -> str:
    return f"{count} écritures acceptées" if count > 1 else f"{count} écriture acceptée"


def until(ready: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """Wait for a result that is not empty.

    Raises:
        Upstream: it did not come.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.25)
    raise Upstream(f"Attendu en vain : {what} ({seconds:.0f} s).", permanent=True, code="journee-attente")
