"""The map of 1,000 applications × 5,000 interfaces and the coverage matrix, in Chromium, against ECharts' own graph.

``make bench B=systems_map`` prints one JSON line per figure. Figures are from the click to what is seen: the browser's
own marks, counted from the start of the navigation. « froid »: the first request of that page since the processes
said that they were ready, in a browser without cache; « tiède »: median of the following ones. The peer draws the same
nodes and links with the graph of ECharts (already vendored) and its force layout, in the same browser, without any
server: from the data in memory to the end of its drawing. A page without table nor map is measured too: what it takes
is the part of the shell, of the browser and of the load of the machine, which the computing time leaves out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from archipel.foundation import postgres, runtime
from bench.browser import session
from bench.machine import family_cpu_seconds, free_port, wait_port

BAR = 1_000
MARK = "() => performance.getEntriesByName('carte-dessinee')[0]?.startTime ?? null"
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
PEER = """async ([source, data]) => {
  const echarts = await import(source);
  const box = document.createElement('div');
  box.style.cssText = 'width:1340px;height:600px';
  document.body.append(box);
  const begin = performance.now();
  const chart = echarts.init(box, null, { renderer: 'canvas' });
  const done = new Promise(resolve => chart.on('finished', resolve));
  chart.setOption({ series: [{ type: 'graph', layout: 'force', force: { layoutAnimation: false, repulsion: 40 },
    animation: false, data: data.noeuds.map(n => ({ name: n[2], symbolSize: 6 })),
    links: data.liens.map(l => ({ source: l[0], target: l[1] })) }] });
  await done;
  const took = performance.now() - begin;
  chart.dispose(); box.remove();
  return took;
}"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--applications", type=int, default=1_000)
    parser.add_argument("--interfaces", type=int, default=5_000)
    parser.add_argument("--turns", type=int, default=7)
    asked = parser.parse_args()
    with site(asked.applications, asked.interfaces) as (address, cpu), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        key = session("services_numeriques")
        for path, name, mark in (
            ("/glossaire/", "page témoin (glossaire)", PAINT),
            ("/systemes/couverture/", "matrice de couverture", PAINT),
            ("/systemes/cartes/flux/", "carte des flux", MARK),
            ("/systemes/cartes/applications/?grouper=membre", "carte des applications", MARK),
        ):
            before = cpu()
            visits = [seen(browser, address, key, path, mark) for _ in range(asked.turns)]
            each = (cpu() - before) / asked.turns * 1_000
            line(f"{name}, froid", round(visits[0]), "ms", f"barre {BAR} ms", round(BAR / visits[0], 2))
            warm = statistics.median(visits[1:])
            line(f"{name}, tiède", round(warm), "ms", f"barre {BAR} ms", round(BAR / warm, 2))
            line(f"{name}, calcul des pages par visite", round(each), "ms", f"charge {os.getloadavg()[0]:.1f}", None)
        page = opened(browser, address, key)
        page.goto(address + "/systemes/cartes/flux/")
        peer(page, warm)
        browser.close()


def peer(page: Page, ours: float) -> None:
    """The same graph by ECharts, in the page of the map (its policy lets it load the vendored module)."""
    data = json.loads(page.locator("archipel-map script").text_content() or "")
    module = page.evaluate("async () => new URL('/static/vendor/echarts.esm.min.js', location).href")
    took = page.evaluate(PEER, [module, data])
    told = f"{len(data['noeuds'])} nœuds, {len(data['liens'])} liens"
    line("graphe d'ECharts, disposition comprise, sans serveur", round(took), "ms", told, round(took / ours, 2))


def opened(browser: Browser, address: str, key: str) -> Page:
    """A page of a browser that has nothing in its cache."""
    context = browser.new_context(viewport={"width": 1366, "height": 850}, locale="fr-FR")
    context.add_cookies([{"name": "sessionid", "value": key, "url": address}])
    return context.new_page()


def seen(browser: Browser, address: str, key: str, path: str, mark: str) -> float:
    """Milliseconds from the start of the navigation to what is measured."""
    page = opened(browser, address, key)
    page.goto(address + path, wait_until="load", timeout=120_000)
    until = time.monotonic() + 60
    while (value := page.evaluate(mark)) is None:
        if time.monotonic() > until:
            raise RuntimeError(f"{page.url} shows nothing: {page.title()}")
        page.wait_for_timeout(20)
    page.context.close()
    return float(value)


@contextmanager
def site(applications: int, interfaces: int) -> Iterator[tuple[str, Callable[[], float]]]:
    """A furnished database and the pages, by granian as in production: address, and CPU seconds of the pages so far."""
    with tempfile.TemporaryDirectory(prefix="archipel-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        os.environ.pop("DATABASE_URL", None)
        os.environ.update(
            ARCHIPEL_DATA=str(folder), ARCHIPEL_SECRET_KEY="bench-" + "k" * 40, ARCHIPEL_SYNTHETIC="1",
            DJANGO_SETTINGS_MODULE="archipel.config.settings", ARCHIPEL_ALLOWED_HOSTS="127.0.0.1",
        )  # fmt: skip
        runtime.boot(folder, owner_pid=os.getpid())
        os.environ["ARCHIPEL_MIGRATED"] = "1"
        furnish(applications, interfaces)
        port = free_port()
        words = ["granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4", "--no-ws"]
        server = subprocess.Popen(
            [sys.executable, "-m", *words, "--log-level", "error", "archipel.config.wsgi:application"]
        )
        try:
            wait_port(port, server)
            address = f"http://127.0.0.1:{port}"
            urllib.request.urlopen(f"{address}/sante", timeout=120).close()  # what starts it waits for this answer
            yield address, lambda: family_cpu_seconds(server.pid)
        finally:
            server.terminate()
            server.wait(20)
            postgres.remove(folder / runtime.CLUSTER)


def furnish(applications: int, interfaces: int, seed: int = 1) -> None:
    """A group at random: twelve members, sixty vendors, two hundred products."""
    from datetime import date

    from archipel.demo.site import scope_for
    from archipel.domains.systems import public as systems
    from archipel.domains.systems.public import Key, Kind, New
    from archipel.foundation.scope import in_scope
    from archipel.territory.public import load_reference
    from archipel.territory.reference import ght as reference_ght

    ght = reference_ght("BFC-03")
    scope, dice, since = scope_for(ght), random.Random(seed), date(2025, 1, 1)
    places = [ej.finess.value for ej in ght.ejs][:12]
    functions = [one.id for one in systems.functions().functions]
    news = []
    for number in range(applications):
        product = dice.randrange(200)
        content = {
            "nom": f"Application {number:04d}", "produit": f"Produit {product:03d}",
            "editeur": f"Éditeur {product % 60}", "fonctions": [functions[product % len(functions)]],
            "hebergement": dice.choice(["interne", "hds", "mutualise"]),
            "utilisateurs": str(dice.randrange(1, 2000)), "cout_licence": str(dice.randrange(1, 200) * 1000),
        }  # fmt: skip
        news.append(New(Key(Kind.APPLICATION, dice.choice(places), f"A{number}"), since, content))
    keys = [one.key for one in news]
    for number in range(interfaces):
        first, second = dice.sample(keys, 2)
        content = {
            "source": first.code, "cible": second.code, "etablissement_cible": second.establishment,
            "norme": dice.choice(["HL7 v2.5", "FHIR R4", "DICOM", "CSV", "HPRIM XML"]), "objet": f"flux {number % 40}",
            "volume_jour": str(dice.randrange(10_000)),
        }  # fmt: skip
        news.append(New(Key(Kind.INTERFACE, first.establishment, f"I{number}"), since, content))
    with in_scope(scope):
        load_reference(scope=scope, ght_code="BFC-03")
        systems.append(scope=scope, news=news, reason="mesure")


def line(name: str, value: float, unit: str, told: str, ratio: float | None) -> None:
    """One line of JSON."""
    made = {"bench": "systems_map", "figure": name, "value": value, "unit": unit, "peer": told, "ratio": ratio}
    print(json.dumps(made, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
