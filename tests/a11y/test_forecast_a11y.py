"""axe finds nothing on the pages of forecasts: light and wide, dark and narrow; and nothing overflows."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Browser

from archipel.foundation.accounts.roles import Role
from tests.a11y.looking import accessible
from tests.factories.accounts import make_user
from tests.factories.beds import CHU
from tests.factories.forecast import SITE, make_curves, make_hospital, make_offer

BACKEND = "django.contrib.auth.backends.ModelBackend"
HISTORY = f"jour;heure;site;mesure;filiere;nombre\n2026-11-02;;{SITE};arrivees;;81\n2026-11-03;;{SITE};arrivees;;x\n"


def rendered() -> dict[str, str]:
    """Every page: before and after a refresh, curves of each kind, capacities, an import."""
    manager, dim = Client(), Client()
    make_hospital()
    manager.force_login(make_user(Role.GESTIONNAIRE_LITS, CHU), backend=BACKEND)
    dim.force_login(make_user(Role.DIM, CHU), backend=BACKEND)
    pages = {f"{address}?vide=1": manager.get(address).content.decode()
             for address in ("/previsions/", "/previsions/capacites/")}  # fmt: skip
    make_curves()
    make_offer()
    place = f"/previsions/?lieu=site:{SITE}"
    seen = ["/previsions/", f"{place}&vue=48h", f"{place}&mesure=sorties", f"{place}&mesure=presents"]
    for address in (*seen, "/previsions/capacites/"):
        pages[address] = manager.get(address).content.decode()
    sent = dim.post("/previsions/import/", {"fichier": SimpleUploadedFile("h.csv", HISTORY.encode())})
    pages["/previsions/import/"] = dim.get("/previsions/import/").content.decode()
    pages[sent["Location"]] = dim.get(sent["Location"]).content.decode()
    refused = dim.post("/previsions/import/", {})
    assert refused.status_code == 422
    return pages | {"/previsions/import/?refus=1": refused.content.decode()}


@pytest.mark.e2e
@pytest.mark.django_db
def test_the_pages_of_forecasts_are_accessible(live_browser: Browser) -> None:
    accessible(live_browser, rendered())
