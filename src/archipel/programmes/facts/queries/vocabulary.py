"""The facts that may be told: what the packs' rules read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from archipel.kernel.errors import NotFound
from archipel.programmes.packs.public import Fait, Pack, packs


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Fact id → what it is; and the packs (id → title) whose rules read it."""

    facts: Mapping[str, Fait]
    packs: Mapping[str, Mapping[str, str]]

    def __getitem__(self, fact_id: str) -> Fait:
        found = self.facts.get(fact_id)
        if found is None:
            raise NotFound(f"Le fait « {fact_id[:60]} » n'est dans le vocabulaire d'aucun pack.", code="fait-inconnu")
        return found

    def get(self, fact_id: str) -> Fait | None:
        """The fact, or None."""
        return self.facts.get(fact_id)

    def label(self, fact_id: str) -> str:
        """Its label, or its id when no pack knows it any more."""
        found = self.facts.get(fact_id)
        return found.libelle if found else fact_id


def of_packs(packs: tuple[Pack, ...]) -> Vocabulary:
    """The vocabulary of some packs; the same id in two packs is the same fact."""
    facts: dict[str, Fait] = {}
    read: dict[str, dict[str, str]] = {}
    for pack in packs:
        for fact in pack.faits:
            facts.setdefault(fact.id, fact)
            read.setdefault(fact.id, {})[pack.pack] = pack.titre
    ordered = sorted(facts.items(), key=lambda item: item[1].libelle.casefold())
    return Vocabulary(MappingProxyType(dict(ordered)), MappingProxyType(read))


_known: dict[tuple[int, ...], tuple[tuple[Pack, ...], Vocabulary]] = {}


def vocabulary() -> Vocabulary:
    """Every fact of the packs in force today; made once for the same packs."""
    found = tuple(packs())
    key = tuple(map(id, found))
    if key not in _known:
        _known.clear()
        _known[key] = found, of_packs(found)
    return _known[key][1]
