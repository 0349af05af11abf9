"""Whom a fact is about, and who may say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Denied, Invalid, NotFound
from archipel.programmes.facts.values import Maille, Subject
from archipel.programmes.packs.public import MAILLE_LABELS
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Graph, Key, Kind

WRITERS = (Capability.GERER_PROGRAMMES, Capability.INSTRUIRE_PROGRAMMES)
"""An establishment tells its own facts; the ARS tells what it decided or paid."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A subject, and the FINESS EJ that it concerns."""

    subject: Subject
    establishments: frozenset[str]
    name: str
    keepers: frozenset[str]
    """The EJ for one of which its facts must be kept: itself, or the supporting establishment of a GHT."""


def key_of(subject: Subject) -> Key:
    """The node of the graph that a subject names.

    Raises:
        Invalid: a project is no node of the graph.
    """
    if subject.maille is Maille.PROJET:
        raise Invalid("Un fait de projet se dit dans le dossier du projet.", code="fait-projet")
    return Key(Kind(subject.maille.value), subject.code)


def subject_of(key: Key) -> Subject:
    """The subject that a node of the graph is.

    Raises:
        Invalid: no fact is kept of a region.
    """
    if key.kind is Kind.REGION:
        raise Invalid("Aucun fait n'est tenu au niveau de la région.", code="fait-region")
    return Subject(Maille(key.kind.value), key.code)


Graphs = Callable[[date | None], Graph]
"""The graph at a date (None: today); a reader of many lines gives one that remembers."""


def place(subject: Subject, at: date, graphs: Graphs = perimetre.graph) -> Placed:
    """The establishments that a subject concerned at a date; today's when it was not known then.

    Raises:
        NotFound: no such node, then or today. Invalid: a project.
    """
    key = key_of(subject)
    for day in (at, None):
        known = graphs(day)
        node = known.nodes.get(key)
        concerned = known.establishments(key) if node else frozenset()
        if node and concerned:
            support = known.support(key) if key.kind is Kind.GHT else None
            keepers = frozenset({support.code}) if support else concerned
            return Placed(subject, concerned, node.name, keepers)
    raise NotFound(
        f"« {subject.code[:40]} » n'est pas, dans le périmètre, au niveau « {MAILLE_LABELS[subject.maille]} ».",
        code="finess-inconnu",
    )


def resolve(text: str, maille: Maille, at: date, graphs: Graphs = perimetre.graph) -> Subject:
    """The subject of a level that a FINESS number (or the code of a GHT) names, at a date or today.

    A number of another level is accepted when it leaves no doubt: the only FINESS PMSI of an EJ, the EJ of a site.

    Raises:
        NotFound: unknown number. Invalid: several subjects answer to it, or none at that level; a project.
    """
    code = "".join(text.split()).upper() if maille is not Maille.GHT else text.strip()
    wanted = Kind(key_of(Subject(maille, code)).kind)
    for day in (at, None):
        known = graphs(day)
        if Key(wanted, code) in known.nodes:
            return Subject(maille, code)
        node = known.node(code)
        found = known.at_level(node.key, wanted) if node else ()
        if len(found) == 1:
            return Subject(maille, found[0].code)
        if node:
            count = f"{len(found)} répondent à" if found else "aucun ne répond à"
            choices = f" : {', '.join(one.code for one in found[:6])}" if found else ""
            raise Invalid(
                f"Le fait se dit au niveau « {MAILLE_LABELS[maille]} » ; {count} « {code[:20]} »{choices}.",
                code="finess-niveau",
                field="finess",
            )
    raise NotFound(f"Le numéro « {text[:40]} » n'est pas dans le périmètre.", code="finess-inconnu", field="finess")


def may_write(scope: Scope, placed: Placed) -> bool:
    """Whether the account keeps the facts of a subject, and sees them."""
    return bool(scope.programmes & placed.establishments) and any(
        scope.may(one, place) for one in WRITERS for place in placed.keepers
    )


def require_writer(scope: Scope, placed: Placed) -> None:
    """Raise Denied unless :func:`may_write`."""
    if not may_write(scope, placed):
        raise Denied(
            f"Votre compte ne tient pas les faits de « {placed.name} » ({placed.subject.code}).",
            code="faits-etablissement",
        )
