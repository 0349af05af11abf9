"""Takes the pictures of the documentation from a running demonstration: ``make shots``.

Without ``--base`` it starts a demonstration of its own on an empty folder, with a fixed seed, and stops it at the end.
Everything on the pictures is synthetic. Each picture is a PNG of at most 200 KB in ``docs/captures``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "captures"
LIMIT = 200_000
"""Bytes: a clone of the repository must stay light."""
DESK, PHONE, WALL = (1366, 850), (390, 844), (1440, 810)
CHU = "210780581"
CHU_SITE = "210987558"
_PATIENT = (
    "<PATIENT><COMMUNE>Dijon</COMMUNE><CP>{cp}</CP><NAISSANCE>0{n}/02/1950</NAISSANCE><SEXE>F</SEXE>"
    "<ENTREE>{entree}</ENTREE><MODE_ENTREE>8</MODE_ENTREE><DP>{dp}</DP><SORTIE>03/11/2025 1{n}:30</SORTIE>"
    "<MODE_SORTIE>6</MODE_SORTIE></PATIENT>"
)
RPU = (
    '<?xml version="1.0" encoding="ISO-8859-15"?><OSCOUR><ETABLISSEMENT><EXTRACT>04/11/2025 02:10:00</EXTRACT>'
    f"<FINESS>{CHU_SITE}</FINESS><ORDRE>1</ORDRE></ETABLISSEMENT>"
    + "".join(
        "<PASSAGES>" + _PATIENT.format(n=n, cp=cp, entree=entree, dp=dp) + "</PASSAGES>"
        for n, cp, entree, dp in (
            (1, "21000", "03/11/2025 08:05", "S72.0"),
            (2, "21000", "03/11/2025 09:40", "fracture"),
            (3, "210", "03/11/2025 10:15", "R104"),
            (4, "21000", "hier soir", "I10"),
        )
    )
    + "</OSCOUR>"
)
"""A file as others make it: one PASSAGES each, elements in another order, values out of their nomenclature."""
STRUCTURE = (
    "type;code;libelle;etablissement;eg;filiere;couleur\r\n"
    f"UF;1599;Médecine polyvalente B;{CHU};210987558;MED;\r\n"
    f"UF;1598;Unité sans site;{CHU};;MED;bleu\r\n"
)
APPLICATIONS = (
    "Établissement;Logiciel;Éditeur logiciel;Domaine fonctionnel;Nb utilisateurs;Maintenance;MES\r\n"
    f"{CHU};Codage assisté;Ed. Boréal Santé;PMSI;24;18 500 €;01/03/2021\r\n"
    f"{CHU};Gestion des lits;Mistral soins;lits;310;42 k€;2019\r\n"
    f"{CHU};Archivage;Alizé;archives;12;beaucoup;31/02/2020\r\n"
    f"{CHU};;Alizé;archives;12;4000;01/01/2020\r\n"
)
"""A spreadsheet as hospitals keep them, two lines at fault."""


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


def coded_passage(page: Page) -> None:
    """The summary of a passage that lacks something, from the page of quality."""
    page.goto(f"/rpu/?site={CHU_SITE}")
    page.locator("main tbody a[href*='/rpu/?passage=']").nth(3).click()


def sent_document(page: Page) -> None:
    """A report that the platform acknowledged."""
    page.goto("/documents/")
    rows = page.locator("main tbody tr")
    sent = rows.filter(has_text="Transmis")
    found = sent if sent.count() else rows
    page.goto(str(found.first.locator("a.lien-document").get_attribute("href")))


def draft_document(page: Page) -> None:
    """A report that waits for its physician."""
    page.goto("/documents/")
    row = page.locator("main tbody tr").filter(has_text="À valider").first
    page.goto(str(row.locator("a.lien-document").get_attribute("href")))


def pathway_slip(page: Page) -> None:
    """The slip with its code, just opened for a patient in the department."""
    emergency(page)
    ready(page)
    every = page.locator("main a[href^='/urgences/patients/']").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    for address in dict.fromkeys(every):
        page.goto(address)
        if page.get_by_role("link", name="Ouvrir le fil d'Ariane").count():
            break
    page.get_by_role("link", name="Ouvrir le fil d'Ariane").click()
    page.get_by_label("Le patient est d'accord").check()
    page.get_by_role("button", name="Ouvrir et montrer le code").click()
    expect(page.locator(".bon svg")).to_be_visible()


def pathway_page(page: Page) -> None:
    """What the patient reads on a telephone."""
    pathway_slip(page)
    found = re.search(r"http\S+(/fil/[\w-]+/)", page.locator(".bon").inner_text())
    assert found
    page.goto(found[1])


def ror_offer(page: Page) -> None:
    """An offer of soins critiques: each indicator said and held."""
    page.goto("/ror/?filiere=SCA")
    page.locator("main tbody th a").first.click()


def rpu_read(page: Page) -> None:
    """A file of another software read: what became of each passage."""
    page.goto("/rpu/imports/")
    file = {"name": "urgences-2025.xml", "mimeType": "text/xml", "buffer": RPU.encode("iso-8859-15")}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.locator("main form[enctype] button[type=submit]").click()
    page.wait_for_url(re.compile(r"/rpu/imports/\d+/"))


def agreed_dossier(page: Page) -> None:
    """The invented dossier that the agency retained."""
    page.goto("/programmes/dossiers/")
    page.get_by_role("link", name=re.compile("urgences à l'aval")).first.click()


def ceiling_of_three(page: Page) -> None:
    """The ceiling of a project of three members."""
    page.goto("/programmes/financement/simulateur/")
    boxes = page.locator("main input[type=checkbox]")
    for rank in range(min(3, boxes.count())):
        boxes.nth(rank).check()
    page.locator("main form button[type=submit]").first.click()


def systems_trial(page: Page) -> None:
    """A spreadsheet of applications examined before anything is said."""
    page.goto("/systemes/import/")
    file = {"name": "applications-dim.csv", "mimeType": "text/csv", "buffer": APPLICATIONS.encode()}
    page.locator("input[name=fichier]").set_input_files(file)  # type: ignore[arg-type]
    page.locator("input[name=source]").fill("Tableur du DIM")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/import/*/")


def system_chosen(page: Page) -> None:
    """The map of flows, one application chosen."""
    page.goto(f"/systemes/cartes/flux/?etablissement={CHU}")
    page.locator("#carte-chercher").fill("horizon")
    page.locator("#carte-chercher").press("Enter")
    page.locator("archipel-map").evaluate("map => map.scrollIntoView({ block: 'start' })")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    name: str
    account: str
    go: str | Callable[[Page], None]
    size: tuple[int, int] = DESK
    dark: bool = False
    suffix: str = ""
    """Added to the address that ``go`` reached."""
    focus: str = ""
    """Selector to bring to the top of the picture."""


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
    Shot("rpu-qualite", "dim", f"/rpu/?site={CHU_SITE}"),
    Shot("rpu-passage", "urgences", coded_passage),
    Shot("rpu-envois", "dim", "/rpu/envois/"),
    Shot("rpu-import", "dim", rpu_read),
    Shot("ror", "cellule", "/ror/"),
    Shot("ror-offre", "lits", ror_offer),
    Shot("ror-region", "cellule", f"/ror/region/?site={CHU_SITE}&filiere=SCA"),
    Shot("ror-correspondance", "admin", "/ror/correspondance/"),
    Shot("ror-journal", "cellule", "/ror/journal/"),
    Shot("tension", "cellule", "/tension/"),
    Shot("tension-site", "cellule", f"/tension/sites/{CHU_SITE}/"),
    Shot("besoins", "cellule", "/tension/besoins/"),
    Shot("previsions", "cellule", "/previsions/?mesure=sorties"),
    Shot("previsions-heures", "cellule", f"/previsions/?lieu=site:{CHU_SITE}&vue=48h"),
    Shot("previsions-telephone", "cellule", f"/previsions/?lieu=site:{CHU_SITE}&vue=48h", PHONE),
    Shot("previsions-capacites", "lits", "/previsions/capacites/"),
    Shot("previsions-import", "dim", "/previsions/import/"),
    Shot("documents", "medecin", "/documents/"),
    Shot("document-valider", "medecin", draft_document),
    Shot("document-transmis", "medecin", sent_document),
    Shot("fil-bon", "urgences", pathway_slip),
    Shot("fil-patient", "urgences", pathway_page, PHONE),
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
    Shot("programmes-accueil", "direction", "/programmes/"),
    Shot("programmes-eligibilite", "direction", "/programmes/eligibilite/?au=2026-05-20"),
    Shot("programmes-simulateur", "direction", ceiling_of_three),
    Shot("programmes-dossier", "direction", agreed_dossier),
    Shot("programmes-preuves", "direction", "/programmes/preuves/"),
    Shot("systemes-essai", "numerique", systems_trial),
    Shot("systemes-couverture", "numerique", "/systemes/couverture/?groupe=dossier"),
    Shot("systemes-carte", "numerique", f"/systemes/cartes/applications/?etablissement={CHU}", focus="archipel-map"),
    Shot("systemes-flux", "numerique", system_chosen),
    Shot("systemes-voisins", "numerique", f"/systemes/cartes/flux/?autour=a:{CHU}:DPI", focus="archipel-map"),
    Shot("systemes-couts", "numerique", "/systemes/couts/?par=produit"),
    Shot("trajectoires", "numerique", "/systemes/trajectoires/"),
    Shot("trajectoire-plan", "numerique", "/systemes/trajectoires/2/"),
    Shot("trajectoire-calendrier", "numerique", "/systemes/trajectoires/2/", focus=".gantt"),
    Shot("trajectoire-main", "numerique", f"/systemes/trajectoires/2/plan/?etablissement={CHU}"),
    Shot("trajectoires-comparer", "numerique", "/systemes/trajectoires/comparer/"),
    Shot("trajectoire-suivi", "numerique", "/systemes/trajectoires/suivi/"),
)


def ready(page: Page) -> None:
    """Wait for the event stream, where the page follows one."""
    if page.locator("archipel-live").count():
        expect(page.locator("html")).to_have_attribute("data-connexion", "en-ligne", timeout=15_000)


def sign_in(page: Page, account: str, password: str) -> None:
    """Sign in with the form."""
    page.goto("/connexion/")
    page.locator("input[name=username]").fill(account)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/connexion/" not in address, timeout=20_000)


def take(browser: Browser, shot: Shot, base: str, password: str, states: dict[str, object]) -> None:
    """Take one picture; the session of an account is opened once."""
    width, height = shot.size
    context = browser.new_context(
        base_url=base,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        locale="fr-FR",
        timezone_id="Europe/Paris",
        reduced_motion="reduce",
        storage_state=states.get(shot.account),  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.set_default_timeout(40_000)
    if shot.account and shot.account not in states:
        sign_in(page, shot.account, password)
        states[shot.account] = context.storage_state()
    if callable(shot.go):
        shot.go(page)
    else:
        page.goto(shot.go)
    if shot.suffix:
        page.goto(page.url + shot.suffix)
    ready(page)
    if shot.focus:
        page.locator(shot.focus).first.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(400)
    target = TARGET / f"{shot.name}.png"
    page.screenshot(path=target)
    context.close()
    size = target.stat().st_size
    print(f"{shot.name}.png  {size // 1000} Ko{'  TROP GROS' if size > LIMIT else ''}")
    if size > LIMIT:
        raise ValueError(f"{size} octets, {LIMIT} au plus")


@contextmanager
def own_demo(port: int) -> Iterator[tuple[str, str]]:
    """A demonstration on an empty folder; its address and password. Stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="archipel-captures-"))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # started in the background, it would be ignored
    command = [sys.executable, "-m", "archipel", "demo", "--port", str(port), "--days", "3", "--seed", "2152"]
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, env={**_environment(), "ARCHIPEL_DATA": str(folder)}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 300
        while "Le groupement vit" not in log.read_text(encoding="utf-8", errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"La démonstration ne vit pas :\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}", password_of(folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def password_of(folder: Path) -> str:
    """The password of the demonstration that keeps its data there."""
    return str(json.loads((folder / "demo" / "demo-mot-de-passe.json").read_text(encoding="utf-8")))


def chromium() -> str:
    """The browser."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("Aucun Chromium sur cette machine : les captures ne peuvent pas être prises.")
    return found


def shoot(base: str, password: str, wanted: list[str]) -> None:
    """Take the pictures, all or those named; say which could not be taken, and fail at the end."""
    urllib.request.urlopen(f"{base}/sante", timeout=10).close()  # noqa: S310 - a demonstration on this machine
    TARGET.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--lang=fr-FR"],
            env={**os.environ, "LANGUAGE": "fr", "LANG": "fr_FR.UTF-8"},
        )
        states: dict[str, object] = {}
        for shot in SHOTS:
            if wanted and shot.name not in wanted:
                continue
            try:
                take(browser, shot, base, password, states)
            except Exception as error:
                failed.append(f"{shot.name} : {' '.join(str(error).split())[:300]}")
        browser.close()
    if failed:
        raise SystemExit("Captures manquées :\n" + "\n".join(failed))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="captures à prendre ; toutes par défaut")
    parser.add_argument("--base", help="adresse d'une démonstration en marche")
    parser.add_argument("--data", type=Path, default=Path(".archipel"), help="son dossier (ARCHIPEL_DATA)")
    parser.add_argument("--port", type=int, default=8300, help="port de la démonstration lancée ici")
    given = parser.parse_args()
    if given.base:
        shoot(given.base, password_of(given.data), given.names)
        return
    with own_demo(given.port) as (base, password):
        shoot(base, password, given.names)


if __name__ == "__main__":
    main()
