"""The shell in a real browser: live fragments, table, palette, loss of connection, names, accessibility."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import transaction
from playwright.sync_api import Browser, Page, expect, sync_playwright

from archipel.foundation.accounts.roles import Role
from archipel.foundation.outbox.services import publish
from tests.browser import MISSING, chromium
from tests.db.test_events import session_of

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def site(fresh_database: str) -> Iterator[str]:
    """Pages by granian and events by uvicorn, two processes as in production; yields the pages' address."""
    web, events = free_port(), free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.e2e.gallery.settings",
        "ARCHIPEL_SECRET_KEY": settings.SECRET_KEY,
        "ARCHIPEL_SYNTHETIC": "1",
        "ARCHIPEL_EVENTS_PORT": str(events),
        "PYTHONPATH": str(ROOT),
    }
    commands = [
        [
            "granian",
            "--interface",
            "wsgi",
            "--port",
            str(web),
            "--blocking-threads",
            "4",
            "archipel.config.wsgi:application",
        ],
        ["uvicorn", "--port", str(events), "--timeout-graceful-shutdown", "1", "archipel.config.asgi:application"],
    ]
    running = [subprocess.Popen([sys.executable, "-m", *words], env=environment, cwd=ROOT) for words in commands]
    try:
        for address in (f"http://localhost:{web}/sante", f"http://localhost:{events}/evenements/sante"):
            wait_for(address)
        yield f"http://localhost:{web}"
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)


def wait_for(address: str) -> None:
    end = time.monotonic() + 240
    while time.monotonic() < end:
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"no answer from {address}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread
        yield playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


def opened(browser: Browser, site: str, key: str, where: str = "/galerie/", **options: Any) -> tuple[Page, list[str]]:
    """A signed-in page, and what the browser complained about (CSP violations, script errors)."""
    context = browser.new_context(base_url=site, **options)
    context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(where)
    page.evaluate("customElements.whenDefined('archipel-table').then(() => true)")
    return page, complaints


def moved() -> None:
    with transaction.atomic():
        publish("flow.changed", {"uf": ["e:310"], "sites": []})


def test_the_page_lives(browser: Browser, site: str) -> None:
    key = session_of("cellule", Role.CELLULE_TERRITORIALE, "*")
    page, complaints = opened(browser, site, key)
    expect(page.locator("html")).to_have_attribute("data-connexion", "en-ligne")

    lits = page.locator("tr[data-key='310'] td").nth(1)
    before = int(lits.inner_text())
    page.get_by_role("button", name="Unité").focus()
    moved()
    expect(page.locator("tr.change")).to_have_count(1)
    assert int(lits.inner_text()) > before
    assert page.evaluate("document.activeElement.textContent") == "Unité"
    expect(page.locator("tr.change")).to_have_count(0)

    page.get_by_role("button", name="Lits").click()
    assert "uf.tri=lits" in page.url
    page.get_by_label("Filtrer").fill("geriatrie")
    expect(page.locator(".table-compte")).to_have_text("1 lignes sur 4")
    expect(page.locator("tfoot td").nth(2)).to_have_text("1")
    page.reload()
    expect(page.locator(".table-compte")).to_have_text("1 lignes sur 4")

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Page, établissement").fill("gloss")
    expect(page.locator("#palette-liste li")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossaire/")
    assert complaints == []


def test_the_loss_of_the_connection_is_said_and_repaired(browser: Browser, site: str) -> None:
    page, _ = opened(browser, site, session_of("cellule", Role.CELLULE_TERRITORIALE, "*"))
    expect(page.locator("html")).to_have_attribute("data-connexion", "en-ligne")
    page.context.set_offline(True)
    expect(page.locator("#hors-ligne")).to_be_visible()
    expect(page.locator("#hors-ligne")).to_contain_text("dernière image de")
    page.context.set_offline(False)
    expect(page.locator("#hors-ligne")).to_be_hidden()


def test_a_wall_hides_names_until_n_is_pressed(browser: Browser, site: str) -> None:
    page, _ = opened(browser, site, session_of("cellule", Role.CELLULE_TERRITORIALE, "*"), "/galerie/?mur=1")
    expect(page.locator("#patient")).to_have_text("Patient : •••")
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.keyboard.press("n")
    expect(page.locator("#patient")).to_have_text("Patient : MARTIN Paul")
    page.keyboard.press("n")
    expect(page.locator("#patient")).to_have_text("Patient : •••")


def test_axe_finds_nothing_and_nothing_overflows(browser: Browser, site: str) -> None:
    """Light, dark, wall, telephone and 400 % zoom (1280 px seen through 320)."""
    key = session_of("cellule", Role.CELLULE_TERRITORIALE, "*")
    views: list[tuple[str, str, int, int]] = [
        ("/galerie/", "light", 1280, 800),
        ("/galerie/", "dark", 1280, 800),
        ("/galerie/?mur=1", "light", 1920, 1080),
        ("/galerie/?mur=1", "dark", 1920, 1080),
        ("/galerie/", "light", 375, 740),
        ("/galerie/", "dark", 320, 256),
        ("/glossaire/", "light", 1280, 800),
        ("/nulle-part/", "dark", 1280, 800),
    ]
    for where, scheme, width, height in views:
        size = {"width": width, "height": height}
        page, _ = opened(browser, site, key, where, color_scheme=scheme, viewport=size)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], (where, scheme)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (where, width)
        page.context.close()
