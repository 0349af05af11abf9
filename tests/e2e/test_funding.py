"""Money in a real browser, with the real worker: a search left and found again, its proof, forms by keyboard, axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from archipel.foundation.accounts.roles import Role
from archipel.programmes.funding.public import Kind
from tests.e2e.live import Opened, Site
from tests.factories.funding import CHAUMONT, make_eligible, open_project, tell_activities, write
from tests.factories.programmes import CHU, LANGRES

pytestmark = pytest.mark.e2e
BASE = "/programmes/financement"


def furnish() -> int:
    """Three establishments with their activity, a project that lives."""
    activities = {CHU: 900_000, LANGRES: 120_000, CHAUMONT: 115_000, "210780672": 6_500, "210780706": 60_500}
    scope = tell_activities(activities)
    make_eligible(scope, CHU, LANGRES, CHAUMONT, "210780706")
    project = open_project(scope, CHU, theme="rattrapage", title="Stocks de la pharmacie")
    write(scope, project, Kind.OCTROI, 180_000, reasons={"impact": "cibles revues"}, text="notification du 3 juin")
    write(scope, project, Kind.CONDITION, instalment="versement-2026")
    write(scope, project, Kind.ENCAISSEMENT, 90_000, establishment=CHU, year=2026, instalment="versement-2026")
    write(scope, project, Kind.DEPENSE_PREVUE, 120_000, establishment=CHU, year=2026)
    write(scope, project, Kind.DEPENSE_PREVUE, 40_000, establishment=CHU, year=2027)
    write(scope, project, Kind.COFINANCEMENT, 10_000, establishment=CHU, year=2027)
    write(scope, project, Kind.DEPENSE, 61_200, establishment=CHU, year=2026)
    return project


def clean(page: Page, where: str) -> None:
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], where
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), where


def test_a_search_is_left_and_found_again(live_site: Site, browser_page: Callable[..., Opened]) -> None:
    project = furnish()
    live_site.run("archipel", "worker")
    opened = browser_page(f"{BASE}/portefeuille/nouveau/?ght=BFC-03", Role.CHARGE_PROGRAMMES, "ght:BFC-03")
    page = opened.page
    clean(page, "nouveau")
    page.get_by_label("Nom de cette recherche").fill("Plan du groupement")
    page.get_by_label("Compter comme éligibles").check()
    page.get_by_label("Garder les projets déjà ouverts").uncheck()
    page.get_by_role("button", name="Chercher le meilleur ensemble").press("Enter")
    page.wait_for_url("**/portefeuille/*/")
    where = page.url
    page.goto(f"{BASE}/")
    page.goto(where)
    expect(page.get_by_text("Optimum certifié")).to_be_visible(timeout=180_000)
    expect(page.locator("archipel-chart[data-dessine] svg")).to_be_visible()
    clean(page, "portefeuille")
    for address in (f"{BASE}/", f"{BASE}/projets/{project}/", f"{BASE}/tresorerie/", f"{BASE}/portefeuille/",
                    f"{BASE}/projets/nouveau/", f"{BASE}/simulateur/?ght=BFC-03&etablissement={LANGRES}"
                    f"&etablissement={CHAUMONT}"):  # fmt: skip
        page.goto(address)
        if page.locator("archipel-chart").count():
            expect(page.locator("archipel-chart[data-dessine] svg").first).to_be_visible()
        clean(page, address)
    assert opened.complaints == []

    phone = browser_page(
        where, Role.DIRECTION, "ght:BFC-03", color_scheme="dark", viewport={"width": 390, "height": 844}
    )
    for address in (where, f"{BASE}/", f"{BASE}/projets/{project}/", f"{BASE}/tresorerie/", f"{BASE}/simulateur/"):
        phone.page.goto(address)
        clean(phone.page, f"{address} sombre, téléphone")
    assert phone.complaints == []
