"""axe finds nothing on the views of packs that the walk of every page tells apart by no word of the address."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from archipel.foundation.accounts.roles import Role
from archipel.programmes.packs.services.versions import propose
from tests.a11y.looking import Seen, accessible
from tests.db.test_programmes_packs import NATIONAL, published, second
from tests.db.test_programmes_packs_pages import BASE, client_of
from tests.unit.test_packs_checks import text


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


@pytest.mark.e2e
@pytest.mark.django_db
def test_the_views_of_packs_are_accessible(live_browser: Browser) -> None:
    accessible(live_browser, rendered())
