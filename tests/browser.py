"""Which Chromium the browser tests drive: the one that is there, else one fetched the usual way, else none."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no Chromium on this machine, and none could be fetched: browser tests are skipped"


@functools.cache
def chromium() -> str | None:
    """The path of a Chromium, or None. ``ARCHIPEL_CHROMIUM`` names one; ``none`` means none at all."""
    named = os.environ.get("ARCHIPEL_CHROMIUM", "")
    if named:
        return None if named == "none" else named
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or _fetched()


def _fetched() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=180)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
    return path if Path(path).exists() else None
