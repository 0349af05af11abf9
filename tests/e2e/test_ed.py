"""From the ambulance to the bed of another hospital, in real browsers, told by real messages on a real socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from archipel.domains.flow import public as flow
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.db.test_downstream import langres
from tests.db.test_ed import department
from tests.e2e.live import Opened, Site
from tests.e2e.test_boards import accessible, picture, ready
from tests.factories.accounts import audit_entries
from tests.factories.beds import CHU, LANGRES, SITE, make_stay, make_unit, system
from tests.factories.pam import Move, Patient, Source, message

pytestmark = pytest.mark.e2e
Open = Callable[..., Opened]
WHO = Patient("800000777", "MODELE", "CAMILLE", "19520314", "F")


def busy() -> dict[str, flow.BedKey]:
    """A department where people wait, two wards and another hospital."""
    places = department()
    make_unit("3001", beds="1-A 1-B 2-A 2-B 3-", name="Médecine polyvalente")
    make_unit("3002", beds="8-", filiere="CHI", name="Chirurgie")
    langres()
    people = [
        ("ACC1", 0.3, "F"),
        ("TRI1", 0.6, "M"),
        ("ATT1", 2.5, "F"),
        ("ATT1", 3.2, "M"),
        ("BOX2", 4, "F"),
        ("DECH1", 1, "M"),
    ]
    venues = [make_stay(places[where], since=since, sexe=sexe) for where, since, sexe in people]
    nurse = system()
    with in_scope(nurse):
        for venue, level in zip(venues[2:], (3, 4, 3, 1), strict=True):
            flow.record_triage(scope=nurse, venue=venue, level=level)
        flow.ask_orientation(scope=nurse, venue=venues[4], filiere="CHI", needs="oxygène")
    make_stay(places["AVAL1"], since=9, until=0.7)
    return places


def card(page: Page, name: str = "MODELE"):
    return page.locator(".passage", has_text=name)


def say(site: Site, move: Move, wish: str = "") -> None:
    raw = message(move)
    if wish:
        segments = raw.decode().split("\r")
        rank = next(rank for rank, text in enumerate(segments) if text.startswith("PV1|"))
        fields = segments[rank].split("|")
        fields[42] = wish
        segments[rank] = "|".join(fields)
        raw = "\r".join(segments).encode()
    assert b"MSA|AA" in site.send(raw)


def test_from_the_ambulance_to_the_bed_of_another_hospital(live_site: Site, browser_page: Open) -> None:
    busy()
    nurse = browser_page(f"/urgences/{SITE}/", role=Role.IDE_URGENCES)
    manager = browser_page("/demandes/", role=Role.GESTIONNAIRE_LITS, where=LANGRES)
    page, there = nurse.page, manager.page
    ready(page)
    ready(there)
    expect(there.get_by_text("Aucune demande de lit")).to_be_visible()

    now = timezone.localtime().replace(tzinfo=None) - timedelta(minutes=30)
    arrival = Move(
        "A04", "ED1", now, now, WHO, "V777", "M777", uf="0500", chambre="BOX", lit="1", uf_medicale="0500",
        patient_class="E",
    )  # fmt: skip
    say(live_site, arrival)
    expect(page.locator(".etape-soins").locator(card(page))).to_be_visible()

    later = now + timedelta(minutes=10)
    pending = replace(arrival, event="A15", control="ED2", movement="M778", effective=later, at=later)
    say(live_site, pending, wish="3001")
    expect(page.locator(".etape-attente_aval").locator(card(page))).to_contain_text("Médecine")

    card(page).get_by_role("link").focus()
    page.keyboard.press("Enter")
    drawer = page.locator("#passage")
    expect(drawer.get_by_role("heading", name="MODELE")).to_be_focused()
    expect(drawer).to_contain_text("dit par les messages")
    drawer.get_by_role("button", name="Tri 2").click()
    expect(page.locator("#annonces")).to_contain_text("Tri de niveau 2 enregistré.")
    expect(card(page)).to_contain_text("Tri 2")
    picture(page, "urgences-fiche")
    drawer.get_by_role("link", name="Chercher un lit d'aval").click()

    expect(page.locator(".proposition").first).to_contain_text("Même site")
    expect(page.locator(".reponse")).to_contain_text("MODELE")
    page.get_by_label("Besoins à dire").fill("oxygène 2 L")
    far = page.locator(".proposition", has_text="Médecine Langres").first
    expect(far).to_contain_text("km à vol d'oiseau")
    picture(page, "urgences-recherche")
    far.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Demande n° 1")

    expect(there.locator(".demande-urgente")).to_contain_text("oxygène 2 L")
    expect(there.locator("body")).not_to_contain_text("MODELE")
    picture(there, "demandes")
    there.get_by_role("link", name="Reçue n° 1").click()
    expect(there.locator("dl")).to_contain_text("MODELE CAMILLE")
    expect(there.locator("dl")).to_contain_text("14/03/1952")
    assert len(audit_entries(action="demandes.identite")) == 1
    picture(there, "demande")
    there.get_by_role("button", name="Accepter et réserver").click()
    expect(there.locator(".reponse")).to_contain_text("Acceptée")
    with in_scope(system()):
        capacity = flow.unit_board(scope=system(), establishment=LANGRES, uf="7001")
    assert capacity.count("reserve") == 1

    gone = now + timedelta(minutes=20)
    say(live_site, replace(arrival, event="A03", control="ED3", movement="M779", effective=gone, at=gone))
    come = now + timedelta(minutes=29)
    arrived = Move(
        "A01", "LA1", come, come, replace(WHO, ipp="900001"), "L1", "ML1", uf="7001", chambre="1", lit="1",
        uf_medicale="7001", source=Source(application="GAM2", facility=LANGRES),
    )  # fmt: skip
    say(live_site, arrived)
    there.goto("/demandes/")
    expect(there.locator(".demande", has_text="Terminée")).to_contain_text("arrivé dans le lit")
    page.goto(f"/urgences/{SITE}/")
    expect(page.locator(".etape-sortie").locator(card(page))).to_be_visible()
    assert nurse.complaints == []
    assert manager.complaints == []


def test_the_keyboard_triages_orients_and_undoes(browser_page: Open) -> None:
    busy()
    opened = browser_page(f"/urgences/{SITE}/", role=Role.IDE_URGENCES)
    page = opened.page
    ready(page)
    links = page.locator("a[data-passage]")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    drawer = page.locator("#passage")
    expect(drawer.locator("h2")).to_be_focused()
    drawer.get_by_role("button", name="Tri 3").focus()
    page.keyboard.press("Enter")
    notice = page.locator("#annonces [data-annonce]")
    expect(notice).to_contain_text("niveau 3")
    expect(page.locator(".etape-attente .passage")).to_have_count(3)
    notice.get_by_role("button", name="Annuler").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".etape-attente .passage")).to_have_count(2)
    page.locator("#o-filiere").select_option("GER")
    page.locator("#o-besoins").fill("lève-malade")
    page.keyboard.press("Enter")
    expect(drawer).to_contain_text("Gériatrie")
    expect(page.locator(".etape-attente_aval .passage")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert opened.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_and_pictures(browser_page: Open, scheme: str) -> None:
    busy()
    with in_scope(system()):
        patient = next(p for p in flow.ed_board(scope=system(), site=SITE).patients if p.orientation)
    wide = {"color_scheme": scheme, "viewport": {"width": 1600, "height": 1000}}
    page = browser_page(f"/urgences/{SITE}/", role=Role.IDE_URGENCES, **wide).page
    pages = {
        "urgences": "/urgences/",
        "urgences-site": f"/urgences/{SITE}/",
        "urgences-tableau": f"/urgences/{SITE}/?vue=tableau",
        "urgences-mur": f"/urgences/{SITE}/?mur=1",
        "urgences-patient": f"/urgences/patients/{patient.venue_id}/",
        "urgences-recherche-page": f"/urgences/patients/{patient.venue_id}/recherche/",
        "demandes-vides": "/demandes/",
    }
    for name, url in pages.items():
        page.goto(url)
        accessible(page)
        picture(page, f"{name}-{scheme}")
    page.goto(f"/urgences/{SITE}/")
    page.locator("a[data-passage]").first.click()
    expect(page.locator("#passage h2")).to_be_focused()
    accessible(page)
    nurse = system()
    with in_scope(nurse):
        bed = flow.BedKey(LANGRES, "7001", "1", "1")
        number = flow.create_request(scope=nurse, venue=patient.venue_id, bed=bed, filiere="CHI").number
    elsewhere = browser_page("/demandes/", role=Role.GESTIONNAIRE_LITS, where=LANGRES, **wide).page
    for name, url in {
        "demandes": "/demandes/", "demande": f"/demandes/{number}/", "urgences-sans-noms": f"/urgences/{SITE}/",
    }.items():  # fmt: skip
        elsewhere.goto(url)
        accessible(elsewhere)
        picture(elsewhere, f"{name}-{scheme}")


def test_on_a_phone_nothing_overflows(browser_page: Open) -> None:
    busy()
    with in_scope(system()):
        patient = next(p for p in flow.ed_board(scope=system(), site=SITE).patients if p.orientation)
    page = browser_page("/urgences/", role=Role.IDE_URGENCES, viewport={"width": 360, "height": 740}).page
    for url in (
        "/urgences/", f"/urgences/{SITE}/", f"/urgences/patients/{patient.venue_id}/",
        f"/urgences/patients/{patient.venue_id}/recherche/", "/demandes/",
    ):  # fmt: skip
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, url
    page.goto(f"/urgences/{SITE}/")
    picture(page, "urgences-telephone")


def test_only_capacity_reaches_the_other_hospital(browser_page: Open) -> None:
    venue = make_stay(department()["BOX1"], name="SECRETISSIME")
    langres()
    opened = browser_page(f"/urgences/{SITE}/", role=Role.GESTIONNAIRE_LITS, where=LANGRES)
    expect(opened.page.locator("main")).to_contain_text("Vue sans les noms")
    expect(opened.page.locator("body")).not_to_contain_text("SECRETISSIME")
    opened.page.goto(f"/urgences/patients/{venue}/")
    expect(opened.page.locator("h1")).to_have_text("Introuvable")
    assert CHU != LANGRES


def test_accepting_from_the_inbox_can_be_taken_back(browser_page: Open) -> None:
    venue = make_stay(department()["BOX1"])
    beds = langres()
    with in_scope(system()):
        flow.create_request(scope=system(), venue=venue, bed=beds[0], filiere="MED")
    opened = browser_page("/demandes/", role=Role.GESTIONNAIRE_LITS, where=LANGRES)
    page = opened.page
    ready(page)
    page.get_by_role("button", name="Accepter la demande").focus()
    page.keyboard.press("Enter")
    notice = page.locator("#annonces [data-annonce]")
    expect(notice).to_contain_text("acceptée : lit 1-1 réservé.")
    expect(page.locator(".demande-urgente")).to_have_count(0)
    notice.get_by_role("button", name="Reprendre").click()
    expect(page.locator(".demande-urgente")).to_have_count(1)
    with in_scope(system()):
        board = flow.unit_board(scope=system(), establishment=LANGRES, uf="7001")
    assert board.count("reserve") == 0
    flow.close_bed(scope=system(), bed=beds[0], reason="travaux")
    page.get_by_role("button", name="Accepter la demande").click()
    expect(page.locator("#annonces .annonce-erreur")).to_contain_text("fermé")
    assert [text for text in opened.complaints if "409" not in text] == []
