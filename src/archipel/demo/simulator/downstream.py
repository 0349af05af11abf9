"""The search for a downstream bed: requests that wait, beds that become free, escalation, transfers in the GHT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archipel.demo.simulator.calendar import HOUR, MINUTE
from archipel.demo.simulator.core import Core
from archipel.demo.simulator.world import Bed, Site, Stay, Ward

SUBSTITUTES = {"GER": ("MED",), "MED": ("GER", "CHI"), "CHI": ("MED",), "SCP": ("PED",), "BRU": ("SCA", "CHI")}
"""Filières that can take a patient of another one when it is full or absent."""
RETRY = 45 * MINUTE


@dataclass(slots=True, eq=False)
class Request:
    """Somebody waits for a bed of a filière."""

    stay: Stay
    need: str
    since: int
    rank: int
    """0 emergency, 1 step-down from critical care, 2 rehabilitation."""
    phase: int
    wide: bool = False
    """Whether other filières of the site were asked too."""
    abroad: bool = False
    """Whether other sites of the GHT were asked too."""
    done: bool = False
    incoming: Stay | None = None
    """The venue announced at the other establishment (A14)."""


class Downstream:
    """Requests and their answers. ``arrive`` is called when the patient reaches the bed."""

    def __init__(
        self,
        core: Core,
        arrive: Callable[[Request, Bed], None],
        announce: Callable[[Request, Bed, int], None],
        forget: Callable[[Request], None],
    ) -> None:
        self._core = core
        self._arrive = arrive
        self._announce = announce
        self._forget = forget
        self._waiting: dict[tuple[int, str], list[Request]] = {}
        self._sites = {site: index for index, site in enumerate(core.world.sites)}

    def ask(self, stay: Stay, need: str, rank: int) -> Request:
        """Ask for a bed of the site (for rehabilitation: of the GHT); the answer may be immediate."""
        request = Request(stay, need, self._core.now, rank, stay.phase)
        if need == "SMR" or need not in stay.site.wards:
            for other in SUBSTITUTES.get(need, ()):
                if other in stay.site.wards:
                    request.need = other
                    break
            else:
                request.abroad = True
                if not self._search(request):
                    self._core.later(self._core.now + RETRY, self._retry, request)
                return request
        if not self._take(request, stay.site, request.need):
            key = (self._sites[stay.site], request.need)
            self._waiting.setdefault(key, []).append(request)
        return request

    def widen(self, request: Request) -> bool:
        """Ask the other filières of the site that can do."""
        if not self._live(request) or request.wide:
            return False
        request.wide = True
        for other in SUBSTITUTES.get(request.need, ()):
            if other in request.stay.site.wards:
                if self._take(request, request.stay.site, other):
                    return True
                self._waiting.setdefault((self._sites[request.stay.site], other), []).append(request)
        return False

    def go_abroad(self, request: Request) -> bool:
        """Ask every other site of the GHT, again and again until one answers."""
        if not self._live(request) or request.abroad:
            return False
        request.abroad = True
        if self._search(request):
            return True
        self._core.later(self._core.now + RETRY, self._retry, request)
        return False

    def withdraw(self, request: Request) -> None:
        """Nobody waits any longer."""
        request.done = True

    def serve(self, ward: Ward) -> None:
        """A bed of the ward is free: give it to the one who waits most."""
        key = (self._sites[ward.site], ward.uf.filiere)
        queue = self._waiting.get(key)
        if not queue:
            return
        queue[:] = [one for one in queue if self._live(one)]
        queue.sort(key=lambda one: (one.rank, one.since))
        for request in queue:
            if ward.free and self._take(request, ward.site, ward.uf.filiere, only=ward):
                queue.remove(request)
                return

    @staticmethod
    def _live(request: Request) -> bool:
        stay = request.stay
        return not request.done and not stay.over and stay.phase == request.phase

    def _retry(self, request: Request) -> None:
        if self._live(request) and not self._search(request):
            self._core.later(self._core.now + RETRY, self._retry, request)

    def _search(self, request: Request) -> bool:
        for site in self._core.world.near[request.stay.site]:
            if request.need in site.wards and self._take(request, site, request.need):
                return True
        return False

    def _take(self, request: Request, site: Site, filiere: str, only: Ward | None = None) -> bool:
        wards = [only] if only is not None else site.wards.get(filiere, [])
        wards = sorted((w for w in wards if w.free), key=lambda w: w.occupied / max(1, len(w.beds)))
        for ward in wards:
            bed = ward.take(request.stay, hold=True, other_sex=request.rank == 0)
            if bed is not None:
                request.done = True
                self._core.deed("lit_reserve", ward, bed, request.stay)
                delay = (15 + int(self._core.random.random() * 30)) * MINUTE
                if site is not request.stay.site:
                    delay += int(request.stay.site.distance(site) / 60 * HOUR)
                self._core.later(self._core.now + delay, self._reach, (request, bed))
                if site.member is not request.stay.member:
                    self._announce(request, bed, self._core.now + delay)
                return True
        return False

    def _reach(self, pair: tuple[Request, Bed]) -> None:
        request, bed = pair
        stay = request.stay
        if stay.over or stay.phase != request.phase:
            bed.ward.leave(bed)
            bed.ward.ready(bed)
            self._core.deed("lit_libere", bed.ward, bed, None)
            self._forget(request)
            self.serve(bed.ward)
            return
        self._arrive(request, bed)
