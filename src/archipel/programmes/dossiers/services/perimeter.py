"""The perimeter of a project: its lead, the other establishments, the sites of each, and the agreement of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archipel.foundation.scope import Capability, Scope, in_scope, system_scope
from archipel.kernel import clock
from archipel.kernel.errors import Conflict, Invalid, NotFound
from archipel.programmes.dossiers.models import Dossier, Participation
from archipel.programmes.dossiers.queries.neighbours import Place, place
from archipel.programmes.dossiers.services import ledger
from archipel.programmes.dossiers.values.states import BEFORE_DEPOSIT, EventKind, Side, Status

LEAD, PARTY = "porteur", "partie"
MOST = 60
"""Establishments of one perimeter."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An establishment to put in a perimeter: FINESS PMSI, and its sites (none: all that are known)."""

    finess: str
    sites: tuple[str, ...] = ()


def set_perimeter(*, scope: Scope, dossier: int, entries: Sequence[Entry]) -> None:
    """Say the whole perimeter: the lead first (it does not change), then the parties.

    An establishment for which the account has no right of writing is asked for its agreement.

    Raises:
        Denied, NotFound: no right for the lead, or no such dossier.
        Invalid: an unknown establishment, one said twice, a site that is not its own.
        Conflict: the dossier is not being written; an establishment is in too many projects.
    """
    with in_scope(scope):
        row = ledger.locked(dossier)
        ledger.require(scope, row, Side.ETABLISSEMENT)
        ledger.require_writing(scope, row)
        perimeter = write_parties(scope, row, entries)
        ledger.append(scope, row, EventKind.PERIMETRE, data={"perimetre": perimeter})


def write_parties(scope: Scope, row: Dossier, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Make the parties those of the entries; returns them as the ledger keeps them. The places are settled later."""
    if not entries or entries[0].finess != row.bearer_finess:
        raise Invalid("Le chef de file ne change pas : ouvrez un autre dossier pour un autre porteur.", code="porteur")
    if len(entries) > MOST:
        raise Invalid(f"{len(entries)} établissements : {MOST} au plus dans un périmètre.", code="perimetre-trop-grand")
    wanted = {entry.finess: (place(entry.finess), entry) for entry in entries}
    if len(wanted) != len(entries):
        raise Invalid("Un établissement est cité deux fois dans le périmètre.", code="perimetre-double")
    known = {one.finess: one for one in Participation.objects.filter(dossier=row)}
    row.establishments = list(dict.fromkeys(found.ej for found, _ in wanted.values()))
    row.save(update_fields=["establishments"])
    Participation.objects.filter(dossier=row).exclude(finess__in=wanted).delete()
    for found, entry in wanted.values():
        _write_party(scope, row, found, _sites(found, entry), known.get(found.finess))
    return [{"finess": found.finess, "nom": found.name, "eg": _sites(found, entry)} for found, entry in wanted.values()]


def _sites(found: Place, entry: Entry) -> list[str]:
    strange = [site for site in entry.sites if site not in found.sites]
    if strange:
        raise Invalid(
            f"{', '.join(strange)} : pas un établissement géographique de {found.name}.", code="site-etranger"
        )
    return list(entry.sites or found.sites)


def _write_party(scope: Scope, row: Dossier, found: Place, sites: list[str], known: Participation | None) -> None:
    ours = scope.may(Capability.GERER_PROGRAMMES, found.ej)
    if known is not None:
        known.sites, known.name = sites, found.name
        known.public_member, known.legal_status = found.public_member, found.status
        if known.agreed_at is None and ours:
            known.agreed_at, known.agreed_by = clock.now(), scope.actor
        known.save()
        return
    Participation.objects.create(
        dossier=row,
        programme=row.programme,
        finess=found.finess,
        ej=found.ej,
        name=found.name,
        role=LEAD if found.finess == row.bearer_finess else PARTY,
        sites=sites,
        public_member=found.public_member,
        legal_status=found.status,
        agreed_at=clock.now() if ours else None,
        agreed_by=scope.actor if ours else "",
    )


def answer(*, scope: Scope, dossier: int, finess: str, agrees: bool, reason: str = "") -> None:
    """An establishment agrees to be in the perimeter, or refuses and leaves it.

    Raises:
        Denied, NotFound: no right of writing for that establishment, or it is not in the perimeter.
        Conflict: it already agreed, the dossier was deposited, or the establishment is in too many projects.
        Invalid: a refusal without reason.
    """
    with in_scope(scope):
        row = ledger.locked(dossier)
        party = Participation.objects.filter(dossier=row, finess=finess).first()
        if party is None:
            raise NotFound("Cet établissement n'est pas dans le périmètre.", code="partie-inconnue")
        scope.require(Capability.GERER_PROGRAMMES, party.ej)
        if party.agreed_at is not None and agrees:
            raise Conflict(f"{party.name} a déjà donné son accord.", code="accord-donne")
        if Status(row.status) not in BEFORE_DEPOSIT or party.role == LEAD:
            raise Conflict("Le périmètre de ce dossier ne change plus.", code="perimetre-fige")
        if agrees:
            party.agreed_at, party.agreed_by = clock.now(), scope.actor
            party.save()
            ledger.append(scope, row, EventKind.ACCORD, reason=reason, data={"finess": finess, "nom": party.name})
            return
        if not reason.strip():
            raise Invalid("Dites pourquoi cet établissement ne participe pas.", code="motif-absent", field="motif")
        ledger.append(scope, row, EventKind.REFUS_ACCORD, reason=reason, data={"finess": finess, "nom": party.name})
        _leave(row, party)


def _leave(row: Dossier, party: Participation) -> None:
    """Take the establishment out; done for it, since it no longer sees the dossier afterwards."""
    with in_scope(system_scope("dossiers", row.establishments)):
        Participation.objects.filter(pk=party.pk).delete()
        rest = Participation.objects.filter(dossier=row).values_list("ej", flat=True)
        Dossier.objects.filter(pk=row.pk).update(establishments=sorted({*rest, row.bearer_ej}))
