"""Programmes, information systems, trajectories."""

from __future__ import annotations

import re

from playwright.sync_api import Page
from tools.captures.shot import CHU, Shot

APPLICATIONS = (
    "Établissement;Logiciel;Éditeur logiciel;Domaine fonctionnel;Nb utilisateurs;Maintenance;MES\r\n"
    f"{CHU};Codage assisté;Ed. Boréal Santé;PMSI;24;18 500 €;01/03/2021\r\n"
    f"{CHU};Gestion des lits;Mistral soins;lits;310;42 k€;2019\r\n"
    f"{CHU};Archivage;Alizé;archives;12;beaucoup;31/02/2020\r\n"
    f"{CHU};;Alizé;archives;12;4000;01/01/2020\r\n"
)
"""A spreadsheet as hospitals keep them, two lines at fault."""


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


SHOTS = (
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
