"""Who is looked at: from a FINESS number or the code of a GHT to the establishments behind, at a date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from archipel.foundation.accounts.queries import places_held
from archipel.foundation.scope import EVERYWHERE, Scope
from archipel.kernel.errors import Invalid, NotFound
from archipel.programmes.perimetre.public import Graph, Key, Kind, Link, graph, labels
from archipel.programmes.proof.values import LEVEL_LABELS, Level, Subject


def of_key(key: Key, known: Graph) -> Subject:
    """The subject of a node of the graph."""
    return of_keys([key], known)[0]


def of_keys(keys: Iterable[Key], known: Graph) -> list[Subject]:
    """The subjects of nodes of the graph, in their order; their names are asked for once."""
    wanted = list(keys)
    names = labels(wanted, known)
    return [_named(key, names[key], known) for key in wanted]


def _named(key: Key, name: str, known: Graph) -> Subject:
    level = Level(key.kind.value)
    sites: tuple[str, ...] = ()
    if key.kind is Kind.EG:
        sites = (key.code,)
    elif key.kind is Kind.PMSI:
        sites = tuple(one.code for one in known.children(key, Link.SITE_PMSI))
    return Subject(level, key.code, name, tuple(sorted(known.establishments(key))), sites)


def subject(code: str, level: Level | None = None, at: date | None = None) -> Subject:
    """The subject of a code: an EJ before a FINESS PMSI or a site, when several have the same number.

    Raises:
        NotFound: nothing of that code at that date.
    """
    known = graph(at)
    found = known.node(code.strip(), Kind(level.value) if level else None)
    if found is None or found.key.kind is Kind.REGION:
        raise NotFound(
            f"« {code[:40]} » n'est ni un FINESS ni un GHT connu : chargez le périmètre, ou vérifiez le numéro.",
            code="sujet-inconnu",
        )
    return of_key(found.key, known)


def parse_key(text: str, at: date | None = None) -> Subject:
    """The subject of a key (``ej-210780581``).

    Raises:
        Invalid: not a key. NotFound: nothing of that code.
    """
    kind, _, code = text.partition("-")
    if kind not in set(Level) or not code:
        levels = ", ".join(one.value for one in Level)
        raise Invalid(f"« {text[:40]} » : niveau ({levels}), tiret, numéro attendus.", code="sujet-illisible")
    return subject(code, Level(kind), at)


def may_see(scope: Scope, seen: Subject) -> bool:
    """Whether the account sees the programmes of one of the establishments concerned."""
    return any(one in scope.programmes for one in seen.establishments)


def require_seen(scope: Scope, seen: Subject) -> Subject:
    """The subject, when the account may see it.

    Raises:
        NotFound: it may not; the answer is that of a number that does not exist.
    """
    if not may_see(scope, seen):
        raise NotFound(
            f"{LEVEL_LABELS[seen.level]} {seen.code} : rien n'est visible par votre compte.", code="sujet-inconnu"
        )
    return seen


def visible(scope: Scope, level: Level, at: date | None = None) -> tuple[Subject, ...]:
    """The subjects of a level of which the account sees one establishment at least."""
    known = graph(at)
    found = of_keys((node.key for node in known.of_kind(Kind(level.value))), known)
    return tuple(sorted((one for one in found if may_see(scope, one)), key=lambda one: (one.label, one.code)))


def members(seen: Subject, at: date | None = None) -> tuple[Subject, ...]:
    """The EJ of a subject."""
    known = graph(at)
    found = of_keys((Key(Kind.EJ, code) for code in seen.establishments), known)
    return tuple(sorted(found, key=lambda one: (one.label, one.code)))


def targets(level: Level | None, seen: Subject, at: date | None = None) -> tuple[Subject, ...]:
    """Whom a requirement of that level is looked at for: those that the subject stands for, up or down."""
    if level is None or level is seen.level:
        return (seen,)
    known = graph(at)
    found = known.at_level(Key(Kind(seen.level.value), seen.code), Kind(level.value))
    return tuple(of_keys(found, known)) or (seen,)


def own_places(scope: Scope) -> frozenset[str]:
    """The establishments to which the account belongs: a role held there by name, not for a group."""
    if scope.user_id is None:
        return frozenset()
    named = places_held(scope.user_id)
    return frozenset(place for place in named & scope.grants.keys() if place != EVERYWHERE and ":" not in place)


def inside(scope: Scope, establishments: Iterable[str]) -> bool:
    """Whether the account belongs to every one of the establishments."""
    asked = set(establishments)
    return bool(asked) and asked <= own_places(scope)
