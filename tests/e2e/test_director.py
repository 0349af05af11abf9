"""The director's ten minutes, on the demonstration's programmes: from the question to a signed archive, verified."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from archipel.demo import programmes
from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import EVERYWHERE, in_scope, system_scope
from archipel.territory.public import load_reference
from archipel.territory.reference import ght
from tests.e2e.live import ROOT, Opened, Site

pytestmark = pytest.mark.e2e


def furnish() -> None:
    """The real group with what the demonstration invents about it."""
    group = ght("21-52")
    scope = system_scope("démonstration", [*(one.finess.value for one in group.ejs), EVERYWHERE])
    with in_scope(scope):
        load_reference(scope=scope, ght_code="BFC-03")
    programmes.seed(group)


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def test_from_are_we_eligible_to_a_signed_archive(
    live_site: Site, browser_page: Callable[..., Opened], tmp_path: Path
) -> None:
    furnish()
    live_site.environment["ARCHIPEL_PROOF_KEYS"] = str(tmp_path / "cles")
    live_site.run("archipel", "worker")
    opened = browser_page("/programmes/", Role.DIRECTION, "ght:BFC-03", accept_downloads=True)
    page = opened.page

    # Where do we stand, and are we eligible? Each answer leads to its rule and to the facts used.
    expect(page.locator("main")).to_contain_text("Attendu")
    page.goto("/programmes/eligibilite/?au=2026-04-15&pack=hopen2-aap")
    page.locator("main table a[href*='/eligibilite/hopen2-aap/']").first.click()
    page.wait_for_url("**/eligibilite/hopen2-aap/**")
    expect(page.locator("main")).to_contain_text("Source")

    # The dossier under agreement.
    page.goto("/programmes/dossiers/")
    page.locator("main table a[href*='/programmes/dossiers/']").first.click()
    page.wait_for_url("**/programmes/dossiers/*/")
    with page.expect_download() as document:
        page.locator("main a[href*='docx']").first.click()
    assert Path(document.value.path()).read_bytes()[:2] == b"PK"

    # The proof, frozen, signed, handed over, and verified without the platform.
    page.goto("/programmes/preuves/")
    page.get_by_role("link", name="Geler une archive").first.click()
    page.get_by_role("button", name="Geler", exact=True).click()
    link = page.get_by_role("link", name="Télécharger l'archive").first
    expect(link).to_be_visible(timeout=180_000)
    with page.expect_download() as packed:
        link.click()
    archive, key = tmp_path / "preuve.zip", tmp_path / "cle.pem"
    packed.value.save_as(archive)
    page.goto("/programmes/preuves/cles/")
    with page.expect_download() as public:
        page.locator("main a[href*='.pem'], main a[href*='pem']").first.click()
    public.value.save_as(key)
    assert verified(archive, key) == 0
    archive.write_bytes(archive.read_bytes().replace(b"hopen2", b"hopen3", 1))
    assert verified(archive, key) == 1
    assert opened.complaints == []


def verified(archive: Path, key: Path) -> int:
    """What the script for those who have nothing of ours says."""
    return subprocess.run([sys.executable, ROOT / "tools/verify_proof.py", archive, key], check=False).returncode
