"""Charts in a real browser: drawn from their tables under the strict policy, saved, printed, accessible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from archipel.foundation.accounts.roles import Role
from tests.db.test_events import session_of
from tests.e2e.test_ui_components import browser, opened, site  # noqa: F401 - fixtures

pytestmark = pytest.mark.e2e
WHERE = "/galerie/graphiques"
SERIES = [3, 1, 1, 2, 2, 2, 1]


def open_charts(browser: Browser, site: str, key: str, **options: Any) -> tuple[Page, list[str]]:  # noqa: F811
    """The page of charts, once they are drawn."""
    page, complaints = opened(browser, site, key, WHERE, **options)
    expect(page.locator("archipel-chart[data-dessine] svg")).to_have_count(len(SERIES))
    return page, complaints


def saved(page: Page, chart: Locator, kind: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        chart.get_by_role("button", name=kind).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def named(page: Page, name: str) -> Locator:
    return page.locator(f"archipel-chart[data-name='{name}']")


def test_charts(browser: Browser, site: str) -> None:  # noqa: F811
    key = session_of("cellule", Role.CELLULE_TERRITORIALE, "*")
    page, complaints = open_charts(browser, site, key, color_scheme="light")
    counts = page.locator("archipel-chart").evaluate_all("all => all.map(c => Number(c.dataset.dessine))")
    assert counts == SERIES
    direct_labels_or_a_key(page)
    keys_say_the_values(page)
    bars_begin_at_zero(page)
    the_chart_follows_the_table(page)
    saving(page)
    theme_and_paper(page)
    assert complaints == []


def direct_labels_or_a_key(page: Page) -> None:
    cash = named(page, "tresorerie")
    expect(cash.locator("svg")).to_contain_text("Seconde échéance")
    expect(cash.locator(".graphique-cle")).to_be_hidden()
    expect(named(page, "maturite").locator(".graphique-cle li")).to_have_text(["2025", "2026"])
    expect(named(page, "passages").locator("svg")).to_contain_text("Capacité")
    expect(named(page, "membres").locator("svg")).to_contain_text("CH <b>d'essai</b>")


def keys_say_the_values(page: Page) -> None:
    """An unknown value is said, never drawn as a zero; the bounds are said too."""
    cash, passages = named(page, "tresorerie"), named(page, "passages")
    cash.locator(".graphique-toile").focus()
    page.keyboard.press("End")
    expect(cash.locator("[aria-live]")).to_contain_text("2028 : Première échéance 10")
    expect(cash.locator("[aria-live]")).to_contain_text("Solde cumulé inconnu")
    page.keyboard.press("ArrowLeft")
    expect(cash.locator("[aria-live]")).to_contain_text("Solde cumulé -3")
    passages.locator(".graphique-toile").focus()
    page.keyboard.press("ArrowRight")
    said = "01/01/2026 : 100 passages (entre 90 passages et 110 passages)"
    expect(passages.locator("[aria-live]")).to_have_text(said)
    assert "passages" in (passages.locator(".graphique-toile").get_attribute("aria-label") or "")


def bars_begin_at_zero(page: Page) -> None:
    heights = named(page, "plafonds").locator("svg").evaluate(
        """svg => {
          const colour = getComputedStyle(document.body).getPropertyValue('--a-serie-a').trim();
          const bars = [...svg.querySelectorAll('path')].filter(p => p.getAttribute('fill') === colour);
          return bars.map(p => p.getBBox().height);
        }"""
    )  # fmt: skip
    assert len(heights) == 4
    assert heights[3] / heights[0] == pytest.approx(205 / 35, rel=0.02)


def the_chart_follows_the_table(page: Page) -> None:
    chart = named(page, "unites")
    expect(chart.locator("svg")).to_contain_text("Gériatrie")
    expect(chart.locator("svg")).not_to_contain_text("Ensemble")
    chart.get_by_label("Filtrer").fill("cardio")
    expect(chart.locator("svg")).not_to_contain_text("Gériatrie")
    expect(chart.locator("svg")).to_contain_text("Cardiologie")


def saving(page: Page) -> None:
    """The picture carries its title, unit and source; the file is one that a French spreadsheet opens."""
    cash = named(page, "tresorerie")
    name, svg = saved(page, cash, "SVG")
    assert name.startswith("tresorerie-") and name.endswith(".svg")
    for told in ("Trésorerie par année", "en €", "jeu d", "Première échéance"):
        assert told in svg.decode(), told
    _, png = saved(page, cash, "PNG")
    assert png.startswith(b"\x89PNG") and int.from_bytes(png[16:20], "big") == 2200
    _, csv = saved(page, cash, "CSV")
    assert csv.decode("utf-8-sig").splitlines() == [
        "Année;Première échéance;Seconde échéance;Solde cumulé",
        "2026;42500;0;12000",
        "2027;0;42500;-3000",
        "2028;10000;25000;inconnu",
    ]
    _, csv = saved(page, named(page, "membres"), "CSV")
    assert "CH <b>d'essai</b>;inconnu;12000" in csv.decode()


def theme_and_paper(page: Page) -> None:
    caps = named(page, "plafonds").locator("svg")
    light = page.evaluate("getComputedStyle(document.body).getPropertyValue('--a-serie-a').trim()")
    expect(caps.locator(f"path[fill='{light}']")).to_have_count(4)
    page.get_by_label("Thème").select_option("dark")
    expect(caps.locator(f"path[fill='{light}']")).to_have_count(0)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(caps.locator("path[fill='#0b4a8f']")).to_have_count(4)
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(caps.locator("path[fill='#0b4a8f']")).to_have_count(0)


def the_ink_follows_at_once(page: Page) -> None:
    """Without motion, a change of theme reaches the deepest cell at once.

    A transition on every element, even of the least length, makes an inherited colour wait at each level.
    """
    before, *after = page.evaluate(
        """() => {
          const root = document.documentElement, was = root.dataset.bsTheme;
          const inks = () => ["body", "archipel-chart tbody td", ".graphique-tableau tbody th"]
            .map(where => getComputedStyle(document.querySelector(where)).color);
          const [before] = inks();
          root.dataset.bsTheme = was === "dark" ? "light" : "dark";
          const after = inks();
          root.dataset.bsTheme = was;
          return [before, ...after];
        }"""
    )
    assert len(set(after)) == 1 and before not in after, (before, after)


def test_charts_are_for_everybody(browser: Browser, site: str) -> None:  # noqa: F811
    """axe in light, dark, on a phone, at 400 % zoom; nothing overflows; without scripts the table says it all."""
    key = session_of("cellule", Role.CELLULE_TERRITORIALE, "*")
    for scheme, width in (("light", 1366), ("dark", 1366), ("dark", 390), ("light", 320)):
        size = {"width": width, "height": 800}
        page, _ = open_charts(browser, site, key, color_scheme=scheme, viewport=size, reduced_motion="reduce")
        the_ink_follows_at_once(page)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], (scheme, width)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (scheme, width)
        page.context.close()
    context = browser.new_context(base_url=site, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
    page = context.new_page()
    page.goto(WHERE)
    expect(page.get_by_role("row", name="2027 0 42")).to_be_visible()
    context.close()
