"""A whole site for browser tests: pages, events, worker and listener as real processes on a database of its own.

Fixtures: ``live_site`` (:class:`Site`), ``live_browser`` (one Chromium for the module), ``browser_page`` (a function
that opens a signed-in page and collects what the browser complains about).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from archipel.foundation.accounts.roles import Role
from tests.browser import MISSING, chromium
from tests.factories.accounts import PASSWORD, make_user

ROOT = Path(__file__).parents[2]
START, END = b"\x0b", b"\x1c\r"
PATIENCE = 60_000
"""Milliseconds before a browser is thought to be stuck: machines that run tests are loaded."""
expect.set_options(timeout=PATIENCE)


@dataclass
class Site:
    """Where the site answers. Its worker and listener start with the first message: many tests send none."""

    url: str
    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    mllp: int = 0

    def run(self, *words: str) -> None:
        """Start one process of the site."""
        self.running.append(subprocess.Popen([sys.executable, "-m", *words], env=self.environment, cwd=ROOT))

    def wait_for(self, ready: Callable[[], bool], what: str) -> None:
        """Wait until something answers; not for a process that has ended."""
        wait_for(ready, what, self.running)

    def open_doors(self) -> None:
        """Start the worker and the listener, if they are not."""
        if not self.mllp:
            self.mllp = free_port()
            self.run("archipel", "worker")
            self.run("archipel", "listen", "--port", str(self.mllp))
            self.wait_for(lambda: _connects(self.mllp), "the listener")

    def send(self, raw: bytes) -> bytes:
        """Send one HL7 message to the listener's socket; returns the acknowledgement."""
        self.open_doors()
        with socket.create_connection(("127.0.0.1", self.mllp), timeout=60) as link:
            link.sendall(START + raw + END)
            answer = b""
            while not answer.endswith(END):
                piece = link.recv(65536)
                assert piece, "the listener closed the connection"
                answer += piece
        return answer.strip(START + END)

    def stop(self) -> None:
        """End every process."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Opened:
    """A page, and what the browser complained about: script errors, refused content."""

    page: Page
    complaints: list[str]


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(
    ready: Callable[[], bool], what: str, running: Sequence[subprocess.Popen[bytes]] = (), seconds: float = 240
) -> None:
    """Wait until it is ready, however loaded the machine; not for a process that has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if ready():
                return
        except (httpx.TransportError, OSError):
            pass
        ended = [process.args for process in running if process.poll() is not None]
        assert not ended, f"{what} did not start: {ended} ended"
        time.sleep(0.1)
    raise AssertionError(f"{what} did not start in {seconds:.0f} s")


def _connects(port: int) -> bool:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
    return True


@pytest.fixture
def live_site(fresh_database: str) -> Iterator[Site]:
    """The processes of ``archipel serve``, each by itself as in production."""
    web, events = free_port(), free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "archipel.config.settings",
        "ARCHIPEL_SECRET_KEY": settings.SECRET_KEY,
        "ARCHIPEL_SYNTHETIC": "1",
        "ARCHIPEL_MIGRATED": "1",
        "ARCHIPEL_EVENTS_PORT": str(events),
    }
    site = Site(f"http://localhost:{web}", environment)
    granian = ("granian", "--interface", "wsgi", "--port", str(web), "--blocking-threads", "4", "--no-ws")
    try:
        site.run(*granian, "--log-level", "error", "archipel.config.wsgi:application")
        site.run(
            "uvicorn", "--port", str(events), "--timeout-graceful-shutdown", "1", "archipel.config.asgi:application"
        )
        site.wait_for(lambda: httpx.get(f"{site.url}/sante").status_code == 200, "the pages")
        site.wait_for(lambda: httpx.get(f"http://localhost:{events}/evenements/sante").status_code == 200, "the events")
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def live_browser() -> Iterator[Browser]:
    """One Chromium for the module; the tests are skipped, visibly, where there is none."""
    if chromium() is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread as long as it lives
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def browser_page(live_site: Site, live_browser: Browser) -> Iterator[Callable[..., Opened]]:
    """``browser_page("/lits/", role=…, where=…, **context)``: a page opened after a real login."""
    contexts = []

    def open_page(path: str, role: Role = Role.GESTIONNAIRE_LITS, where: str = "210780581", **options: Any) -> Opened:
        user = make_user(role, where)
        context = live_browser.new_context(base_url=live_site.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page, complaints = context.new_page(), []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        login(page, user.username)
        page.goto(path)
        return Opened(page, complaints)

    yield open_page
    for context in contexts:
        context.close()


def login(page: Page, username: str) -> None:
    """Sign in with the form."""
    page.goto("/connexion/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/connexion" not in address)
