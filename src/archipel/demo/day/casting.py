"""Who plays the scripted day in the demonstration: its accounts, its hospital, its logs."""

from __future__ import annotations

from pathlib import Path

from archipel.connectors.ror import overview
from archipel.connectors.ror.config import ror_config
from archipel.demo import ror
from archipel.demo.day.command import Lines
from archipel.demo.day.messages import SEXE, Sender
from archipel.demo.day.script import FREE, Cast
from archipel.demo.site import logins, scope_for
from archipel.domains.flow import public as flow
from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Scope, in_scope
from archipel.foundation.serve import Ports
from archipel.kernel import clock
from archipel.kernel.errors import NotFound
from archipel.kernel.ins import OID_DEMO
from archipel.territory import public as territory
from archipel.territory.reference_values import RefGht

FILIERE = "MED"


def account(username: str) -> Scope:
    """The scope of an account of the demonstration.

    Raises:
        NotFound: the demonstration has not made it.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound(f"Le compte « {username} » n'existe pas encore : attendez que la démonstration ait démarré.")
    return scope_of(user)


def cast_of(ght: RefGht, home: Path, ports: Ports) -> Cast:
    """The cast of a demonstration that runs.

    Raises:
        NotFound: no account yet, no free bed whose offer the ROR knows.
    """
    ror.point_at(f"https://{ports.host}:{ports.web + 3}", ror.certificates_of(home, ports.host))
    scope, here = scope_for(ght), ght.support.finess.value
    with in_scope(scope):
        department = next((uf for uf in territory.ufs([here]) if uf.filiere == "URG"), None)
        if department is None:
            raise NotFound("Aucun service d'urgences n'est ouvert dans l'établissement support.")
        ward, offer = _free_bed(scope, here)
    other = next(login.where for login in logins(ght) if login.username == "lits2")
    return Cast(
        sender=Sender(here, department.code, OID_DEMO),
        mllp=(ports.host, ports.mllp),
        web=f"http://{ports.host}:{ports.web}",
        nurse=account("urgences"),
        cell=account("cellule"),
        receiver=account("lits2"),
        physician=account("medecin"),
        site=department.site,
        ward=ward,
        offer=offer,
        elsewhere=other,
        filiere=FILIERE,
        ror=Lines(home / "ror" / "journal.jsonl"),
        platform=Lines(home / "plateforme-documents.jsonl"),
    )


def _free_bed(scope: Scope, establishment: str) -> tuple[flow.BedKey, tuple[str, str]]:
    """A free bed of a ward that an offer counts, rather one that the ROR was not told of minutes ago: it waits then."""
    counted = {uf: offer for offer in flow.offers(scope=scope) for uf in offer.units}
    recent = clock.now() - ror_config().spacing
    told = {one.offer for one in overview.exchanges(scope=scope, since=recent, limit=20_000)}
    wanted = flow.BedRequest(FILIERE, SEXE)
    free = [
        (flow.BedKey(establishment, found.uf, found.chambre, found.lit), counted[found.uf])
        for found in flow.search_beds(scope=scope, request=wanted, establishment=establishment).found
        if found.uf in counted and found.state == FREE
    ]
    if not free:
        raise NotFound("Aucun lit de médecine libre dans l'établissement support : relancez la démonstration.")
    bed, offer = min(free, key=lambda pair: pair[1].key in told)
    return bed, (offer.structure, offer.code)
