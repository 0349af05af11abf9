"""The search of the catalogue at 10,000 entries: time per query, against a plain ILIKE scan; what each finds.

``make bench B=catalogue`` prints one JSON line per figure. The real entries come first; the others are made of their
own words, drawn at random from a fixed seed. Each query is timed on a warm connection, the search whole: synonyms,
correction, matching, ranking, reasons.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable

from bench.machine import database

QUERIES = (
    "PUI", "pharmacies", "GPEC", "schéma directeur SI", "biologie coopération", "biolgie",
    "harmonisation dossier patient", "achats marchés", "DIM", "retour d'expérience imagerie", "formatoin",
    "convention constitutive",
)  # fmt: skip
SCAN = """
SELECT ref FROM catalogue_document
WHERE (SELECT bool_and(title || ' ' || other_names || ' ' || operators || ' ' || theme_words || ' ' || body
    ILIKE '%%' || w || '%%') FROM unnest(%s::text[]) AS w)
ORDER BY title LIMIT 25
"""
BAR = 50.0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with database():
        measure(asked.entries, asked.rounds)


def measure(entries: int, rounds: int) -> None:
    """Fill the index, then ask."""
    from django.db import connection

    from archipel.foundation.scope import in_scope, system_scope
    from archipel.programmes.catalogue.queries.search import search
    from archipel.programmes.catalogue.services import index

    with in_scope(system_scope("bench", [])):
        index.refresh(force=True)
        real = index.entries()
        begin = time.perf_counter()
        index.add(invented(real, entries - len(real)), index.state())
        say("remplir l'index", (time.perf_counter() - begin) * 1000, "ms", f"{entries} entrées")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE catalogue_document; ANALYZE catalogue_word")

        def ours(query: str) -> int:
            return search(query).total

        def scan(query: str) -> int:
            with connection.cursor() as cursor:
                cursor.execute(SCAN, [query.split()])
                return len(cursor.fetchall())

        every, others = [], []
        for query in QUERIES:
            mine, found = timed(ours, query, rounds)
            plain, seen = timed(scan, query, rounds)
            every += mine
            others += plain
            took, other = statistics.median(mine), statistics.median(plain)
            say(f"« {query} » : {found} réponses", took, "ms", f"ILIKE, {seen} réponses", other / took)
        worst = sorted(every)[int(len(every) * 0.95)]
        say("95e centile, toutes requêtes", worst, "ms", f"bar {BAR:g} ms", BAR / worst)
        say("médiane, toutes requêtes", statistics.median(every), "ms", "ILIKE",
            statistics.median(others) / statistics.median(every))  # fmt: skip


def timed(ask: Callable[[str], int], query: str, rounds: int) -> tuple[list[float], int]:
    """Milliseconds of each round, after one to warm up; and how many results."""
    found = ask(query)
    spent = []
    for _ in range(rounds):
        begin = time.perf_counter()
        ask(query)
        spent.append((time.perf_counter() - begin) * 1000)
    return spent, found


def invented(real: list[object], count: int) -> list[object]:
    """Entries made of the words of the real ones."""
    from archipel.programmes.catalogue.services.index import Entry

    dice = random.Random(7)
    words = [word for entry in real for word in f"{entry.title} {entry.body}".split()]  # type: ignore[attr-defined]
    made: list[object] = []
    for rank in range(count):
        model = dice.choice(real)
        title = " ".join(dice.choices(words, k=dice.randint(3, 8)))
        body = " ".join(dice.choices(words, k=dice.randint(30, 90)))
        made.append(
            Entry(f"invente/{rank}", model.kind, "", title, "", model.operators, model.themes, model.theme_words, body)  # type: ignore[attr-defined]
        )
    return made


def say(figure: str, value: float, unit: str, peer: str = "", ratio: float | None = None) -> None:
    """One line of JSON."""
    line = {"bench": "catalogue", "figure": figure, "value": round(value, 2), "unit": unit, "peer": peer,
            "ratio": None if ratio is None else round(ratio, 2)}  # fmt: skip
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
