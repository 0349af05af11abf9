"""A patient enters a bed: the worker tells the ROR over mutual TLS, and the screen says so by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from archipel.domains.flow import public as flow
from archipel.domains.flow.values.offers import Indicator
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.e2e.live import Opened, Site
from tests.e2e.test_boards import ready
from tests.factories.beds import CHU, make_unit, system
from tests.factories.pam import T0, Move, Patient, message
from tests.factories.ror import bench, offer, place

pytestmark = pytest.mark.e2e
Open = Callable[..., Opened]
WHO = Patient("800000001", "ESSAI", "ALIX", "19700101", "F", "2700199100001")


def test_a_bed_that_fills_reaches_the_ror_and_the_screen(live_site: Site, browser_page: Open, tmp_path: Path) -> None:
    with bench(tmp_path) as ror:
        with in_scope(system(CHU)):
            make_unit("3001", beds="101-P 102-P 103-P")
            declared = flow.declare_offer(scope=system(CHU), offer=offer("MED1", "3001"))
        ror.mock.store.put([place(declared)])
        for prefix, cert in (("ARCHIPEL_ROR_", "fournisseur"), ("ARCHIPEL_ROR_READ_", "consommateur")):
            live_site.environment.update({
                f"{prefix}URL": ror.mock.url, f"{prefix}CERT": str(ror.certs.cert(cert)),
                f"{prefix}KEY": str(ror.certs.key(cert)), f"{prefix}CA": str(ror.certs.ca),
                f"{prefix}TOKEN_FILE": str(ror.token),
            })  # fmt: skip
        live_site.environment |= {
            "ARCHIPEL_ROR_PROFILE": "CU22|1.2",
            "ARCHIPEL_ROR_ROLE": "AUTOMATE|1.2",
            "ARCHIPEL_ROR_EVERY": "0.5",
        }
        page = browser_page("/ror/", role=Role.GESTIONNAIRE_LITS).page
        ready(page)
        line = page.get_by_role("row", name="Offre MED1")
        expect(line).to_contain_text("Rien à dire")
        entry = Move("A01", "1", movement="M1", at=T0, effective=T0, uf="3001", chambre="101", lit="P", patient=WHO)
        assert b"|AA|" in live_site.send(message(entry))
        expect(line).to_contain_text("À jour")  # without reloading
        cells = [text.strip() for text in line.get_by_role("cell").all_inner_texts()]
        assert cells[2:4] == ["2", "2"], cells
        held = {key: figure.count for key, figure in ror.mock.store.places()[0].figures.items()}
        assert held[Indicator("03")] == 1 and held[Indicator("01")] == 3
        assert {one.client for one in ror.mock.written()} == {"fournisseur"}
        page.get_by_role("link", name="Offre MED1").click()
        expect(page.get_by_role("heading", name="Échanges")).to_be_visible()
        page.locator(".ror-echanges summary").first.click()
        expect(page.get_by_text("resourceType").first).to_be_visible()
