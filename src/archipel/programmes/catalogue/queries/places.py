"""The GHT and regions that an account works for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import NotFound
from archipel.programmes.perimetre import public as perimetre
from archipel.programmes.perimetre.public import Key, Kind


@dataclass(frozen=True, slots=True)
class Ght:
    """A GHT, its region, its supporting establishment and its members (FINESS EJ); ``seen``: those in the scope."""

    code: str
    name: str
    region: str
    region_name: str
    support: str
    members: tuple[str, ...]
    seen: tuple[str, ...]


def ghts(scope: Scope, at: date | None = None) -> list[Ght]:
    """The GHT of which the account reads at least one member."""
    known = perimetre.graph(at)
    found = {known.ght(Key(Kind.EJ, code)) for code in scope.programmes}
    return sorted((_ght(scope, key, at) for key in found if key), key=lambda g: g.name)


def _ght(scope: Scope, key: Key, at: date | None) -> Ght:
    known = perimetre.graph(at)
    region, support = known.region(key), known.support(key)
    members = tuple(one.code for one in known.ejs(key))
    return Ght(
        code=key.code,
        name=known.nodes[key].name,
        region=region.code if region else "",
        region_name=known.nodes[region].name if region and region in known.nodes else "",
        support=support.code if support else "",
        members=members,
        seen=tuple(code for code in members if code in scope.programmes),
    )


def ght(scope: Scope, code: str = "", at: date | None = None) -> Ght | None:
    """One GHT of the account; the first there is when ``code`` is empty, None when there is none.

    Raises:
        NotFound: no such GHT, or none of its members may be read.
    """
    known = ghts(scope, at)
    if not code:
        return known[0] if known else None
    found = next((one for one in known if one.code == code), None)
    if found is None:
        raise NotFound("Ce GHT n'existe pas, ou aucun de ses membres n'est visible par votre compte.", code="ght")
    return found


def regions(scope: Scope, capability: Capability = Capability.INSTRUIRE_PROGRAMMES) -> list[tuple[str, str]]:
    """(INSEE code, name) of the regions for every establishment of which the capability is held: those of an ARS."""
    known = perimetre.graph()
    found = []
    for node in known.of_kind(Kind.REGION):
        held = known.establishments(node.key)
        if held and all(scope.may(capability, code) for code in held):
            found.append((node.key.code, node.name))
    return found


def region_name(code: str) -> str:
    """The name of a region."""
    return perimetre.REGIONS.get(code, code)
