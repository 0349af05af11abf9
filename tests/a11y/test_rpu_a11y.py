"""axe finds nothing on the pages of RPU and tension, furnished, light and dark, narrow and wide."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import Browser

from archipel.domains.flow import public as flow
from archipel.domains.flow.public import Level
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import in_scope
from tests.a11y.looking import Seen, accessible
from tests.a11y.test_every_page import account
from tests.db.test_passages import furnish
from tests.db.test_rpu import received
from tests.db.test_tension import crowd_more
from tests.factories.beds import SITE, system


@pytest.mark.e2e
@pytest.mark.django_db
def test_axe_finds_nothing_on_the_pages_of_rpu_and_tension(live_browser: Browser) -> None:
    venue = furnish()["kept"]
    crowd_more()
    with in_scope(system()):
        flow.enter_items(scope=system(), venue=venue, rank=1, items={flow.Item.DP: ["S720"]})
    flow.compute_tension(force=True)
    with in_scope(system()):
        flow.declare_tension(scope=system(), subject=f"site:{SITE}", level=Level.FORTE, reason="afflux de patients")
    dim, cell = account(Role.DIM), account(Role.CELLULE_TERRITORIALE)
    read = dim.post(reverse("rpu:imports"), {"fichier": SimpleUploadedFile("a.xml", received())}).url
    entry = reverse("flow:passage-rpu", args=[venue])
    addresses = [
        reverse("flow:rpu-qualite"), reverse("flow:rpu-qualite") + "?du=2020-01-01&au=2020-01-02", entry,
        reverse("rpu:envois"), reverse("rpu:imports"), read,
    ]  # fmt: skip
    pages = [Seen("dim", address, dim.get(address).content.decode()) for address in addresses]
    pages.append(Seen("dim", f"{entry}#faux", dim.post(entry, {"passage": "1", "dp": "faux"}).content.decode()))
    pages += [
        Seen("cellule", address, cell.get(address).content.decode())
        for address in (
            reverse("flow:tension"), reverse("flow:tension-site", args=[SITE]), reverse("flow:besoins"),
        )
    ]  # fmt: skip
    accessible(live_browser, pages)
