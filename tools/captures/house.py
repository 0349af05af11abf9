"""Beds, emergencies, patients, messages, structure, accounts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect
from tools.captures.shot import CHU, PHONE, WALL, Shot, ready

STRUCTURE = (
    "type;code;libelle;etablissement;eg;filiere;couleur\r\n"
    f"UF;1599;Médecine polyvalente B;{CHU};210987558;MED;\r\n"
    f"UF;1598;Unité sans site;{CHU};;MED;bleu\r\n"
)


def unit(page: Page) -> None:
    """The plan of the medical unit that shows the most different states."""
    page.goto(f"/lits/?etablissement={CHU}")
    links = page.locator(f"main a[href^='/lits/{CHU}/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    best = max(sorted(set(links))[:40], key=lambda address: _variety(page, address))
    page.goto(best)


def _variety(page: Page, address: str) -> tuple[bool, int, int]:
    """Enough free beds to act on, then the number of states shown, then a size that fits a picture."""
    text = page.request.get(address).text()
    states = set(re.findall(r'class="lit lit-(\w+)', text))
    beds = text.count('class="lit lit-')
    enough = text.count('class="lit lit-libre') >= 3
    return (enough, len(states & {"libre", "reserve", "occupe", "a_nettoyer", "ferme", "non_arme"}), -abs(beds - 24))


def busy_unit(page: Page) -> None:
    """The same plan after two acts: one bed to clean, one closed, so that the picture shows more states."""
    unit(page)
    address = page.url
    for state, button in (("a_nettoyer", "Marquer à nettoyer"), ("ferme", "Fermer")):
        page.goto(address)
        ready(page)
        if bed(page, state).count() or bed(page, "libre").count() < 1:
            continue
        page.locator(".lit-libre a.lit-nom").last.click()
        sheet = page.locator("#fiche")
        if state == "ferme":
            sheet.locator("#acte-fermer summary").click()
            sheet.locator("#acte-fermer input[name=reason]").fill("Fuite d'eau")
        sheet.get_by_role("button", name=button, exact=True).click()
        expect(bed(page, state)).to_be_visible()
    page.goto(address)


def bed(page: Page, state: str) -> Locator:
    """The first bed in that state."""
    return page.locator(f".lit-{state} a.lit-nom").first


def action_open(page: Page) -> None:
    """A free bed's sheet, ready to reserve."""
    unit(page)
    ready(page)
    bed(page, "libre").click()
    expect(page.locator("#fiche")).to_be_visible()


def reserved_with_undo(page: Page) -> None:
    """Just after a reservation: the notice that takes it back."""
    action_open(page)
    page.locator("#fiche input[name=text]").fill("Entrée programmée")
    page.locator("#fiche").get_by_role("button", name="Réserver", exact=True).click()
    expect(page.locator("#annonces [data-annonce]")).to_be_visible()


def close_open(page: Page) -> None:
    """A free bed's sheet, ready to close it with a reason."""
    action_open(page)
    page.locator("#fiche #acte-reserver summary").click()
    page.locator("#fiche #acte-fermer summary").click()
    page.locator("#fiche #acte-fermer input[name=reason]").fill("Fuite d'eau dans la salle de bains")


def emergency(page: Page) -> None:
    """The emergency department with the most patients that this account names."""
    page.goto("/urgences/")
    page.goto(str(page.locator("main a[href^='/urgences/2109']").first.get_attribute("href")))


def passage(page: Page) -> None:
    """The sheet of a patient who waits for a bed."""
    emergency(page)
    ready(page)
    waiting = page.locator("section:has(#etape-attente_aval) a[href^='/urgences/patients/']")
    found = waiting if waiting.count() else page.locator("main a[href^='/urgences/patients/']")
    page.goto(str(found.first.get_attribute("href")))


def bed_search(page: Page) -> None:
    """The search for a downstream bed across the group, with the reasons of the ranking."""
    passage(page)
    page.goto(page.url + "recherche/")
    if not page.locator(".proposition").count():
        page.locator("#r-filiere").select_option("MED")
        page.get_by_role("button", name="Chercher", exact=True).click()
    expect(page.locator(".proposition").first).to_be_visible()


def request_detail(page: Page) -> None:
    """The first request for a bed; asks for one when there is none."""
    page.goto("/demandes/")
    found = page.locator("main a[href^='/demandes/']:not([href*=export])")
    if not found.count():
        bed_search(page)
        page.locator("form[action$='demander'] .proposition button").first.click()
        page.wait_for_url(re.compile(r"/demandes/\d+/"))
        page.goto("/demandes/")
    page.goto(str(found.first.get_attribute("href")))


def venue_path(page: Page) -> None:
    """A patient's path, from the plan of a unit."""
    unit(page)
    ready(page)
    numbers = page.locator(".patient[data-venue]").evaluate_all("all => all.map(one => one.dataset.venue)")
    paths = [f"/venues/{CHU}/n/{number}/" for number in numbers[:15]]
    page.goto(max(paths, key=lambda address: page.request.get(address).text().count("<tr")))


def venue_path_as_of(page: Page) -> None:
    """The same path, as it was twelve hours ago."""
    venue_path(page)
    moment = datetime.now(ZoneInfo("Europe/Paris")) - timedelta(hours=12)
    page.goto(page.url.partition("?")[0] + f"?au={moment:%Y-%m-%dT%H:%M}")


def parked_message(page: Page) -> None:
    """One parked message: what is wrong, where, and what can be done."""
    page.goto("/messages/attente/")
    page.goto(str(page.locator("main a[href*='motif=']").first.get_attribute("href")))
    rows = page.locator("main table a[href^='/messages/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    page.goto(next(address for address in rows if re.fullmatch(r"/messages/\d+/", address)))


def first_sender(page: Page) -> None:
    """The profile of a sender."""
    page.goto("/messages/emetteurs/")
    page.goto(str(page.locator("main a[href^='/messages/emetteurs/']:not([href*=export])").first.get_attribute("href")))


def dry_run(page: Page) -> None:
    """A structure file examined before anything is published."""
    page.goto("/structure/import/")
    file = {"name": "structure-2027.csv", "mimeType": "text/csv", "buffer": STRUCTURE.encode()}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    page.locator("input[name=effet]").fill("2027-01-01")
    page.locator("main form[enctype] button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/structure/propositions/\d+/"))


SHOTS = (
    Shot("connexion", "", "/connexion/"),
    Shot("territoire", "cellule", "/territoire/"),
    Shot("territoire-tableau", "cellule", "/territoire/", focus=".territoire-table"),
    Shot("territoire-sombre", "cellule", "/territoire/", dark=True),
    Shot("territoire-mur", "cellule", "/territoire/?mur=1", WALL),
    Shot("lits", "lits", f"/lits/?etablissement={CHU}&filiere=MED"),
    Shot("unite", "lits", busy_unit),
    Shot("unite-action", "lits", action_open),
    Shot("unite-fermer", "lits", close_open),
    Shot("unite-mur", "lits", unit, WALL, suffix="?mur=1"),
    Shot("unite-telephone", "lits", unit, PHONE),
    Shot("urgences", "urgences", "/urgences/"),
    Shot("urgences-service", "urgences", emergency),
    Shot("urgences-mur", "urgences", emergency, WALL, suffix="?mur=1"),
    Shot("urgences-telephone", "urgences", emergency, PHONE),
    Shot("passage", "urgences", passage),
    Shot("recherche-lit", "urgences", bed_search),
    Shot("demande", "urgences", request_detail),
    Shot("demandes", "lits", "/demandes/"),
    Shot("patients", "lits", "/patients/"),
    Shot("parcours", "lits", venue_path),
    Shot("parcours-a-la-date", "lits", venue_path_as_of),
    Shot("messages-attente", "dim", "/messages/attente/"),
    Shot("message-mis-de-cote", "dim", parked_message),
    Shot("messages-journal", "dim", "/messages/"),
    Shot("emetteurs", "dim", "/messages/emetteurs/"),
    Shot("emetteur", "dim", first_sender),
    Shot("structure", "admin", "/structure/"),
    Shot("structure-provisoires", "admin", "/structure/provisoires/"),
    Shot("structure-essai", "admin", dry_run),
    Shot("comptes", "admin", "/comptes/"),
    Shot("traces", "admin", "/traces/"),
    Shot("api", "dim", "/api/"),
    Shot("reservation-annuler", "lits", reserved_with_undo),
)
