"""A passage coded by keyboard, then a tension that a real crowd raises on an open page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from archipel.domains.flow import public as flow
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.db.test_passages import furnish
from tests.db.test_tension import crowd_more
from tests.e2e.live import Opened, Site
from tests.e2e.test_boards import ready
from tests.factories.beds import SITE, system

pytestmark = pytest.mark.e2e
Open = Callable[..., Opened]


def test_a_passage_is_coded_with_the_keyboard_alone(live_site: Site, browser_page: Open) -> None:
    venue = furnish()["kept"]
    page = browser_page(f"/urgences/patients/{venue}/rpu/", role=Role.IDE_URGENCES).page
    expect(page.get_by_text("Diagnostic principal : manque.")).to_be_visible()
    page.locator("#gravite").focus()
    page.keyboard.type("3")  # a list: the code chooses
    page.keyboard.press("Tab")
    expect(page.locator("#dp")).to_be_focused()
    page.keyboard.type("col fem", delay=20)
    expect(page.locator("#codes-dp option[value=S720]")).to_have_count(1)
    page.locator("#dp").fill("S72.0")
    page.keyboard.press("Tab")
    page.keyboard.type("I10 E119")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 items enregistrés.")).to_be_visible()
    expect(page.locator("#dp")).to_have_value("S720")
    expect(page.get_by_text("Fracture du col du fémur")).to_be_visible()
    page.get_by_role("button", name="Annuler la saisie : Diagnostic principal S720").click()
    expect(page.get_by_text("Saisie annulée.")).to_be_visible()
    expect(page.get_by_text("Diagnostic principal : manque.")).to_be_visible()


def test_an_open_page_sees_the_tension_rise_and_what_is_declared(live_site: Site, browser_page: Open) -> None:
    furnish()
    page = browser_page("/tension/", role=Role.CELLULE_TERRITORIALE).page
    ready(page)
    card = page.locator(f"[data-key='site:{SITE}']")
    expect(card).to_be_visible()
    crowd_more()
    flow.compute_tension(force=True)  # what the worker does every ten minutes
    expect(card).to_contain_text("calculé depuis")
    expect(card.locator(".puce")).to_contain_text("Tension")
    expect(page.get_by_text("1 site en tension")).to_be_visible()
    card.locator("summary").click()
    card.locator("input[name=motif]").fill("afflux après un accident")
    card.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_text("Tension confirmée").or_(page.get_by_text("Tension forte confirmée"))).to_be_visible()
    expect(page.locator(f"[data-key='site:{SITE}']")).to_contain_text("afflux après un accident")
    with in_scope(system()):
        (level,) = [one for one in flow.tension_levels(scope=system()) if one.code == SITE]
    assert level.in_tension
