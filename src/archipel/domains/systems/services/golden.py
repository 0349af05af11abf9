"""The golden list: which record a written name means, and records that are one."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from archipel.domains.systems.models import Alias
from archipel.domains.systems.queries.store import inventory
from archipel.domains.systems.rules.names import normal, slug
from archipel.domains.systems.services.ledger import say, withdraw
from archipel.domains.systems.values.records import Key
from archipel.domains.systems.values.schema import GOLDEN, Kind
from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Invalid, NotFound


def settle(*, scope: Scope, kind: Kind, text: str, code: str = "", new: bool = False) -> str:
    """Say which golden record a written name means; returns the code.

    Args:
        scope: keeps an inventory.
        kind: vendor or product.
        text: the name as written.
        code: the golden record; "" with ``new`` makes one of this name, "" alone says that none is meant.
        new: make a golden record.

    Raises:
        Denied. Invalid: not a golden kind, empty name. NotFound: no such golden record.
    """
    scope.require(Capability.GERER_SYSTEMES)
    if kind not in GOLDEN or not normal(text):
        raise Invalid("Un nom d'éditeur ou de produit est attendu.", code="nom")
    with transaction.atomic():
        if new:
            code = slug(text)
            say(scope=scope, kind=kind, establishment="", code=code, content={"nom": text.strip()})
        elif code and inventory(kinds=[kind]).find(kind, "", code) is None:
            raise NotFound(f"La fiche « {code[:40]} » n'existe pas.", code="fiche")
        _alias(scope, kind, normal(text), code)
    return code


def merge(*, scope: Scope, kind: Kind, loser: str, keeper: str) -> None:
    """Two golden records are one: the names of the first mean the second from now on; the first is withdrawn.

    Raises:
        Denied. Invalid: the same record twice. NotFound: one of them does not exist.
    """
    scope.require(Capability.GERER_SYSTEMES)
    if loser == keeper:
        raise Invalid("Choisissez deux fiches différentes.", code="fiche")
    with transaction.atomic():
        known = inventory(kinds=[kind])
        lost, kept = known.find(kind, "", loser), known.find(kind, "", keeper)
        if lost is None or kept is None:
            raise NotFound("L'une des deux fiches n'existe pas.", code="fiche")
        _alias(scope, kind, normal(lost.name), keeper)
        _alias(scope, kind, f"={loser}", keeper)
        withdraw(scope=scope, key=Key(kind, "", loser), reason=f"Même fiche que {keeper}")


def _alias(scope: Scope, kind: Kind, text: str, code: str) -> None:
    Alias.objects.create(kind=kind.value, text=text, code=code, recorded_at=timezone.now(), actor=scope.actor)
    record(scope=scope, action="systemes.nom", object_type=kind.value, object_key=code or text, details={"texte": text})
