"""An inventory of 10,000 rows, a tenth of them at fault: trial and writing, against saying the rows one by one.

``make bench B=systems_import`` prints one JSON line per figure. The peer writes each row with the service of the form
(``say``), which reads the inventory again each time; it is measured on a sample and extended to the whole, which
favours it: its cost grows with what is already there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import tempfile
import time
from pathlib import Path

from archipel.foundation import postgres, runtime

ESTABLISHMENTS = ("210780581", "520780057")
BAR = 10.0


def spreadsheet(rows: int, seed: int = 1) -> bytes:
    """A spreadsheet at random: nine rows in ten are good."""
    dice = random.Random(seed)
    names = ["DPI", "Labo", "Imagerie", "Paie", "Stocks", "Bloc", "Urgences", "Qualité"]
    lines = [
        "Établissement;Code;Logiciel;Produit;Éditeur;Domaine fonctionnel;Nb utilisateurs;Maintenance;MES;Hébergement"
    ]
    for number in range(rows):
        product, vendor = dice.randrange(300), dice.randrange(80)
        cells = [
            ESTABLISHMENTS[number % 2],
            f"A{number}",
            f"{dice.choice(names)} {number}",
            f"Produit {product:03d}x{product * 7}",
            f"Éditeur {vendor:02d}y{vendor * 13}",
            dice.choice(["dpi", "paie", "laboratoire", "PACS", "GMAO"]),
            str(dice.randrange(2000)),
            f"{dice.randrange(200)} 000,50 €",
            f"{dice.randint(1, 28):02d}/06/2019",
            "Interne",
        ]
        if number % 10 == 9:
            fault = dice.randrange(4)
            cells[(0, 6, 8, 9)[fault]] = ("nulle part", "beaucoup", "31/02/2020", "sur la Lune")[fault]
        lines.append(";".join(cells))
    return "\n".join(lines).encode()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=60)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="archipel-bench-"))
    os.environ.pop("DATABASE_URL", None)
    runtime.boot(folder, owner_pid=os.getpid())
    try:
        measure(asked.rows, asked.sample)
    finally:
        postgres.remove(folder / runtime.CLUSTER)
        shutil.rmtree(folder, ignore_errors=True)


def measure(rows: int, sample: int) -> None:
    """The trial, the peer on an inventory still almost empty, then the writing."""
    from archipel.domains.systems import public as systems
    from archipel.foundation.scope import in_scope, system_scope

    scope, raw = system_scope("bench", ESTABLISHMENTS), spreadsheet(rows)
    begin = time.perf_counter()
    with in_scope(scope):
        number = systems.receive(scope=scope, name="bench.csv", raw=raw)
        made = systems.trial(scope=scope, number=number)
    tried = time.perf_counter() - begin
    good, wrong = len(made.planned), len(made.problems)
    assert good + wrong == rows and wrong == rows // 10, (good, wrong)
    line("essai à blanc", round(tried, 2), "s", f"{good} bonnes lignes, {wrong} fautives", None)
    begin = time.perf_counter()
    with in_scope(scope):
        for one in made.planned[:sample]:
            key = one.line.key
            systems.say(
                scope=scope,
                kind=key.kind,
                establishment=key.establishment,
                code="N" + key.code,
                content=one.content,
            )
    naive = (time.perf_counter() - begin) / sample * good
    begin = time.perf_counter()
    with in_scope(scope):
        written = systems.apply(scope=scope, number=number, expected=made.digest)
    took = tried + time.perf_counter() - begin
    line(f"{rows} lignes, essai et enregistrement", round(took, 2), "s", f"bar {BAR:g} s", round(BAR / took, 2))
    line("énoncés par seconde", round(written / took), "énoncés/s", "", None)
    line("ligne par ligne", round(naive, 1), "s", f"extrapolé de {sample} lignes", round(naive / took, 1))


def line(name: str, value: float, unit: str, peer: str, ratio: float | None) -> None:
    """One line of JSON."""
    told = {"bench": "systems_import", "figure": name, "value": value, "unit": unit, "peer": peer, "ratio": ratio}
    print(json.dumps(told, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
