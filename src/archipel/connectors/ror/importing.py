"""A file of offers: tried first, line by line, then applied; nothing is applied by the trial."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction

from archipel.connectors.ror.codec import mapping_file
from archipel.connectors.ror.codec.mapping_file import Fault, Line
from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import Offer
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import ArchipelError, Invalid
from archipel.territory.ficom.sheets import read_sheets


@dataclass(frozen=True, slots=True)
class Change:
    """What a line does."""

    line: int
    offer: Offer
    before: Offer | None
    """The version in force that day, None for a new offer."""

    @property
    def kind(self) -> str:
        """nouvelle, modifiee or identique."""
        if self.before is None:
            return "nouvelle"
        same = replace(self.before, valid_from=self.offer.valid_from, valid_to=self.offer.valid_to, number=0)
        return "identique" if same == replace(self.offer, number=0) else "modifiee"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a file would do, or did."""

    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    applied: bool

    def count(self, kind: str) -> int:
        """How many lines are of that kind."""
        return sum(change.kind == kind for change in self.changes)

    @property
    def text(self) -> str:
        """The good lines as a file, to be applied after the trial."""
        return mapping_file.write(change.offer for change in self.changes)


def read_file(name: str, raw: bytes) -> tuple[list[Line], list[Fault]]:
    """The lines of a CSV or XLSX file (its first sheet), and what cannot be read."""
    sheets, problems = read_sheets(raw, name)
    unread = [Fault(problem.place.line, "", problem.message) for problem in problems]
    if not sheets:
        return [], unread
    lines, faults = mapping_file.read(sheets[0].rows, today=flow.today())
    return lines, [*unread, *faults]


def run(*, scope: Scope, name: str, raw: bytes, apply: bool = False, reason: str = "") -> Trial:
    """Try the offers of a file, or apply them.

    Args:
        scope: must hold ``GERER_STRUCTURE`` where the offers are.
        name: of the file, for messages.
        raw: CSV or XLSX.
        apply: keep what the good lines say; otherwise everything is tried and taken back.
        reason: why, kept in the trail.

    Raises:
        Invalid: nothing in the file can be taken.
    """
    lines, faults = read_file(name, raw)
    changes = []
    with in_scope(scope), transaction.atomic():
        in_force = {offer.key: offer for offer in flow.offers(scope=scope)}
        for line in lines:
            try:
                with transaction.atomic():
                    flow.declare_offer(scope=scope, offer=line.offer, reason=reason or f"fichier « {name[:60]} »")
            except ArchipelError as error:
                faults.append(Fault(line.line, "", f"Ligne {line.line} : {error.message}"))
                continue
            changes.append(Change(line.line, line.offer, in_force.get(line.offer.key)))
        if apply and not changes:
            raise Invalid("Aucune ligne du fichier ne peut être appliquée.", code="import-vide")
        if not apply:
            transaction.set_rollback(True)
    return Trial(tuple(changes), tuple(sorted(faults, key=lambda fault: fault.line)), apply)
