"""axe finds nothing on the pages of systems, furnished, light and dark, narrow and wide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import Browser

from archipel.demo import inventory as demo
from archipel.demo.site import scope_for
from archipel.demo.structure import build_structure
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from archipel.territory.public import load_reference
from archipel.territory.reference import ght as reference_ght
from tests.a11y.looking import Seen, accessible
from tests.a11y.test_every_page import account
from tests.factories.systems import CHU, LANGRES, SHEET

NAMES = [
    "accueil",
    "couverture",
    "cartes",
    "echeances",
    "couts",
    "comparer",
    "exposition",
    "indicateurs",
    "noms",
    "campagne",
    "import",
]


def furnish_systems() -> None:
    """The demonstration's inventory, for three members."""
    ght = reference_ght("BFC-03")
    small = replace(ght, ejs=tuple(ej for ej in ght.ejs if ej.finess.value in (CHU, LANGRES) or ej == ght.ejs[-1]))
    scope = scope_for(small)
    with in_scope(scope):
        load_reference(scope=scope_for(ght), ght_code="BFC-03")
    demo.prepare(scope, small, build_structure(small, seed=1))


def subscriptions() -> list[Seen]:
    """The screen of subscriptions, empty, with a secret just made and with a refusal."""
    client, address = account(Role.ADMINISTRATEUR), reverse("webhooks")
    form = {"nom": "Parc", "url": "https://203.0.113.9/", "sujets": ["systems.inventaire"]}
    seen = [client.get(address), client.post(address, form)]
    with override_settings(WEBHOOKS_NETWORKS=["203.0.113.0/24"]):
        seen.append(client.post(address, form))
    return [Seen("administrateur", f"{address}?{rank}", one.content.decode()) for rank, one in enumerate(seen)]


@pytest.mark.e2e
@pytest.mark.django_db
def test_axe_finds_nothing_on_the_pages_of_systems(live_browser: Browser) -> None:
    furnish_systems()
    client = account(Role.SERVICES_NUMERIQUES)
    sent = {"fichier": SimpleUploadedFile("si.csv", SHEET.encode()), "source": "essai"}
    trial = client.post(reverse("systems:import"), sent).url
    addresses = [
        *(reverse(f"systems:{name}") for name in NAMES),
        trial,
        reverse("systems:nouvelle", args=["application"]),
        reverse("systems:fiche", args=["application", CHU, "DPI"]),
        reverse("systems:accueil") + "?nature=contrat",
        reverse("systems:carte", args=["infrastructure"]),
        reverse("systems:carte", args=["flux"]) + f"?autour=a:{CHU}:GAP",
        reverse("systems:exposition") + f"?arret={CHU}|GAP",
    ]
    pages = [Seen("services_numeriques", address, client.get(address).content.decode()) for address in addresses]
    accessible(live_browser, [*pages, *subscriptions()])
