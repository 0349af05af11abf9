"""The maps on the demonstration's inventory: each page, each file, filters, neighbours; nothing beyond the scope."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from archipel.demo import inventory as demo
from archipel.demo.site import scope_for
from archipel.demo.structure import build_structure
from archipel.domains.systems import commands
from archipel.domains.systems.queries.maps import drawing
from archipel.domains.systems.queries.version import inventory_kept, version
from archipel.domains.systems.values.maps import Asked, View
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope, system_scope
from archipel.kernel.errors import Invalid
from archipel.territory.public import load_reference
from archipel.territory.reference import ght as reference_ght
from tests.factories.accounts import make_user
from tests.factories.archimate import NS, faults
from tests.factories.systems import CHU, LANGRES, application

pytestmark = pytest.mark.django_db
GHT = reference_ght("BFC-03")


@pytest.fixture
def scope() -> Iterator[Scope]:
    scope = scope_for(GHT)
    with in_scope(scope):
        load_reference(scope=scope, ght_code="BFC-03")
    demo.prepare(scope, GHT, build_structure(GHT, seed=1))
    with in_scope(scope):
        yield scope


def signed_in(client: Client, role: Role, place: str) -> Client:
    client.force_login(make_user(role, place), backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(client: Client, view: str, query: str = "") -> dict:
    """The data of a map page."""
    answer = client.get(reverse("systems:carte", args=[view]) + query)
    assert answer.status_code == 200, (view, query)
    found = re.search(r'<script type="application/json">(.*?)</script>', answer.content.decode(), re.S)
    return json.loads(found[1]) if found else {"noeuds": [], "liens": []}


def test_every_map_of_the_demonstration(scope: Scope, client: Client) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    assert client.get(reverse("systems:cartes")).status_code == 200
    for view in View:
        whole = shown(client, view.value)
        assert len(whole["noeuds"]) > 50 and whole["liens"], view
        one = shown(client, view.value, f"?etablissement={CHU}&grouper=editeur")
        assert 5 < len(one["noeuds"]) < len(whole["noeuds"])
        assert all(f":{LANGRES}:" not in node[2] for node in one["noeuds"])
    levels = {node[5] for node in shown(client, "editeurs", "?montrer=editeur&montrer=produit&montrer=edite")["noeuds"]}
    assert levels == {0, 1}
    found = shown(client, "applications", "?q=horizon")["noeuds"]
    assert found and all("Horizon" in node[3] for node in found)
    around = shown(client, "flux", f"?autour=a:{CHU}:GAP")
    assert around["noeuds"][around["centre"]][2] == f"a:{CHU}:GAP" and not around["boites"]
    page = client.get(reverse("systems:carte", args=["flux"]) + f"?autour=a:{CHU}:GAP").content.decode()
    assert "Autour de « Sillage GAP »" in page and "Toute la carte" in page
    assert "Rien ne répond" in client.get(reverse("systems:carte", args=["flux"]) + "?q=zzzz").content.decode()
    assert client.get(reverse("systems:carte", args=["lune"])).status_code == 404


def test_every_file_keeps_the_filters(scope: Scope, client: Client) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    query = f"?etablissement={CHU}&domaine=dossier&format="
    for view in View:
        nodes = shown(client, view.value, query)["noeuds"]
        address = reverse("systems:carte-export", args=[view.value]) + query
        model = client.get(address + "archimate")
        assert model["Content-Disposition"].endswith('.xml"') and faults(model.content) == []
        assert len(list(etree.fromstring(model.content).iter(NS + "element"))) == len(nodes)
        cells = etree.fromstring(client.get(address + "drawio").content).iter("mxCell")
        assert sum(str(cell.get("id")).startswith("n") for cell in cells) == len(nodes)
        picture = client.get(address + "svg").content.decode()
        assert "domaine Dossier patient" in picture and nodes[0][3].split()[0] in picture
        assert client.get(address + "csv").content.decode("utf-8-sig").startswith("De;Où;Lien")
    png = client.get(reverse("systems:carte-export", args=["flux"]) + query + "png")
    assert png.content[:8] == b"\x89PNG\r\n\x1a\n" and len(png.content) > 5_000
    assert client.get(reverse("systems:carte-export", args=["flux"]) + query + "xyz").status_code == 422


def test_a_map_holds_nothing_beyond_the_scope(scope: Scope, client: Client) -> None:
    """Neither tiles, nor ends of links, nor the neighbours of what is elsewhere."""
    signed_in(client, Role.SERVICES_NUMERIQUES, LANGRES)
    for view in View:
        for query in ("", f"?etablissement={CHU}", f"?autour=a:{CHU}:GAP"):
            data = shown(client, view.value, query)
            assert CHU not in json.dumps(data), (view, query)
    assert shown(client, "applications")["noeuds"]
    for role, expected in ((Role.DIRECTION, 200), (Role.IDE_URGENCES, 403), (Role.DIM, 403), (Role.REFERENT_ARS, 403)):
        other = signed_in(Client(), role, LANGRES if role is not Role.REFERENT_ARS else "*")
        assert other.get(reverse("systems:cartes")).status_code == expected, role
        assert other.get(reverse("systems:carte-export", args=["flux"])).status_code == expected, role


def test_the_interface_and_the_command_draw_the_same_map(scope: Scope, client: Client, tmp_path: Path) -> None:
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    whole = shown(client, "flux")
    told = client.get("/api/v1/systemes/cartes/flux").json()
    assert [one["id"] for one in told["noeuds"]] == [node[2] for node in whole["noeuds"]]
    assert [round(one["x"]) for one in told["noeuds"]] == [node[0] for node in whole["noeuds"]]
    assert len(told["liens"]) == len(whole["liens"])
    assert {one["de"] for one in told["liens"]} <= {one["id"] for one in told["noeuds"]}
    around = client.get(f"/api/v1/systemes/cartes/flux?autour=a:{CHU}:GAP").json()
    assert 1 < len(around["noeuds"]) < len(told["noeuds"])
    assert client.get("/api/v1/systemes/cartes/lune").status_code == 404
    narrow = signed_in(Client(), Role.SERVICES_NUMERIQUES, LANGRES).get("/api/v1/systemes/cartes/flux").json()
    assert {one["etablissement"] for one in narrow["noeuds"]} == {LANGRES}
    for name, start in (("a.svg", b"<svg"), ("a.drawio", b"<?xml"), ("a.xml", b"<?xml"), ("a.png", b"\x89PNG")):
        commands.export_map(tmp_path / name, view="flux", group_by="membre", establishment=CHU)
        assert (tmp_path / name).read_bytes().startswith(start), name
    with pytest.raises(Invalid):
        commands.export_map(tmp_path / "a.doc", view="flux", group_by="membre", establishment="")


def test_what_is_kept_follows_the_ledger_and_the_scope(scope: Scope) -> None:
    before = drawing(scope, Asked(View.APPLICATIONS), inventory_kept(scope).day)
    assert drawing(scope, Asked(View.APPLICATIONS), inventory_kept(scope).day) is before
    application(CHU, "NEUVE", scope=scope, nom="Application neuve")
    after = drawing(scope, Asked(View.APPLICATIONS), inventory_kept(scope).day)
    assert len(after.placed.graph.nodes) == len(before.placed.graph.nodes) + 1
    narrow = system_scope("tests", [LANGRES])
    with in_scope(narrow):
        assert version(narrow) != version(scope)
        seen = drawing(narrow, Asked(View.APPLICATIONS), inventory_kept(narrow).day).placed.graph
        assert {one.place for one in seen.nodes} == {LANGRES}


def test_no_text_of_the_inventory_closes_the_block_of_data(scope: Scope, client: Client) -> None:
    application(CHU, "X", scope=scope, nom="</script><b>é&")
    signed_in(client, Role.SERVICES_NUMERIQUES, "*")
    assert any(node[3] == "</script><b>é&" for node in shown(client, "applications")["noeuds"])
