"""One picture: its name, who looks, where, on which screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

DESK, PHONE, WALL = (1366, 850), (390, 844), (1440, 810)
CHU = "210780581"
CHU_SITE = "210987558"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    name: str
    account: str
    go: str | Callable[[Page], None]
    size: tuple[int, int] = DESK
    dark: bool = False
    suffix: str = ""
    """Added to the address that ``go`` reached."""
    focus: str = ""
    """Selector to bring to the top of the picture."""


def ready(page: Page) -> None:
    """Wait for the event stream, where the page follows one."""
    if page.locator("archipel-live").count():
        expect(page.locator("html")).to_have_attribute("data-connexion", "en-ligne", timeout=15_000)
