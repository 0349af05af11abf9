"""What staff do in the demonstration, through the same services as their screens.

While the history is loaded, only where things stand at its end matters: the last act on each bed, and the triages
and requests of the patients still there. A refused act (the feed told otherwise meanwhile) is left aside, as a person
would.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from archipel.demo.emitter import StaffAction
from archipel.demo.site import scope_for
from archipel.domains.flow import public as flow
from archipel.foundation.scope import in_scope
from archipel.kernel import clock
from archipel.kernel.errors import ArchipelError, NotFound
from archipel.territory.reference_values import RefGht

_T = TypeVar("_T")
_FRESH = timedelta(hours=10)
_BOOKING = timedelta(hours=12)
_CODED = timedelta(hours=54)
"""Passages of the day before are coded; those of the days before it are left for the pictures of quality."""
_PATIENT_ACTS = frozenset({"tri", "demande_aval", "rpu"})
_GROUPS = {
    "lit_nettoye": "ménage",
    "nettoyage_a_faire": "ménage",
    "lit_ferme": "ouverture",
    "lit_ouvert": "ouverture",
    "lit_reserve": "réservation",
    "lit_libere": "réservation",
}


def patiently(act: Callable[[], _T]) -> _T:
    """Do what needs the database as soon as it answers: killed, it starts again within the minute."""
    until = time.monotonic() + 60
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            connection.close()
            time.sleep(0.5)


class Staff:
    """The hands of the demonstration."""

    def __init__(self, ght: RefGht) -> None:
        self.scope = scope_for(ght)
        self._last: dict[tuple[str, ...], StaffAction] = {}

    def remember(self, action: StaffAction) -> None:
        """Keep the last act on each subject, for :meth:`catch_up`."""
        subject = (action.venue,) if action.kind in _PATIENT_ACTS else (action.uf, action.chambre, action.lit)
        group = _GROUPS.get(action.kind, action.kind)
        self._last[(action.establishment, group, *subject)] = action

    def catch_up(self, progress: Callable[[int, int], None]) -> None:
        """Act once per subject, as things stood at the end of the history."""
        latest = max((action.at for action in self._last.values()), default=None)
        acts = sorted(self._last.values(), key=lambda action: action.at)
        progress(0, len(acts))
        for done, action in enumerate(acts, 1):
            fresh = _CODED if action.kind == "rpu" else _FRESH
            if action.kind not in _PATIENT_ACTS or (latest and latest - action.at < fresh):
                self.act(action)
            if done % 10 == 0 or done == len(acts):
                progress(done, len(acts))
        self._last.clear()

    def act(self, action: StaffAction) -> None:
        """Do it; what the situation refuses is left aside."""
        patiently(partial(self._act, action))

    def _act(self, action: StaffAction) -> None:
        with contextlib.suppress(ArchipelError), in_scope(self.scope):
            _ACTS[action.kind](self, action)

    def _bed(self, action: StaffAction) -> flow.BedKey:
        return flow.BedKey(action.establishment, action.uf, action.chambre, action.lit)

    def _venue(self, action: StaffAction) -> int:
        return flow.venue_id(action.establishment, action.venue)

    def _cleaned(self, action: StaffAction) -> None:
        flow.mark_cleaned(scope=self.scope, bed=self._bed(action))

    def _unstaffed(self, action: StaffAction) -> None:
        flow.set_staffed(scope=self.scope, bed=self._bed(action), staffed=False, reason="Effectif insuffisant")

    def _staffed(self, action: StaffAction) -> None:
        flow.set_staffed(scope=self.scope, bed=self._bed(action), staffed=True)

    def _reserve(self, action: StaffAction) -> None:
        bed, until = self._bed(action), clock.now() + _BOOKING
        here = action.venue.startswith(f"{action.establishment}|")
        try:
            venue = flow.venue_id(action.establishment, action.venue) if here else None
            text = "" if here else "Patient attendu d'un autre établissement"
            flow.reserve_bed(scope=self.scope, bed=bed, venue=venue, text=text, until=until)
        except NotFound:  # announced by phone, not by the feed yet
            flow.reserve_bed(scope=self.scope, bed=bed, text="Admission programmée", until=until)

    def _release(self, action: StaffAction) -> None:
        flow.cancel_reservation(scope=self.scope, bed=self._bed(action))

    def _triage(self, action: StaffAction) -> None:
        level = int(dict(action.details).get("niveau", "3"))
        flow.record_triage(scope=self.scope, venue=self._venue(action), level=level)

    def _ask(self, action: StaffAction) -> None:
        details = dict(action.details)
        flow.ask_orientation(scope=self.scope, venue=self._venue(action), filiere=details.get("filiere", "MED"))

    def _code(self, action: StaffAction) -> None:
        items = {flow.Item(name): value.split() for name, value in action.details}
        flow.enter_items(scope=self.scope, venue=self._venue(action), rank=1, items=items)

    def _nothing(self, action: StaffAction) -> None:
        """A bed to clean says so by itself once vacated."""


_ACTS: dict[str, Callable[[Staff, StaffAction], None]] = {
    "lit_nettoye": Staff._cleaned,
    "nettoyage_a_faire": Staff._nothing,
    "lit_ferme": Staff._unstaffed,
    "lit_ouvert": Staff._staffed,
    "lit_reserve": Staff._reserve,
    "lit_libere": Staff._release,
    "tri": Staff._triage,
    "demande_aval": Staff._ask,
    "rpu": Staff._code,
}
