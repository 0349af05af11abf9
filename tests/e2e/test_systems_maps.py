"""The maps in a real browser: drawn, searched, walked by keyboard, isolated, filtered, saved; axe in each look."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from archipel.demo import inventory as demo
from archipel.demo.site import scope_for
from archipel.demo.structure import build_structure
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.territory.public import load_reference
from archipel.territory.reference import ght as reference_ght
from tests.e2e.live import Opened, Site
from tests.factories.systems import CHU

pytestmark = pytest.mark.e2e
BASE = "/systemes/cartes"
COLOURED = """canvas => {
  const { width, height } = canvas, pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const seen = new Set();
  for (let at = 0; at < pixels.length; at += 404) seen.add(pixels[at] * 65536 + pixels[at + 1] * 256 + pixels[at + 2]);
  return seen.size;
}"""


def furnish() -> None:
    ght = reference_ght("BFC-03")
    scope = scope_for(ght)
    with in_scope(scope):
        load_reference(scope=scope, ght_code="BFC-03")
    demo.prepare(scope, ght, build_structure(ght, seed=1))


def clean(page: Page, where: str) -> None:
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], where
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), where


def test_a_director_finds_his_way_on_the_maps(live_site: Site, browser_page: Callable[..., Opened]) -> None:
    furnish()
    opened = browser_page(f"{BASE}/flux/", Role.SERVICES_NUMERIQUES, "*", reduced_motion="reduce")
    page = opened.page
    chart = page.locator("archipel-map")
    data = json.loads(chart.locator("script").text_content() or "")
    expect(chart).to_have_attribute("data-dessine", str(len(data["noeuds"])))
    assert chart.locator("canvas").evaluate(COLOURED) > 5
    clean(page, "flux")
    searched_and_walked(page)
    isolated(page)
    filtered_and_saved(page)
    for scheme, width in (("dark", 1366), ("dark", 390), ("light", 390)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{BASE}/infrastructure/?etablissement={CHU}")
        page.locator("archipel-map canvas").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("region", name="Ce qui est choisi sur la carte")).to_be_visible()
        clean(page, f"{scheme} {width}")
    assert opened.complaints == []


def searched_and_walked(page: Page) -> None:
    """Found by its name, told aloud, its neighbours one by one; Escape leaves it."""
    page.get_by_label("Chercher sur la carte").fill("sillage")
    expect(page.locator(".carte-outils [role=status]")).to_contain_text("trouvée")
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Ce qui est choisi sur la carte")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Sillage GAP")
    expect(page.locator("archipel-map [aria-live=polite]")).to_contain_text("Sillage GAP, applications")
    page.locator("archipel-map canvas").focus()
    page.keyboard.press("v")
    expect(panel.get_by_role("heading", level=2)).not_to_have_text("Sillage GAP")
    for key in ("ArrowLeft", "ArrowDown", "+", "-", "0"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def isolated(page: Page) -> None:
    """Enter shows the neighbours only, at an address that can be shared."""
    page.get_by_label("Chercher sur la carte").fill("sillage")
    page.keyboard.press("Enter")
    page.locator("archipel-map canvas").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**autour=*")
    expect(page.get_by_text("Autour de « Sillage GAP »")).to_be_visible()
    page.get_by_label("Voisins jusqu'à").select_option("2")
    page.get_by_role("button", name="Afficher").click()
    page.wait_for_url("**pas=2*")
    clean(page, "autour")
    page.get_by_role("link", name="Toute la carte").click()


def filtered_and_saved(page: Page) -> None:
    page.get_by_label("Établissement", exact=True).select_option(CHU)
    page.get_by_label("Grouper par").select_option("editeur")
    page.get_by_role("checkbox", name="HL7 v2").uncheck()
    page.get_by_role("button", name="Afficher").click()
    page.wait_for_url(f"**etablissement={CHU}*")
    data = json.loads(page.locator("archipel-map script").text_content() or "")
    assert data["noeuds"] and all(link[2] != 0 for link in data["liens"])
    with page.expect_download() as waiting:
        page.get_by_role("link", name="draw.io").click()
    assert waiting.value.suggested_filename.endswith(".drawio")
    assert b"mxGraphModel" in Path(waiting.value.path()).read_bytes()
