"""Gathers the nodes of a map, each once, and joins the links that say the same."""

from __future__ import annotations

from collections.abc import Mapping

from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.names import normal
from archipel.domains.systems.rules.technologies import technologies, technology_index
from archipel.domains.systems.values.functions import FunctionModel
from archipel.domains.systems.values.maps import Link, Node
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import EQUIPMENT, HOSTING, Kind

UNKNOWN = "Inconnu"
COMMON = "Commun au groupement"
LABELS_KEPT = 3
"""Of the links that are joined, how many say what they are."""


def application_id(place: str, code: str) -> str:
    """The id of an application on a map."""
    return f"a:{place}:{code}"


class Builder:
    """The nodes and links of one map."""

    def __init__(self, known: Inventory, model: FunctionModel, group_by: str) -> None:
        self.known = known
        self.reader = Reader(known)
        self.by = group_by
        self._functions = model.by_id
        self._groups = {one.id: (rank, one.label) for rank, one in enumerate(model.groups)}
        self._hostings = {code: (rank, label) for rank, (code, label) in enumerate(HOSTING)}
        self._equipment = dict(EQUIPMENT)
        self._index: Mapping[str, Record] = technology_index(known)
        self._nodes: dict[str, Node] = {}
        self._links: dict[tuple[str, str, str], tuple[list[str], int]] = {}

    def done(self) -> tuple[list[Node], list[Link]]:
        """The nodes in order, and the links whose two ends are there."""
        nodes = [self._nodes[name] for name in sorted(self._nodes)]
        rank = {one.id: place for place, one in enumerate(nodes)}
        links = [
            Link(rank[source], rank[target], kind, " ; ".join(labels), count)
            for (source, target, kind), (labels, count) in sorted(self._links.items())
            if source in rank and target in rank and source != target
        ]
        return nodes, links

    def link(self, source: str, target: str, kind: str, label: str = "") -> None:
        """A link; those of the same ends and kind are one, counted."""
        labels, count = self._links.get((source, target, kind), ([], 0))
        if label and label not in labels and len(labels) < LABELS_KEPT:
            labels = [*labels, label]
        self._links[source, target, kind] = (labels, count + 1)

    def application(self, one: Record) -> str:
        """An application; returns its id."""
        place = one.key.establishment
        rank, group = self._group(one)
        detail = " · ".join(filter(None, (self._place(place), self.reader.vendor(one))))
        made = Node(application_id(place, one.key.code), "application", one.name, detail, place, group, rank, one.key)
        self._nodes[made.id] = made
        return made.id

    def part(self, one: Record, module: str) -> None:
        """A module of an application."""
        owner = self._nodes[application_id(one.key.establishment, one.key.code)]
        name = f"m:{one.key.establishment}:{one.key.code}:{module}"
        self._nodes[name] = Node(name, "module", module, owner.name, owner.place, owner.group, owner.rank, one.key)
        self.link(name, owner.id, "module", "module de")

    def equipment(self, one: Record) -> str:
        """A piece of equipment; returns its id."""
        place = one.key.establishment
        kind = self._equipment.get(one.text("type"), UNKNOWN)
        group = {"membre": self._place(place), "hebergement": one.text("lieu") or "Lieu inconnu"}.get(self.by, kind)
        count = one.text("quantite")
        detail = " · ".join(filter(None, (self._place(place), f"{count} unités" if count not in ("", "1") else "")))
        name = f"e:{place}:{one.key.code}"
        self._nodes[name] = Node(name, "equipement", one.name, detail, place, group, 0, one.key)
        return name

    def technologies(self, mine: str, one: Record) -> list[Record]:
        """The technologies on which a thing rests: nodes and links."""
        found = list(technologies(self._index, one))
        for technology in found:
            self.link(mine, self.technology(technology), "repose", "repose sur")
        return found

    def technology(self, one: Record) -> str:
        """A technology; returns its id."""
        name = f"t:{one.key.code}"
        if name not in self._nodes:
            label = f"{one.name} {one.text('version')}".strip()
            ends = one.shown("fin_support")
            detail = f"support jusqu'au {ends}" if ends else "fin de support inconnue"
            group = self.reader.vendor(one) or UNKNOWN if self.by == "editeur" else COMMON
            self._nodes[name] = Node(name, "technologie", label, detail, "", group, 0, one.key)
        return name

    def product(self, application: Record) -> str:
        """The product of an application; returns its id."""
        label = self.reader.product(application)
        code = self.reader.code(Kind.PRODUIT, application.text("produit"))
        name = f"p:{code or normal(label)}"
        if name not in self._nodes:
            vendor = self.reader.vendor(application)
            key = Key(Kind.PRODUIT, "", code) if code else None
            rank, group = (0, vendor or UNKNOWN) if self.by in ("editeur", "membre") else self._group(application)
            self._nodes[name] = Node(name, "produit", label, vendor or "éditeur inconnu", "", group, rank, key)
        return name

    def vendor(self, written: str) -> str:
        """A vendor; returns its id, empty when unknown."""
        if not written:
            return ""
        code = self.reader.code(Kind.EDITEUR, written)
        name = f"v:{code or normal(written)}"
        if name not in self._nodes:
            golden = self.reader.golden[Kind.EDITEUR].get(code)
            plan = golden.shown("plan_sortie").lower() if golden else ""
            detail = f"plan de sortie : {plan}" if plan else (golden.text("pays") if golden else "")
            key = golden.key if golden else None
            country = golden.text("pays") if golden else ""
            self._nodes[name] = Node(name, "editeur", written, detail, "", country or "Pays inconnu", 0, key)
        return name

    def _place(self, code: str) -> str:
        return self.known.names.get(code, code)

    def _group(self, one: Record) -> tuple[int, str]:
        """(rank, label) of the box of an application."""
        if self.by == "membre":
            return 0, self._place(one.key.establishment)
        if self.by == "editeur":
            return 0, self.reader.vendor(one) or UNKNOWN
        if self.by == "hebergement":
            return self._hostings.get(one.text("hebergement"), (len(self._hostings), "Hébergement inconnu"))
        for function in self.reader.functions(one):
            if function in self._functions:
                return self._groups[self._functions[function].group]
        return len(self._groups), "Sans fonction"
