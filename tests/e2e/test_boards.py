"""The boards in a real browser, fed by real messages on a real socket."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from archipel.domains.flow.public import BedKey
from archipel.foundation.accounts.roles import Role
from tests.e2e.live import Opened, Site
from tests.factories.beds import CHU, make_stay, make_unit
from tests.factories.pam import Move, Patient, message

pytestmark = pytest.mark.e2e
UNIT = f"/lits/{CHU}/3001/"
Open = Callable[..., Opened]


def ready(page: Page) -> None:
    """The event stream is open."""
    expect(page.locator("html")).to_have_attribute("data-connexion", "en-ligne")


def bed(page: Page, lit: str):
    return page.locator(f'.lit[data-lit="{lit}"]')


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where ARCHIPEL_SCREENSHOTS says."""
    if folder := os.environ.get("ARCHIPEL_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found]


def furnished() -> list[BedKey]:
    """A unit of fourteen beds and what happens in one."""
    beds = make_unit(beds="101-P 101-F 102-P 102-F 103- 104- 105- 106-")
    make_stay(beds[0], name="ESSAI", sexe="F", since=30)
    make_stay(beds[2], name="FICTIF", sexe="M", since=3)
    return beds


def test_a_message_moves_a_bed_on_the_screen(live_site: Site, browser_page: Open) -> None:
    furnished()
    opened = browser_page(UNIT)
    page = opened.page
    ready(page)
    expect(bed(page, "103/1")).to_have_class("lit lit-libre")
    now = timezone.localtime().replace(tzinfo=None) - timedelta(minutes=5)
    admission = Move(
        "A01", "E2E1", now, now, Patient("800000777", "MODELE", "CAMILLE"), "V777", "M777", chambre="103", lit="1"
    )
    assert b"MSA|AA" in live_site.send(message(admission))
    expect(bed(page, "103/1")).to_contain_text("MODELE")
    expect(bed(page, "103/1")).to_have_class("lit lit-occupe change", timeout=3_000)
    transfer = replace(admission, event="A02", control="E2E2", movement="M778", lit="1", chambre="104")
    transfer = replace(transfer, effective=now + timedelta(minutes=2), at=now + timedelta(minutes=2))
    live_site.send(message(transfer))
    expect(bed(page, "104/1")).to_contain_text("MODELE")
    expect(bed(page, "103/1")).to_contain_text("À nettoyer")
    assert opened.complaints == []


def test_drag_asks_for_a_move_and_undo_takes_it_back(browser_page: Open) -> None:
    furnished()
    opened = browser_page(UNIT)
    page = opened.page
    ready(page)
    bed(page, "101/P").locator(".patient").drag_to(bed(page, "105/1"))
    notice = page.locator("#annonces [data-annonce]")
    expect(notice).to_contain_text("Déplacement vers le lit 105-1 demandé.")
    expect(bed(page, "105/1")).to_contain_text("déplacement demandé depuis 101-P")
    expect(bed(page, "101/P")).to_contain_text("déplacement demandé vers 105-1")
    notice.get_by_role("button", name="Annuler").click()
    expect(bed(page, "105/1")).to_contain_text("Libre")
    expect(bed(page, "101/P")).not_to_contain_text("déplacement")
    bed(page, "101/P").locator(".patient").drag_to(bed(page, "102/P"))
    expect(page.locator("#annonces .annonce-erreur")).to_contain_text("occupé")
    assert [c for c in opened.complaints if "409" not in c] == []


def test_the_keyboard_alone_closes_and_reopens_a_bed(browser_page: Open) -> None:
    furnished()
    opened = browser_page(UNIT)
    page = opened.page
    ready(page)
    page.locator("a.lit-nom").first.focus()
    page.keyboard.press("End")
    expect(page.locator("a.lit-nom").last).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(bed(page, "105/1").locator("a.lit-nom")).to_be_focused()
    page.keyboard.press("Enter")
    sheet = page.locator("#fiche")
    expect(sheet).to_contain_text("Lit 105-1")
    sheet.locator("#acte-fermer summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("fuite d'eau")
    page.keyboard.press("Enter")
    expect(sheet).not_to_be_visible()
    expect(bed(page, "105/1")).to_contain_text("Fermé")
    expect(bed(page, "105/1")).to_contain_text("fuite d'eau")
    expect(bed(page, "105/1").locator("a.lit-nom")).to_be_focused()
    page.keyboard.press("Enter")
    picture(page, "fiche")
    sheet.get_by_role("button", name="Rouvrir").press("Enter")
    expect(bed(page, "105/1")).to_contain_text("Libre")
    assert opened.complaints == []


def test_a_refusal_is_said_in_the_sheet(browser_page: Open) -> None:
    furnished()
    page = browser_page(UNIT).page
    ready(page)
    bed(page, "102/P").locator("a.lit-nom").click()
    sheet = page.locator("#fiche")
    sheet.locator("#acte-fermer summary").click()
    sheet.locator("input[name=reason]").first.fill("travaux")
    sheet.get_by_role("button", name="Fermer").first.click()
    expect(sheet.get_by_role("alert")).to_contain_text("occupé")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser_page: Open, scheme: str) -> None:
    beds = furnished()
    make_unit("3002", name="Chirurgie digestive", filiere="CHI", beds="201-P 201-F")
    make_unit("3003", name="Médecine polyvalente", establishment="520780073", site="520000027", beds="1-P 1-F 2-")
    urg = make_unit("9001", name="Urgences", filiere="URG", beds="SAS-1", usage="attente")
    make_stay(urg[0], since=3)
    from archipel.domains.flow import public as flow
    from tests.factories.beds import system

    flow.close_bed(scope=system(), bed=beds[5], reason="fuite d'eau")
    flow.reserve_bed(scope=system(), bed=beds[6], text="entrée programmée")
    flow.set_staffed(scope=system(), bed=beds[7], staffed=False, reason="absence")
    flow.set_isolation(scope=system(), bed=beds[0], isolation="contact")
    flow.mark_to_clean(scope=system(), bed=beds[4])
    opened = browser_page(UNIT, color_scheme=scheme)
    page = opened.page
    ready(page)
    accessible(page)
    picture(page, f"unite-{scheme}")
    bed(page, "101/P").locator("a.lit-nom").click()
    expect(page.locator("#fiche")).to_be_visible()
    accessible(page)
    picture(page, f"fiche-occupe-{scheme}")
    for path, name in (("/territoire/", "territoire"), ("/lits/", "lits"), (f"{UNIT}?mur=1", "unite-mur")):
        page.goto(path)
        ready(page)
        accessible(page)
        picture(page, f"{name}-{scheme}")
    page.set_viewport_size({"width": 390, "height": 844})
    for path, name in (("/territoire/", "territoire"), (UNIT, "unite"), ("/lits/", "lits")):
        page.goto(path)
        ready(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} overflows by {overflow} px on a phone"
        accessible(page)
        picture(page, f"{name}-telephone-{scheme}")
    assert opened.complaints == []


def test_without_a_script_everything_can_be_done(browser_page: Open) -> None:
    furnished()
    page = browser_page(UNIT, java_script_enabled=False).page
    page.locator("a.lit-nom", has_text="Lit 105-1").click()
    page.locator("#acte-fermer summary").click()
    page.locator("#acte-fermer input[name=reason]").fill("travaux")
    page.get_by_role("button", name="Fermer", exact=True).click()
    expect(page.locator("main")).to_contain_text("Lit 105-1 fermé.")
    expect(bed(page, "105/1")).to_contain_text("travaux")


def test_another_establishment_sees_beds_without_names(browser_page: Open) -> None:
    furnished()
    page = browser_page(UNIT, Role.GESTIONNAIRE_LITS, "520780073").page
    ready(page)
    expect(bed(page, "101/P")).to_contain_text("Occupé")
    assert "ESSAI" not in page.content()
    assert page.locator("[draggable=true]").count() == 0
