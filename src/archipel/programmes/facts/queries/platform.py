"""Facts that the graph of establishments tells by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from archipel.programmes.facts.values import Maille, Observation, Subject
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind, Link

STATUS = "statut-juridique"
_BY_LAW = "membre d'un GHT (code de la santé publique, article L6132-1)"


def observe_status(subjects: Sequence[Subject], fact_ids: Collection[str], at: date) -> list[Observation]:
    """Provider: a legal entity is public when it is a member of a GHT, or when the graph says so."""
    known = perimetre.graph(at)
    found = []
    for subject in subjects:
        key = Key(Kind.EJ, subject.code)
        edge = known.edge(key, Link.MEMBRE) if subject.maille is Maille.EJ else None
        if edge is not None:
            link = f"/programmes/perimetre/ej/{subject.code}/"
            found.append(Observation(subject, STATUS, "public", edge.since or at, _BY_LAW, link=link))
    return found
