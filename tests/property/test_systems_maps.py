"""Maps: everything has one place, nothing overlaps, the same graph gives the same map, files are well formed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from archipel.domains.systems.rules.maps.archimate import archimate
from archipel.domains.systems.rules.maps.drawio import drawio
from archipel.domains.systems.rules.maps.graph import build, standard, switches
from archipel.domains.systems.rules.maps.layout import TILE_HEIGHT, TILE_WIDTH, place
from archipel.domains.systems.rules.maps.payload import payload
from archipel.domains.systems.rules.maps.svg import Caption, legal, svg
from archipel.domains.systems.rules.model import functions
from archipel.domains.systems.values.maps import DEEPEST, GROUPINGS, Asked, Placed, View
from archipel.domains.systems.values.records import Inventory, Key, Record
from archipel.domains.systems.values.schema import Kind
from tests.factories.archimate import NS, faults, schema

A, B = "210780581", "520780057"
SMALL = settings(max_examples=40, deadline=None)
names = st.text(min_size=1, max_size=12).filter(str.strip)
codes = st.sampled_from(["A1", "A2", "A3", "A4", "A5", "é<&>\"'"])
places = st.sampled_from([A, B])


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Anything that an inventory may hold, links to nowhere included."""
    found: dict[Key, Record] = {}

    def add(kind: Kind, place: str, code: str, content: dict[str, object]) -> None:
        key = Key(kind, place, code)
        found[key] = Record(key, {name: value for name, value in content.items() if value})

    functions_ = st.sampled_from(["dpi", "gap", "paie", "inconnue"])
    for place_, code in draw(st.sets(st.tuples(places, codes), max_size=8)):
        add(Kind.APPLICATION, place_, code, {
            "nom": draw(names), "produit": draw(names), "editeur": draw(st.sampled_from(["", "Boréal", "B&B <SA>"])),
            "fonctions": draw(st.lists(functions_, max_size=2)), "modules": draw(st.lists(names, max_size=2)),
            "depend_de": draw(st.lists(codes, max_size=2)), "instance": draw(st.sampled_from(["", "commune"])),
            "technologies": draw(st.lists(st.sampled_from(["Oracle 19", "PG"]), max_size=2)),
            "hebergement": draw(st.sampled_from(["", "interne", "hds"])),
        })  # fmt: skip
    for rank, (place_, source, other, target) in enumerate(
        draw(st.lists(st.tuples(places, codes, places, codes), max_size=10))
    ):
        content = {"source": source, "cible": target, "etablissement_cible": other, "norme": draw(names)}
        add(Kind.INTERFACE, place_, f"I{rank}", content)
    for name in ("Oracle 19", "PG"):
        add(Kind.TECHNOLOGIE, "", name, {"nom": name, "editeur": draw(st.sampled_from(["", "Oracle"]))})
    add(Kind.EQUIPEMENT, A, "SRV", {
        "nom": draw(names), "type": "serveur", "applications": draw(st.lists(codes, max_size=3)),
        "technologies": ["PG"],
    })  # fmt: skip
    return Inventory(date(2026, 1, 1), tuple(found.values()))


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    view = draw(st.sampled_from(View))
    hidden = draw(st.sets(st.sampled_from([code for code, _ in switches(view)]), max_size=2))
    return Asked(
        view, draw(st.sampled_from(sorted(GROUPINGS))), frozenset(draw(st.sets(places, max_size=1))),
        hidden=frozenset(hidden), focus=draw(st.sampled_from(["", f"a:{A}:A1", "nulle part"])),
        depth=draw(st.integers(1, DEEPEST)),
    )  # fmt: skip


def drawn(known: Inventory, asked: Asked) -> Placed:
    return place(build(known, functions(), asked))


@SMALL
@given(inventories(), questions())
def test_everything_has_one_place_and_nothing_overlaps(known: Inventory, asked: Asked) -> None:
    placed = drawn(known, asked)
    assert len(placed.points) == len(placed.graph.nodes) == len(set(placed.points))
    for rank, (x, y) in enumerate(placed.points):
        assert 0 <= x <= placed.width - TILE_WIDTH + 0.01 and 0 <= y <= placed.height - TILE_HEIGHT + 0.01
        for left, top in placed.points[rank + 1 :]:
            assert abs(left - x) >= TILE_WIDTH or abs(top - y) >= TILE_HEIGHT
        if placed.box_of[rank] >= 0:
            box = placed.boxes[placed.box_of[rank]]
            assert box.x <= x and x + TILE_WIDTH <= box.x + box.width
            assert box.y <= y and y + TILE_HEIGHT <= box.y + box.height
            assert box.label == placed.graph.nodes[rank].group
    for rank, one in enumerate(placed.boxes):
        for other in placed.boxes[rank + 1 :]:
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y
    assert sum(box.count for box in placed.boxes) in (0, len(placed.points))


@SMALL
@given(inventories(), questions())
def test_the_same_inventory_gives_the_same_map(known: Inventory, asked: Asked) -> None:
    other = Inventory(known.day, tuple(reversed(known.records)))
    first, again = drawn(known, asked), drawn(other, asked)
    assert payload(first) == payload(drawn(known, asked))
    assert [one.id for one in first.graph.nodes] == [one.id for one in again.graph.nodes]


@SMALL
@given(inventories(), questions())
def test_links_lead_to_what_is_shown_and_what_is_hidden_is_not_there(known: Inventory, asked: Asked) -> None:
    graph = build(known, functions(), asked)
    ids = [one.id for one in graph.nodes]
    assert len(ids) == len(set(ids))
    for one in graph.links:
        assert one.kind not in asked.hidden and one.source != one.target
        assert 0 <= one.source < len(ids) and 0 <= one.target < len(ids)
    assert all(one.level not in asked.hidden or one.id == asked.focus for one in graph.nodes)
    if asked.establishments and not asked.focus:
        assert all(one.place in asked.establishments or not one.place for one in graph.nodes)
    if asked.focus:
        assert not ids or graph.focus is not None


@SMALL
@given(inventories(), st.integers(1, DEEPEST))
def test_neighbours_are_those_that_a_walk_finds(known: Inventory, depth: int) -> None:
    whole = build(known, functions(), Asked(View.FLUX))
    focus = f"a:{A}:A1"
    around = {one.id for one in build(known, functions(), Asked(View.FLUX, focus=focus, depth=depth)).nodes}
    ids = [one.id for one in whole.nodes]
    reached = {focus} & set(ids)
    for _ in range(depth):
        reached |= {
            ids[end] for one in whole.links for end in (one.source, one.target)
            if ids[one.source] in reached or ids[one.target] in reached
        }  # fmt: skip
    assert around == reached


def test_standards_are_told_by_their_words() -> None:
    told = {"HL7 v2.5 (IHE PAM)": "hl7", "FHIR R4": "fhir", "DICOM 3": "dicom", "HPRIM XML": "hprim", "CSV": "fichier",
            "": "autre", "API REST": "service", "CDA R2": "ihe"}  # fmt: skip
    assert {text: standard(text) for text in told} == told


@SMALL
@given(inventories(), questions())
def test_files_are_well_formed_and_lose_nothing(known: Inventory, asked: Asked) -> None:
    """XML parses, identifiers are unique, references resolve, and what people wrote survives."""
    placed = drawn(known, asked)
    nodes, links = placed.graph.nodes, placed.graph.links
    told = Caption("Carte « <&> »", "au 01/01/2026")
    picture = etree.fromstring(svg(placed, told).encode())
    assert len(picture.findall(".//{*}g/{*}title")) == len(nodes) + len(links)
    model = archimate(placed, told)
    assert faults(model) == []
    official = schema()
    assert official is None or official.validate(etree.fromstring(model)), official.error_log
    names = [one.findtext(NS + "name") for one in etree.fromstring(model).iter(NS + "element")]
    assert names == [legal(one.name) for one in nodes]
    assert len(list(etree.fromstring(model).iter(NS + "relationship"))) == len(links)
    cells = {one.get("id"): one for one in etree.fromstring(drawio(placed, told)).iter("mxCell")}
    assert len(cells) == 3 + len(placed.boxes) + len(nodes) + len(links)
    for one in cells.values():
        ends = [one.get(name) for name in ("parent", "source", "target")]
        assert all(end is None or end in cells for end in ends)
    for rank, one in enumerate(nodes):
        assert (cells[f"n{rank}"].get("value") or "").startswith(legal(one.name))


def test_the_official_schema_accepts_a_map_of_each_kind() -> None:
    official = schema()
    if official is None:
        pytest.skip("ARCHIPEL_ARCHIMATE_XSD does not name a folder that holds archimate3_Diagram.xsd")
    application = {"nom": "Dossier", "produit": "P", "editeur": "E", "technologies": ["PG"], "modules": ["Soins"]}
    known = Inventory(date(2026, 1, 1), (
        Record(Key(Kind.APPLICATION, A, "A1"), {**application, "depend_de": ["A2"]}),
        Record(Key(Kind.APPLICATION, A, "A2"), application),
        Record(Key(Kind.INTERFACE, A, "I"), {"source": "A1", "cible": "A2", "norme": "HL7"}),
        Record(Key(Kind.EQUIPEMENT, A, "S"), {"nom": "S", "type": "serveur", "applications": ["A1"],
                                            "technologies": ["PG"]}),
        Record(Key(Kind.TECHNOLOGIE, "", "PG"), {"nom": "PG", "editeur": "Libre"}),
    ))  # fmt: skip
    for view in View:
        placed = drawn(known, Asked(view))
        model = etree.fromstring(archimate(placed, Caption("Carte", "essai")))
        assert placed.graph.links and official.validate(model), official.error_log
        twisted = etree.fromstring(archimate(placed, Caption("Carte", "essai")))
        next(twisted.iter(NS + "connection")).set("source", "nulle-part")
        assert not official.validate(twisted)
        assert faults(etree.tostring(twisted)) != []
