"""What is on a map: nodes and links, from the inventory that the reader sees; nothing else is in the data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from archipel.domains.systems.rules.coverage import Reader
from archipel.domains.systems.rules.maps.builder import Builder, application_id
from archipel.domains.systems.rules.names import plain
from archipel.domains.systems.values.functions import FunctionModel
from archipel.domains.systems.values.maps import HIDDEN, LEVELS, LINKS, Asked, Graph, Link, Node, View
from archipel.domains.systems.values.records import Inventory, Record
from archipel.domains.systems.values.schema import Kind

STANDARDS = (
    ("fhir", ("fhir",)), ("dicom", ("dicom",)), ("hprim", ("hprim",)), ("hl7", ("hl7", "pam", "mllp", "oru", "adt")),
    ("ihe", ("ihe", "cda", "xds")), ("service", ("rest", "soap", "api", "web service", "webservice", "json")),
    ("fichier", ("fichier", "csv", "xml", "ftp", "sftp", "plat", "pn13")),
)  # fmt: skip
"""Family of a standard and the words that tell it, the surest first."""


def standard(text: str) -> str:
    """The family of a written standard: ``hl7``, ``fhir`` …; ``autre`` when nothing tells."""
    words = plain(text)
    for family, known in STANDARDS:
        if any(word in words for word in known):
            return family
    return "autre"


def build(known: Inventory, model: FunctionModel, asked: Asked) -> Graph:
    """The map that is asked for.

    Around a focus the other filters do not apply: a neighbour is shown wherever it is, within the reader's inventory.
    """
    builder = Builder(known, model, asked.group_by)
    chosen = (
        known.live() if asked.focus else [one for one in known.live() if _wanted(one, builder.reader, model, asked)]
    )
    nodes, links = _BUILDERS[asked.view](builder, chosen)
    hidden = asked.hidden
    kept = [rank for rank, one in enumerate(nodes) if one.level not in hidden or one.id == asked.focus]
    graph = _restricted(asked, nodes, [one for one in links if one.kind not in hidden], kept)
    if not asked.focus:
        return graph
    around = neighbourhood(graph, asked.focus, asked.depth)
    return _restricted(asked, graph.nodes, graph.links, around)


def hidden_by_default(view: View) -> frozenset[str]:
    """What is not drawn until it is asked for."""
    return HIDDEN.get(view, frozenset())


def switches(view: View) -> list[tuple[str, str]]:
    """Everything that can be hidden: code, label; a level and the link of the same name are one switch."""
    found = dict(LINKS[view])
    found.update(LEVELS[view])
    return [(code, found[code]) for code in dict.fromkeys([*dict(LEVELS[view]), *dict(LINKS[view])])]


def neighbourhood(graph: Graph, focus: str, depth: int) -> list[int]:
    """The node, and those at ``depth`` links at the most, whatever their direction; nothing when it is not there."""
    start = next((rank for rank, one in enumerate(graph.nodes) if one.id == focus), None)
    if start is None:
        return []
    near: dict[int, list[int]] = defaultdict(list)
    for one in graph.links:
        near[one.source].append(one.target)
        near[one.target].append(one.source)
    seen, edge = {start}, [start]
    for _ in range(depth):
        edge = sorted({other for rank in edge for other in near[rank]} - seen)
        seen.update(edge)
    return sorted(seen)


def _restricted(asked: Asked, nodes: Sequence[Node], links: Iterable[Link], kept: Sequence[int]) -> Graph:
    place = {old: new for new, old in enumerate(kept)}
    inside = tuple(
        Link(place[one.source], place[one.target], one.kind, one.label, one.count)
        for one in links
        if one.source in place and one.target in place
    )
    made = tuple(nodes[rank] for rank in kept)
    focus = next((rank for rank, one in enumerate(made) if one.id == asked.focus), None) if asked.focus else None
    return Graph(asked, made, inside, focus)


def _wanted(one: Record, reader: Reader, model: FunctionModel, asked: Asked) -> bool:
    if asked.establishments and one.key.establishment not in asked.establishments:
        return False
    if asked.hosting and one.text("hebergement") != asked.hosting:
        return False
    if asked.vendor and reader.vendor(one) != asked.vendor:
        return False
    groups = {model.by_id[name].group for name in reader.functions(one) if name in model.by_id}
    if asked.domain and asked.domain not in groups:
        return False
    return not asked.text or plain(asked.text) in plain(f"{one.name} {one.key.code} {reader.product(one)}")


def _applications(builder: Builder, chosen: Sequence[Record]) -> tuple[list[Node], list[Link]]:
    shared: dict[str, list[str]] = defaultdict(list)
    for one in chosen:
        builder.application(one)
    for one in chosen:
        mine = application_id(one.key.establishment, one.key.code)
        for code in one.items("depend_de"):
            builder.link(mine, application_id(one.key.establishment, code), "depend", "dépend de")
        if one.text("instance"):
            shared[one.text("instance")].append(mine)
        for module in one.items("modules"):
            builder.part(one, module)
    for name, members in shared.items():
        for other in members[1:]:
            builder.link(members[0], other, "instance", f"instance « {name} »")
    for one in builder.known.of(Kind.INTERFACE):
        builder.link(*_ends(one), "flux", one.text("objet") or one.text("norme"))
    return builder.done()


def _ends(flow: Record) -> tuple[str, str]:
    here = flow.key.establishment
    target = flow.text("etablissement_cible") or here
    return application_id(here, flow.text("source")), application_id(target, flow.text("cible"))


def _flows(builder: Builder, chosen: Sequence[Record]) -> tuple[list[Node], list[Link]]:
    ends = [(one, *_ends(one)) for one in builder.known.of(Kind.INTERFACE)]
    speaking = {end for _, source, target in ends for end in (source, target)}
    for one in chosen:
        if application_id(one.key.establishment, one.key.code) in speaking:
            builder.application(one)
    for flow, source, target in ends:
        volume = flow.number("volume_jour")
        told = [flow.text("norme"), flow.text("objet"), f"{int(volume):,}/j".replace(",", "\u202f") if volume else ""]
        builder.link(source, target, standard(flow.text("norme")), " · ".join(filter(None, told)))
    return builder.done()


def _infrastructure(builder: Builder, chosen: Sequence[Record]) -> tuple[list[Node], list[Link]]:
    here = {one.key.establishment for one in chosen}
    for one in chosen:
        builder.application(one)
    for one in builder.known.of(Kind.EQUIPEMENT):
        if one.key.establishment in here:
            mine = builder.equipment(one)
            for code in one.items("applications"):
                builder.link(application_id(one.key.establishment, code), mine, "porte", "porté par")
            builder.technologies(mine, one)
    for one in chosen:
        builder.technologies(application_id(one.key.establishment, one.key.code), one)
    return builder.done()


def _vendors(builder: Builder, chosen: Sequence[Record]) -> tuple[list[Node], list[Link]]:
    for one in chosen:
        mine = builder.application(one)
        product = builder.product(one)
        builder.link(product, mine, "installe", "installé")
        vendor = builder.vendor(builder.reader.vendor(one))
        if vendor:
            builder.link(vendor, product, "edite", "édite")
        for technology in builder.technologies(mine, one):
            owner = builder.vendor(builder.reader.vendor(technology))
            if owner:
                builder.link(owner, builder.technology(technology), "edite", "édite")
    return builder.done()


_BUILDERS = {
    View.APPLICATIONS: _applications,
    View.FLUX: _flows,
    View.INFRASTRUCTURE: _infrastructure,
    View.EDITEURS: _vendors,
}
