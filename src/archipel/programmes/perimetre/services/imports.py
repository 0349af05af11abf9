"""Files of the graph, and the FINESS PMSI of an establishment: tried, then said."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.kernel.finess import Finess
from archipel.programmes.perimetre.models import Change, Received
from archipel.programmes.perimetre.queries.graph import graph
from archipel.programmes.perimetre.queries.history import received as received_file
from archipel.programmes.perimetre.queries.rights import keeps, keeps_all
from archipel.programmes.perimetre.rules.graph import Graph
from archipel.programmes.perimetre.rules.reading import read
from archipel.programmes.perimetre.services.ledger import Done, plan, say, take_back
from archipel.programmes.perimetre.services.sources import require_keeper
from archipel.programmes.perimetre.values import Certainty, Key, Kind, Link, Problem, Said, Told
from archipel.territory.ficom.sheets import MAX_BYTES, read_sheets


@dataclass(frozen=True, slots=True)
class Trial:
    """What a file would change now, and the lines that cannot be taken."""

    number: int
    name: str
    new: tuple[Said, ...]
    unchanged: int
    wrong: tuple[Problem, ...]
    applied: int | None


def receive(*, scope: Scope, name: str, raw: bytes) -> int:
    """Keep a file of the graph; returns its number. Nothing is said yet.

    Raises:
        Denied: the account keeps no part of the graph. Invalid: empty, or too large.
    """
    if not (keeps_all(scope) or scope.may(Capability.GERER_PROGRAMMES)):
        raise Denied("Votre compte ne tient aucune partie du périmètre.", code="perimetre")
    if not 0 < len(raw) <= MAX_BYTES:
        raise Invalid(f"Fichier de {len(raw)} octets : entre 1 et {MAX_BYTES} attendus.", code="fichier-taille")
    row = Received.objects.create(
        at=timezone.now(), actor=scope.actor, name=name[-120:], sha256=hashlib.sha256(raw).hexdigest(), raw=raw
    )
    return row.pk


def trial(*, scope: Scope, number: int) -> Trial:
    """What a file received would change now; lines about establishments of others are refused. Raises NotFound."""
    name, raw = received_file(scope, number)
    told, wrong = _told(scope, name, raw)
    made = plan([said for one in told for said in one.said])
    applied = Change.objects.filter(received=number).values_list("id", flat=True).first()
    return Trial(number, name, tuple(made.new), made.unchanged, tuple(wrong), applied)


def apply(*, scope: Scope, number: int, reason: str = "") -> Done:
    """Say what the good lines of a file say.

    Raises:
        NotFound. Conflict: applied already. Invalid: nothing new.
    """
    name, raw = received_file(scope, number)
    if Change.objects.filter(received=number).exists():
        raise Conflict("Ce fichier est déjà appliqué.", code="import-traite")
    told, _ = _told(scope, name, raw)
    sources = {one.source for one in told if one.source}
    source = sources.pop() if len(sources) == 1 else f"fichier « {name} »"
    done = say(
        scope=scope, statements=[said for one in told for said in one.said], source=source, reason=reason, file=name,
        received=number,
    )  # fmt: skip
    if done.change is None:
        raise Invalid("Rien de nouveau à enregistrer.", code="import-vide")
    return done


def _told(scope: Scope, name: str, raw: bytes) -> tuple[list[Told], list[Problem]]:
    sheets, unread = read_sheets(raw, name)
    wrong = [Problem(p.place.line, "", p.found, p.expected, p.message) for p in unread]
    if not sheets:
        return [], wrong
    told, more = read(sheets[0].rows)
    kept, refused = _allowed(scope, told)
    return kept, sorted([*wrong, *more, *refused], key=lambda p: p.line)


def _allowed(scope: Scope, told: Sequence[Told]) -> tuple[list[Told], list[Problem]]:
    known = graph()
    here = {said.child for one in told for said in one.said if said.link is None}
    kept, refused = [], []
    for one in told:
        problem = _refusal(scope, one, known, here)
        if problem is None:
            kept.append(one)
        else:
            refused.append(problem)
    return kept, refused


def _refusal(scope: Scope, one: Told, known: Graph, here: Collection[Key]) -> Problem | None:
    key = one.said[0].child
    if not keeps_all(scope) and not (one.keeper and keeps(scope, one.keeper) and _own(scope, known, key, one.keeper)):
        text = f"Ligne {one.line} : votre compte ne tient pas cette partie du périmètre."
        return Problem(one.line, "code", key.code, "un établissement que vous tenez", text)
    parents = (said.parent for said in one.said if said.parent is not None)
    lost = next((parent for parent in parents if parent not in known.nodes and parent not in here), None)
    if lost is None:
        return None
    text = f"Ligne {one.line} : « {lost.code} » ({lost.kind.value}) n'est ni dans le périmètre ni dans le fichier."
    return Problem(one.line, "parent", lost.code, "un code connu", text)


def _own(scope: Scope, known: Graph, key: Key, ej: str) -> bool:
    """Whether the number is free, or already of an establishment that the account keeps."""
    owners = {one.code for one in (known.ej(key), known.ej(Key(Kind.EG, key.code))) if one}
    owners |= {key.code} if Key(Kind.EJ, key.code) in known.nodes else set()
    return all(owner == ej or keeps(scope, owner) for owner in owners)


def say_pmsi(
    *, scope: Scope, ej: str, pmsi: str, since: date, source: str, until: date | None = None, certain: bool = True
) -> Done:
    """Say that a FINESS PMSI is that of an establishment, instead of the default hypothesis.

    Args:
        scope: keeps the establishment's programmes, or the whole graph.
        ej: FINESS of the legal entity.
        pmsi: the FINESS number under which the activity is sent.
        since: from when.
        source: who says it.
        until: first day when it no longer is; None until further notice.
        certain: False when it is only supposed.

    Raises:
        Denied. NotFound: unknown establishment. Invalid: number, dates, source, or nothing new.
    """
    known = graph()
    legal = Key(Kind.EJ, ej)
    if legal not in known.nodes:
        raise NotFound(f"L'entité juridique « {ej[:20]} » n'est pas dans le périmètre.", code="finess-inconnu")
    if not keeps(scope, ej):
        raise Denied("Votre compte ne tient pas le périmètre de cet établissement.", code="perimetre")
    key = Key(Kind.PMSI, Finess.parse(pmsi).value)
    if not (_own(scope, known, key, ej) and _own(scope, graph(since), key, ej)):
        raise Denied(f"Le numéro {key.code} est celui d'un autre établissement.", code="perimetre-autre")
    if not source.strip():
        raise Invalid("Dites d'où vient ce numéro.", code="source", field="source")
    if until is not None and until <= since:
        raise Invalid("La fin précède le début.", code="dates", field="au")
    sure = Certainty.CONSTATE if certain else Certainty.HYPOTHESE
    done = say(
        scope=scope,
        statements=[
            Said(key, since, until, name=known.nodes[legal].name, certainty=sure),
            Said(key, since, until, Link.PMSI, legal, certainty=sure),
        ],
        source=" ".join(source.split()),
    )
    if done.change is None:
        raise Invalid("C'est déjà ce que dit le périmètre.", code="deja-dit")
    return done


def undo(*, scope: Scope, change: int, reason: str) -> Done:
    """Take a change of the graph back; see :func:`require_keeper` for who may. Raises as :func:`take_back`."""
    require_keeper(scope)
    if not reason.strip():
        raise Invalid("Dites pourquoi cette modification est annulée.", code="motif", field="motif")
    return take_back(scope=scope, change_id=change, reason=" ".join(reason.split()))
