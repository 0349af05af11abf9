"""Forecasts in a real browser: choosing a curve, reading it by keyboard, validating the beds expected."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from archipel.foundation.accounts.roles import Role
from tests.e2e.live import Opened, Site
from tests.factories.beds import CHU
from tests.factories.forecast import SITE, make_curves, make_hospital, make_offer

pytestmark = pytest.mark.e2e


def test_a_curve_is_chosen_and_beds_are_validated(live_site: Site, browser_page: Callable[..., Opened]) -> None:
    make_hospital()
    make_curves()
    make_offer()
    page = browser_page("/previsions/", Role.GESTIONNAIRE_LITS, CHU).page
    expect(page.locator("archipel-chart[data-dessine] svg").first).to_be_visible()
    expect(page.locator(".reponse")).to_contain_text("passages attendus (huit fois sur dix de 71 à 96)")
    page.get_by_label("Lieu", exact=True).select_option(f"site:{SITE}")
    page.get_by_label("Horizon", exact=True).select_option("48h")
    page.get_by_role("button", name="Afficher").press("Enter")
    page.wait_for_url("**vue=48h**")
    expect(page.get_by_text("D'ici 24 h")).to_be_visible()
    expect(page.locator(".reponse")).to_contain_text("aucun modèle ne fait mieux ici")
    page.get_by_role("link", name="Lits attendus, à valider").click()
    page.get_by_label("+24 h", exact=True).fill("1")
    page.get_by_role("button", name="Valider Médecine A").press("Enter")
    expect(page.get_by_text("prévision(s) validée(s)")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Validé 1, par")
