"""axe finds nothing on the views of packs that the walk of every page tells apart by no word of the address."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, sync_playwright

from archipel.foundation.accounts.roles import Role
from archipel.programmes.packs.services.versions import propose
from tests.a11y.test_every_page import LOOKS, ORIGIN, Seen, faults, serve
from tests.browser import MISSING, chromium
from tests.db.test_programmes_packs import NATIONAL, published, second
from tests.db.test_programmes_packs_pages import BASE, client_of
from tests.unit.test_packs_checks import text

PICTURES = os.environ.get("ARCHIPEL_PICTURES", "")


def rendered() -> list[Seen]:
    """The views that differ most, a wrong upload, a review that may be published and one that may not."""
    published(text("aap"))
    good = propose(scope=NATIONAL, text=second()).id
    bad = propose(scope=NATIONAL, text=second().replace('"2026.2"', '"2026.3"').replace("part: 0.5", "part: 0.4")).id
    client = client_of(Role.DIRECTION, "*")
    addresses = [
        "", *(f"hopen2-aap/?vue={view}" for view in ("exigences", "regles", "financement", "calendrier", "dossier",
              "sources", "versions")), "plan-accompagnement-2016/?vue=catalogue", "maturite-identite/?vue=grilles",
        "hopital-numerique/?vue=chiffres", "hopen2-aap/regles/rattrapage/", f"propositions/{good}/",
        f"propositions/{bad}/", "propositions/", "aap-exemple/?version=2026.1&region=99",
    ]  # fmt: skip
    found = [Seen("direction", BASE + one, client.get(BASE + one).content.decode()) for one in addresses]
    refused = client.post(BASE + "proposer/", {"texte": text("aap").replace("porteur: DNS", "porteurs: DNS")})
    return [*found, Seen("direction", BASE + "proposer/", refused.content.decode())]


def one_of(shown: list[Seen], route: Route) -> None:
    """The page being looked at."""
    serve(route, shown[0])


@pytest.mark.e2e
@pytest.mark.django_db
@pytest.mark.skipif(chromium() is None, reason=MISSING)
def test_the_views_of_packs_are_accessible() -> None:
    pages, told = rendered(), []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for scheme, width, height in LOOKS:
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
            page, axe = context.new_page(), Axe()
            shown = [pages[0]]
            page.route("**/*", partial(one_of, shown))
            for rank, seen in enumerate(pages):
                shown[0] = seen
                page.goto(ORIGIN + seen.address)
                told += [f"{scheme} {seen.address} {fault}" for fault in faults(page, axe)]
                if PICTURES:
                    page.screenshot(path=str(Path(PICTURES) / f"{rank:02}-{scheme}.png"), full_page=False)
            context.close()
        browser.close()
    assert told == [], "\n".join(told)
