"""axe finds nothing on the pages of the ROR: fed, refused, with neighbours, forms with their errors, a file tried."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Browser

from archipel.connectors.ror.codec.capacity import Figure
from archipel.connectors.ror.reading import poll
from archipel.domains.flow import public as flow
from archipel.domains.flow.public import BedKey
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.a11y.looking import Seen, accessible
from tests.a11y.test_every_page import account
from tests.db.test_ror_pages import FILE
from tests.factories.beds import CHU, SITE, make_stay, make_unit, system
from tests.factories.ror import STRUCTURE, Bench, bench, hospital, offer, place

FREE = Indicator("02", "01", "04")


def furnish(ror: Bench) -> None:
    """An offer up to date, one refused, neighbours recent and stale."""
    hospital(ror)
    make_unit("3002", beds="201- 202-", filiere="CHI")
    flow.declare_offer(scope=system(), offer=offer("CHI", "3002", filiere="CHI"))
    make_unit("3003", beds="301-", filiere="GER")
    make_stay(BedKey(CHU, "3001", "101", "P"), sexe="")
    ror.feed()
    for rank in range(3):
        far = place(offer(f"V{rank}"), organisation="CH de Vesoul", specialty="Médecine", updated=ror.clock())
        told = ror.clock() if rank else ror.clock().replace(year=2025)
        near = replace(far, external=f"1700000000/V{rank}", latitude=47.33 + rank / 50, longitude=5.07)
        ror.mock.store.put([replace(near, figures={FREE: Figure(FREE, 2, told)})])
    consumer = ror.consumer()
    poll(consumer, now=ror.clock)
    consumer.close()


@pytest.mark.e2e
@pytest.mark.django_db
def test_axe_finds_nothing_on_the_pages_of_the_ror(
    live_browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench(tmp_path, tls=False) as ror:
        with in_scope(system()):
            furnish(ror)
        monkeypatch.setenv("ARCHIPEL_ROR_URL", ror.mock.url)
        client = account(Role.ADMINISTRATEUR)
        addresses = (
            "/ror/", "/ror/?etat=refus", f"/ror/offres/{STRUCTURE}/MED3001/", "/ror/correspondance/", "/ror/journal/",
            f"/ror/region/?site={SITE}", "/ror/region/?filiere=BRU", "/ror/parametres/",
            "/ror/correspondance/nouvelle/", f"/ror/correspondance/{STRUCTURE}/CHI/", "/territoire/",
        )  # fmt: skip
        answers = [(address, client.get(address)) for address in addresses]
        wrong = client.post("/ror/correspondance/nouvelle/", {"etablissement": CHU, "nature": "9"})
        trial = client.post("/ror/correspondance/import/", {"fichier": SimpleUploadedFile("c.csv", FILE.encode())})
        answers += [("/ror/correspondance/nouvelle/?faux", wrong), ("/ror/correspondance/import/", trial)]
        manager = account(Role.GESTIONNAIRE_LITS)
        answers.append(("/ror/?etat=a_jour", manager.get("/ror/?etat=a_jour")))
    assert {answer.status_code for _, answer in answers} <= {200, 422}
    accessible(live_browser, [Seen("ror", address, answer.content.decode()) for address, answer in answers])
