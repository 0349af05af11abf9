"""Takes the pictures of the documentation from a running demonstration: ``make shots``.

Without ``--base`` it starts a demonstration of its own on an empty folder, with a fixed seed, and stops it at the end.
Everything on the pictures is synthetic. Each picture is a PNG of at most 200 KB in ``docs/captures``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from tools.captures import house, passages, steering
from tools.captures.shot import Shot, ready

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "captures"
LIMIT = 200_000
"""Bytes: a clone of the repository must stay light."""
SHOTS = (*house.SHOTS, *passages.SHOTS, *steering.SHOTS)


def sign_in(page: Page, account: str, password: str) -> None:
    """Sign in with the form."""
    page.goto("/connexion/")
    page.locator("input[name=username]").fill(account)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/connexion/" not in address, timeout=20_000)


def take(browser: Browser, shot: Shot, base: str, password: str, states: dict[str, object]) -> None:
    """Take one picture; the session of an account is opened once."""
    width, height = shot.size
    context = browser.new_context(
        base_url=base,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        locale="fr-FR",
        timezone_id="Europe/Paris",
        reduced_motion="reduce",
        storage_state=states.get(shot.account),  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.set_default_timeout(40_000)
    if shot.account and shot.account not in states:
        sign_in(page, shot.account, password)
        states[shot.account] = context.storage_state()
    if callable(shot.go):
        shot.go(page)
    else:
        page.goto(shot.go)
    if shot.suffix:
        page.goto(page.url + shot.suffix)
    ready(page)
    if shot.focus:
        page.locator(shot.focus).first.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(400)
    target = TARGET / f"{shot.name}.png"
    page.screenshot(path=target)
    context.close()
    size = target.stat().st_size
    print(f"{shot.name}.png  {size // 1000} Ko{'  TROP GROS' if size > LIMIT else ''}")
    if size > LIMIT:
        raise ValueError(f"{size} octets, {LIMIT} au plus")


@contextmanager
def own_demo(port: int) -> Iterator[tuple[str, str]]:
    """A demonstration on an empty folder; its address and password. Stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="archipel-captures-"))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # started in the background, it would be ignored
    command = [sys.executable, "-m", "archipel", "demo", "--port", str(port), "--days", "3", "--seed", "2152"]
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, env={**_environment(), "ARCHIPEL_DATA": str(folder)}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 300
        while "Le groupement vit" not in log.read_text(encoding="utf-8", errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"La démonstration ne vit pas :\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}", password_of(folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def password_of(folder: Path) -> str:
    """The password of the demonstration that keeps its data there."""
    return str(json.loads((folder / "demo" / "demo-mot-de-passe.json").read_text(encoding="utf-8")))


def chromium() -> str:
    """The browser."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("Aucun Chromium sur cette machine : les captures ne peuvent pas être prises.")
    return found


def shoot(base: str, password: str, wanted: list[str]) -> None:
    """Take the pictures, all or those named; say which could not be taken, and fail at the end."""
    urllib.request.urlopen(f"{base}/sante", timeout=10).close()  # noqa: S310 - a demonstration on this machine
    TARGET.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--lang=fr-FR"],
            env={**os.environ, "LANGUAGE": "fr", "LANG": "fr_FR.UTF-8"},
        )
        states: dict[str, object] = {}
        for shot in SHOTS:
            if wanted and shot.name not in wanted:
                continue
            try:
                take(browser, shot, base, password, states)
            except Exception as error:
                failed.append(f"{shot.name} : {' '.join(str(error).split())[:300]}")
        browser.close()
    if failed:
        raise SystemExit("Captures manquées :\n" + "\n".join(failed))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="captures à prendre ; toutes par défaut")
    parser.add_argument("--base", help="adresse d'une démonstration en marche")
    parser.add_argument("--data", type=Path, default=Path(".archipel"), help="son dossier (ARCHIPEL_DATA)")
    parser.add_argument("--port", type=int, default=8300, help="port de la démonstration lancée ici")
    given = parser.parse_args()
    if given.base:
        shoot(given.base, password_of(given.data), given.names)
        return
    with own_demo(given.port) as (base, password):
        shoot(base, password, given.names)


if __name__ == "__main__":
    main()
