"""From a message that cannot be applied to the patient's path, in a real browser; axe on every screen of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from archipel.domains.flow.models import Venue
from archipel.domains.flow.pages.path import venue_url
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope, system_scope
from tests.db.test_parked import CHU, bad
from tests.e2e.live import Opened, Site, wait_for
from tests.e2e.test_boards import accessible, picture, ready
from tests.factories.accounts import make_establishment
from tests.factories.pam import T0, Move, Patient, message

pytestmark = pytest.mark.e2e
Open = Callable[..., Opened]
WHO = Patient("800000001", "ESSAI", "ALIX", "19700101", "F", "2700199100001")
OTHER = Patient("900000001", "FICTIF", "ALIX", "19700101", "F")


def stay() -> list[bytes]:
    """A stay with a leave, a cancelled transfer, a plan and a merge."""
    hours = {name: T0 + timedelta(hours=n) for name, n in (("ward", 9), ("out", 40), ("back", 62), ("wrong", 70))}
    base = {"patient": WHO}
    return [
        message(Move("A04", "1", movement="M1", uf="3001", patient_class="E", chambre="BOX", lit="2", **base)),
        message(Move("A06", "2", movement="M2", at=hours["ward"], effective=hours["ward"], uf="3002", **base)),
        message(Move("A21", "3", movement="M3", at=hours["out"], effective=hours["out"], uf="3002", **base)),
        message(Move("A22", "4", movement="M4", at=hours["back"], effective=hours["back"], uf="3002", **base)),
        message(Move("A02", "5", movement="M5", at=hours["wrong"], effective=hours["wrong"], uf="3009", **base)),
        message(Move("A40", "6", at=hours["wrong"], patient=OTHER, former=WHO)),
    ]


def test_a_parked_message_is_corrected_and_the_path_says_it(live_site: Site, browser_page: Open) -> None:
    make_establishment(CHU, "CHU Dijon Bourgogne")
    for raw in stay():
        assert b"|AA|" in live_site.send(raw)
    opened = browser_page("/messages/attente/", role=Role.DIM)
    page = opened.page
    ready(page)
    expect(page.get_by_role("heading", name="Rien à traiter")).to_be_visible()
    live_site.send(bad("7", venue="V2"))
    expect(page.get_by_role("link", name="ZBE-2")).to_be_visible()  # without reloading
    live_site.send(bad("8", venue="V3"))
    expect(page.locator("tbody .nombre").first).to_have_text("2")
    picture(page, "messages-a-traiter")
    accessible(page)
    page.get_by_role("link", name="ZBE-2").click()
    accessible(page)
    page.get_by_role("link", name="n° ").first.click()
    expect(page.locator(".message-faute code")).to_have_text("20269905060000")
    picture(page, "message")
    accessible(page)
    page.get_by_text("Corriger le texte").click()
    editor = page.locator("#texte")
    editor.fill(editor.input_value().replace("20269905060000", "20260105060000"))
    page.get_by_role("button", name="Enregistrer la correction").click()
    expect(page.get_by_text("Correction enregistrée")).to_be_visible()
    accessible(page)
    for address, name in (("/messages/", "messages"), ("/messages/emetteurs/", "emetteurs")):
        page.goto(address)
        picture(page, name)
        accessible(page)
    page.locator("tbody th a").first.click()
    picture(page, "emetteur")
    accessible(page)
    assert opened.complaints == []


def test_the_path_of_a_patient_now_and_as_it_was_known(live_site: Site, browser_page: Open) -> None:
    make_establishment(CHU, "CHU Dijon Bourgogne")
    for raw in stay():
        live_site.send(raw)

    def applied() -> bool:
        with in_scope(system_scope("tests", [CHU])):
            return Venue.objects.filter(number="V1", remarks__isnull=False).exists()

    wait_for(applied, "the worker")
    opened = browser_page("/patients/", role=Role.DIM)
    page = opened.page
    accessible(page)
    page.get_by_label("IPP").fill("800000001")
    page.get_by_role("button", name="Rechercher", exact=True).click()
    expect(page.get_by_text("ESSAI ALIX")).to_be_visible()
    picture(page, "recherche-patient")
    accessible(page)
    page.get_by_role("link", name="V1").click()
    expect(page.get_by_role("heading", name="Parcours de la venue V1")).to_be_visible()
    ready(page)
    expect(page.locator(".parcours-frise rect")).to_have_count(5)
    picture(page, "parcours")
    accessible(page)
    # the bed of the last transfer was wrong: what is on the screen follows without reloading
    gone = T0 + timedelta(hours=70)
    live_site.send(
        message(
            Move("A12", "9", movement="M5", at=gone + timedelta(hours=1), effective=gone, action="CANCEL",
                 original="A02", uf="3002", patient=WHO)
        )
    )  # fmt: skip
    expect(page.locator(".parcours-frise rect")).to_have_count(4)
    with in_scope(system_scope("tests", [CHU])):
        address = venue_url(CHU, Venue.objects.get(number="V1").key)
    page.goto(f"{address}?su=2020-01-01T00:00")
    expect(page.get_by_text("Le parcours a changé depuis")).to_be_visible()
    accessible(page)
    page.goto(f"{address}?au=2026-01-06T00:00")
    picture(page, "parcours-passe")
    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "parcours-telephone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 376
    page.goto(f"/venues/{CHU}/bnVsbGUgcGFydA/")
    accessible(page)
    assert [said for said in opened.complaints if "404" not in said] == []
