"""Who answers a grid: the legal entities (or FINESS PMSI) that the account may read, and their groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import NotFound
from archipel.programmes.maturity.values import Grille
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind

GROUP = "ght:"
"""How the group itself is named among those that answer."""


@dataclass(frozen=True, slots=True)
class EntityInfo:
    """Somebody that answers: a FINESS number, or ``ght:code``; ``establishments`` are the FINESS EJ concerned."""

    code: str
    name: str
    ght: str
    establishments: tuple[str, ...]

    @property
    def group(self) -> bool:
        """Whether it is the group itself."""
        return self.code.startswith(GROUP)


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A GHT: its members that the account may read, and how many it has."""

    code: str
    name: str
    support: str
    members: tuple[EntityInfo, ...]
    size: int

    @property
    def whole(self) -> bool:
        """Whether the account reads every member, which a result for the group needs."""
        return len({e for m in self.members for e in m.establishments}) == self.size

    @property
    def itself(self) -> EntityInfo:
        """The group as somebody that answers."""
        codes = tuple(sorted({e for m in self.members for e in m.establishments}))
        return EntityInfo(GROUP + self.code, f"GHT {self.name}", self.code, codes)


def groups(scope: Scope, grid: Grille, at: date | None = None) -> list[GroupInfo]:
    """The GHT of which the account reads at least one member; those outside any GHT come alone, without code."""
    known = perimetre.graph(at)
    kind = Kind.PMSI if grid.maille == Kind.PMSI else Kind.EJ
    found: dict[Key | None, list[EntityInfo]] = {}
    for code in sorted(scope.programmes):
        legal = Key(Kind.EJ, code)
        if legal not in known.nodes:
            continue
        ght = known.ght(legal)
        entities = known.at_level(legal, kind)
        names = perimetre.labels(entities, known)
        found.setdefault(ght, []).extend(
            EntityInfo(one.code, names[one], ght.code if ght else "", (code,)) for one in entities
        )
    made = []
    for key, members in found.items():
        support = known.support(key) if key else None
        head = support.code if support else ""
        made.append(
            GroupInfo(
                code=key.code if key else "",
                name=known.nodes[key].name if key else "Hors GHT",
                support=head,
                members=tuple(_ordered(members, head)),
                size=len(known.ejs(key)) if key else len(members),
            )
        )
    return sorted(made, key=lambda g: (not g.code, g.name))


def _ordered(members: list[EntityInfo], support: str) -> list[EntityInfo]:
    """The supporting establishment first, then by name."""
    return sorted(members, key=lambda m: (support not in m.establishments, m.name))


def group(scope: Scope, grid: Grille, code: str, at: date | None = None) -> GroupInfo:
    """One GHT, or the only one there is when ``code`` is empty.

    Raises:
        NotFound: no such GHT, or none of its members may be read.
    """
    known = groups(scope, grid, at)
    found = next((g for g in known if g.code == code), None) if code else next(iter(known), None)
    if found is None:
        raise NotFound("Ce GHT n'existe pas, ou aucun de ses membres n'est visible par votre compte.", code="ght")
    return found


def entity(scope: Scope, grid: Grille, code: str, at: date | None = None) -> EntityInfo:
    """One of those that answer.

    Raises:
        NotFound: unknown, or the account may not read its programmes.
    """
    for one in groups(scope, grid, at):
        if one.code and one.itself.code == code:
            return one.itself
        for member in one.members:
            if member.code == code:
                return member
    raise NotFound("Cet établissement n'existe pas, ou n'est pas visible par votre compte.", code="entite-inconnue")


def may_answer(scope: Scope, grid_entity: EntityInfo, support: str = "") -> bool:
    """Whether the account may answer: for the group, where the supporting establishment's programmes are managed."""
    if grid_entity.group:
        return bool(support) and scope.may(Capability.GERER_PROGRAMMES, support)
    return all(scope.may(Capability.GERER_PROGRAMMES, code) for code in grid_entity.establishments)
