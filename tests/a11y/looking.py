"""A real browser looks at rendered pages: as a desktop in light, then as a phone in dark; axe, and nothing overflows.

The pages and their static files come from a small server of the test's own, so that the browser keeps what does not
change between two pages. ``ARCHIPEL_PICTURES`` names a folder where each look is kept as a picture.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "json": "application/json"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = (("light", 1366, 850), ("dark", 390, 844))
PICTURES = os.environ.get("ARCHIPEL_PICTURES", "")
SETTLED = """async () => {
  for (let turn = 0; turn < 2; turn++) await new Promise(requestAnimationFrame);
  document.getAnimations().forEach(a => a.finish());
  await new Promise(requestAnimationFrame);
}"""
"""Two frames after the change of look, with its transitions at their end: what a person sees."""
OPEN = "document.querySelectorAll('main details:not(archipel-table details)').forEach(d => { d.open = true })"
DRAWN = "[...document.querySelectorAll('.graphique-toile')].every(one => one.getAttribute('aria-label'))"


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as one role gets it."""

    role: str
    address: str
    html: str


class Stand(ThreadingHTTPServer):
    """Serves one page at a time, and the static files."""

    daemon_threads = True
    request_queue_size = 128
    shown = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves a page drops what it was asking for: nothing to tell."""

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    """One request to the stand."""

    server: Stand
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A static file; the page, when a document is asked for; nothing else answers."""
        path = self.path.partition("?")[0]
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            kind = TYPES.get(path.rsplit(".", 1)[-1], "application/octet-stream")
            self._say(Path(str(file)).read_bytes() if file else None, kind, "max-age=3600")
        elif self.headers.get("Sec-Fetch-Dest") == "document":
            self._say(self.server.shown.encode(), "text/html; charset=utf-8", "no-store")
        else:
            self._say(None, "text/plain", "no-store")

    def _say(self, body: bytes | None, kind: str, keep: str) -> None:
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", keep)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not told."""


@contextmanager
def stand() -> Iterator[Stand]:
    """A stand that listens for as long as the block lasts."""
    server = Stand()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def faults(page: Page) -> list[str]:
    """What axe finds with every disclosure open."""
    page.evaluate(OPEN)
    page.wait_for_function(DRAWN)
    page.evaluate(SETTLED)  # what was folded takes the colours of the look when it opens
    options = {"runOnly": TAGS, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{fault['id']}: {[(node['html'][:150], node.get('failureSummary', '')[:200]) for node in fault['nodes'][:2]]}"
        for fault in found
    ]


def look(browser: Browser, pages: Sequence[Seen], *, overflow: bool = True) -> list[str]:
    """Every page in every look.

    Args:
        browser: a Chromium.
        pages: what to look at, one after the other.
        overflow: also say which pages are wider than the screen.

    Returns:
        What is wrong: role, address, look, fault.
    """
    with stand() as server:
        context = browser.new_context(reduced_motion="reduce", service_workers="block")
        context.add_init_script(path=AXE_FILE_PATH)
        page = context.new_page()
        told = [fault for rank, seen in enumerate(pages) for fault in _one(page, server, seen, rank, overflow)]
        context.close()
    return told


def _one(page: Page, server: Stand, seen: Seen, rank: int, overflow: bool) -> list[str]:
    server.shown = seen.html
    told = []
    page.emulate_media(color_scheme="light")
    page.goto(server.origin + seen.address, wait_until="load")
    for scheme, width, height in LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("s => document.documentElement.dataset.bsTheme === s", arg=scheme)
        page.evaluate(SETTLED)
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{rank:02d}-{scheme}.png", full_page=True)
        found = faults(page)
        if overflow and (wide := page.evaluate("document.documentElement.scrollWidth")) > width + 1:
            found.append(f"overflows: {wide}")
        told += [f"{seen.role} {seen.address} {scheme} {width}: {fault}" for fault in found]
    return told


def accessible(browser: Browser, pages: Sequence[Seen] | Mapping[str, str], *, overflow: bool = True) -> None:
    """Fail with everything that is wrong.

    Args:
        browser: a Chromium.
        pages: what to look at; or, for one role, the page at each address.
        overflow: see :func:`look`.
    """
    if isinstance(pages, Mapping):
        pages = [Seen("", address, html) for address, html in pages.items()]
    found = look(browser, pages, overflow=overflow)
    assert found == [], f"{len(found)} faults on {len(pages)} pages\n" + "\n".join(found)
