"""axe finds nothing on the structure's pages, light and dark, narrow and wide."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import sync_playwright

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.scope import in_scope, system_scope
from archipel.territory import models
from archipel.territory.public import ensure_provisional, load_reference
from tests.browser import MISSING, chromium

CHU, SITE = "210780581", "210987558"
SCOPE = system_scope("tests", [CHU])
FILE = (
    "type;code;libelle;etablissement;eg;filiere;inconnue\r\n"
    f"UF;2101;Cardiologie;{CHU};{SITE};MED;\r\nUF;2102;Orpheline;{CHU};;CHI;\r\n"
)
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def rendered() -> dict[str, str]:
    """Every page of the structure, as an administrator sees it."""
    with in_scope(SCOPE):
        load_reference(scope=SCOPE, ght_code="BFC-03")
        ensure_provisional(establishment=CHU, name="", ufs={"9001"}, beds={("9001", "1", "A")}, source="m1")
        user = User.objects.create_user(username="admin-a11y", password="p" * 16)
        Grant.objects.create(user=user, role="administrateur", establishment="*")
        uf = models.Entity.objects.get(kind="UF", code="9001").pk
        site = models.Entity.objects.get(code=SITE).pk
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    file = SimpleUploadedFile("essai.csv", FILE.encode())
    run = client.post(reverse("structure-import"), {"fichier": file, "effet": "01/01/2026"}).url
    fine = SimpleUploadedFile("bon.csv", FILE.replace(f";{CHU};;CHI", f";{CHU};{SITE};CHI").encode())
    good = client.post(reverse("structure-import"), {"fichier": fine, "effet": "01/01/2026"}).url
    addresses = [
        reverse("structure"), f"{reverse('structure')}?etablissement={CHU}", f"{reverse('structure')}?le=2001-01-01",
        reverse("structure-entite", args=[site]), reverse("structure-provisoires"),
        reverse("structure-provisoire", args=[uf]), reverse("structure-import"), reverse("structure-propositions"),
        run, good,
    ]  # fmt: skip
    return {address: client.get(address).content.decode() for address in addresses}


def serve(route, pages: dict[str, str]) -> None:
    address = route.request.url.removeprefix("http://testserver")
    if address in pages:
        route.fulfill(body=pages[address], content_type="text/html; charset=utf-8")
    elif address.startswith("/static/") and (found := finders.find(address.removeprefix("/static/"))):
        route.fulfill(path=str(found), content_type=TYPES.get(str(found).rsplit(".", 1)[-1], "text/plain"))
    else:
        route.fulfill(status=404, body="")


@pytest.mark.e2e
@pytest.mark.django_db
@pytest.mark.skipif(chromium() is None, reason=MISSING)
def test_the_structure_pages_are_accessible():
    pages = rendered()
    faults = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for scheme, width in (("light", 1280), ("dark", 400)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            page = context.new_page()
            page.route("**/*", lambda route: serve(route, pages))
            for address in pages:
                page.goto(f"http://testserver{address}")
                page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
                for fault in Axe().run(page).response["violations"]:
                    nodes = [node["html"][:160] for node in fault["nodes"][:2]]
                    faults.append((scheme, address, fault["id"], nodes))
            context.close()
        browser.close()
    assert faults == [], "\n".join(map(str, faults))
