"""The projects of an establishment: told by the room of dossiers, which registers itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from archipel.foundation.scope import Scope
from archipel.programmes.eligibility.values import ProjectLink

Projects = Callable[[Scope, str, Collection[str], date, str], Mapping[str, Sequence[ProjectLink]]]
"""(scope, pack, FINESS PMSI, date, project left aside or "") → projects of each, as bearer or party."""
_registered: list[Projects] = []


def register_projects(projects: Projects) -> None:
    """Say who knows the projects; the last one registered counts."""
    _registered[:] = [projects]


def projects_of(
    scope: Scope, pack: str, codes: Collection[str], at: date, aside: str = ""
) -> Mapping[str, Sequence[ProjectLink]] | None:
    """The projects of establishments in a programme; None when nobody knows them."""
    return _registered[0](scope, pack, codes, at, aside) if _registered else None
