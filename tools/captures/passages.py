"""What leaves the house: RPU, ROR, tension, forecasts, exit documents, the patient's page."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect
from tools.captures.house import emergency
from tools.captures.shot import CHU_SITE, PHONE, Shot, ready

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


SHOTS = (
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
)
