"""axe finds nothing on the structure's pages, light and dark, narrow and wide."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser

from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.scope import in_scope, system_scope
from archipel.territory import models
from archipel.territory.public import ensure_provisional, load_reference
from tests.a11y.looking import accessible

CHU, SITE = "210780581", "210987558"
SCOPE = system_scope("tests", [CHU])
FILE = (
    "type;code;libelle;etablissement;eg;filiere;inconnue\r\n"
    f"UF;2101;Cardiologie;{CHU};{SITE};MED;\r\nUF;2102;Orpheline;{CHU};;CHI;\r\n"
)


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


@pytest.mark.e2e
@pytest.mark.django_db
def test_the_structure_pages_are_accessible(live_browser: Browser) -> None:
    accessible(live_browser, rendered())
