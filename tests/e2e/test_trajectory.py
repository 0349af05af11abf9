"""From a preset to the document in a real browser, with the real worker; every page by axe, wide, dark and narrow."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from docx import Document
from playwright.sync_api import Page, expect

from archipel.foundation.accounts.roles import Role
from tests.e2e.live import Opened, Site
from tests.factories.trajectory import furnish

pytestmark = pytest.mark.e2e
BASE = "/systemes/trajectoires"


def clean(page: Page, where: str) -> None:
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], where
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), where


def test_from_a_preset_to_the_document(live_site: Site, browser_page: Callable[..., Opened]) -> None:
    furnish()
    live_site.run("archipel", "worker")
    opened = browser_page(f"{BASE}/", Role.SERVICES_NUMERIQUES, "*")
    page = opened.page
    clean(page, "liste vide")
    page.get_by_role("link", name="Nouveau scénario").first.click()
    page.get_by_label("Un seul DPI").check()
    clean(page, "nouveau")
    page.get_by_label("Nom du scénario").fill("Un seul dossier patient")
    page.get_by_role("button", name="Créer et calculer").press("Enter")
    page.wait_for_url("**/trajectoires/*/")
    where = page.url
    page.goto(f"{BASE}/")
    page.goto(where)
    expect(page.get_by_text("Prouvé à moins de 1 %")).to_be_visible(timeout=480_000)
    expect(page.get_by_text("Plan vérifié")).to_be_visible()
    expect(page.get_by_text("au plus", exact=False).first).to_be_visible()
    calendar = page.get_by_role("region", name="Tableau : Calendrier des bascules")
    expect(calendar.locator("td.barre, td.barre-grande").first).to_be_visible()
    expect(page.locator("archipel-chart[data-dessine] svg").first).to_be_visible()
    expect(page.get_by_role("button", name="Recalculer")).to_be_visible(timeout=480_000)  # the prices too
    expect(page.get_by_role("row", name="Capacité des équipes, toutes années")).to_be_visible()
    clean(page, "plan")
    page.get_by_label("Pourquoi ce choix").fill("Avis favorable du comité stratégique")
    page.get_by_role("button", name="Publier comme trajectoire du groupement").click()
    expect(page.get_by_text("Ce plan est la trajectoire du groupement")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Schéma directeur DOCX").click()
    file = Document(io.BytesIO(Path(waiting.value.path()).read_bytes()))
    text = "\n".join(one.text for one in file.paragraphs)
    assert "Avis favorable du comité stratégique" in text and len(file.inline_shapes) == 5
    number = where.rstrip("/").rsplit("/", 1)[-1]
    one = f"{BASE}/{number}"
    pages = [f"{BASE}/", f"{BASE}/comparer/", f"{BASE}/suivi/", f"{one}/donnees/", f"{one}/reglages/", f"{one}/plan/"]
    for address in pages:
        page.goto(address)
        clean(page, address)
    assert opened.complaints == []

    phone = browser_page(where, Role.DIRECTION, "*", color_scheme="dark", viewport={"width": 390, "height": 844})
    for address in (where, *pages):
        phone.page.goto(address)
        clean(phone.page, f"{address} sombre, téléphone")
    assert phone.complaints == []
