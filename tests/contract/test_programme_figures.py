"""The figures and dates of the sources, read from the packs and compared with a list written from the sources alone.

``figures/programmes.csv`` was written by reading the sources, without the packs. ``figures/programmes_lieux.csv`` says
where a pack holds each figure. A place is a path (``a.b[id=x].c``, ``*`` for every element) and how it is compared:
nothing, equal; ``#``, the count (``#!`` of distinct ones); ``^``, the beginning of a date; ``~``, written in the text
there (``~V`` after a V, ``~,`` each word of a list, ``~mois`` a month in words, ``~session-n`` the days of a session).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent / "figures"
PACKS = Path(__file__).parents[2] / "reference" / "packs"
STEP = re.compile(r"(\*|\w+)(?:\[(\w+)=([^\]]+)\])?")
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def lines(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=";"))


@cache
def pack(name: str) -> Any:
    """The first version of a pack, the one that its source made."""
    return yaml.safe_load(min((PACKS / name).glob("*.yaml")).read_text("utf-8"))


def found(node: Any, path: str) -> Iterator[Any]:
    """Whatever stands at the path."""
    if not path:
        yield node
        return
    match = STEP.match(path)
    assert match, path
    name, key, value = match.groups()
    rest = path[match.end() :].lstrip(".")
    inside = list(node) if name == "*" else [node[name]] if isinstance(node, dict) and name in node else []
    for one in inside:
        chosen = [item for item in one if str(item.get(key)) == value] if key else [one]
        for item in chosen:
            yield from found(item, rest)


def flat(values: list[Any]) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def plain(text: object) -> str:
    """Without accents, case, plural marks of adjectives, nor spaces of typography."""
    folded = unicodedata.normalize("NFKD", str(text).replace("\u00a0", " ").replace("\u202f", " ").casefold())
    return "".join(c for c in folded if not unicodedata.combining(c))


def days(values: list[Any], prefix: str) -> list[date]:
    return [day for one in flat(values) if one["id"].startswith(prefix) for day in (one["du"], one["au"])]


def holds(values: list[Any], how: str, expected: str) -> tuple[bool, object]:
    """Whether the pack says what is expected, and what it says."""
    if how in ("#", "#!"):
        some = flat(values)
        return (count := len(set(some)) if how == "#!" else len(some)) == int(expected), count
    if how == "^":
        return str(values[0]).startswith(expected), values[0]
    if how.startswith("~session"):
        said = " ".join(map(str, days(values, how[1:] + "-")))
        return said == expected, said
    text = plain(values)
    if how == "~,":
        missing = [word for word in expected.split(", ") if not all(plain(w).rstrip("s") in text for w in word.split())]
        return not missing, missing
    if how == "~mois":
        year, month = expected.split("-")
        return plain(f"{MONTHS[int(month) - 1]} {year}") in text, text
    if how.startswith("~"):
        return plain(how[1:] + expected) in text, text[:200]
    said = flat(values)
    if re.fullmatch(r"[\d.]+", expected):
        return len(said) == 1 and float(said[0]) == float(expected), said
    return " ".join(map(str, said)) == expected, said


FIGURES = lines("programmes.csv")
PLACES = {line["id"]: line for line in lines("programmes_lieux.csv")}


def test_every_figure_has_its_place() -> None:
    assert [line["id"] for line in FIGURES] == list(PLACES)
    assert len(FIGURES) > 140


@pytest.mark.parametrize("figure", FIGURES, ids=[line["id"] for line in FIGURES])
def test_the_pack_says_what_the_source_says(figure: dict[str, str]) -> None:
    place = PLACES[figure["id"]]
    path, how = re.fullmatch(r"(.*?)(?: ([#^~]\S*))?", place["lieu"]).groups(default="")
    values = list(found(pack(place["pack"]), path))
    assert values, f"{place['pack']} : rien à {path}"
    same, said = holds(values, how, figure["valeur"])
    assert same, f"{figure['quoi']} ({figure['source']}) : {figure['valeur']} attendu, {said} dans {place['pack']}"


def test_the_quotas_and_shares_add_up() -> None:
    quota = next(found(pack("plan-accompagnement-2016"), "catalogue.dispositifs[id=uniha-appui].quota"))
    assert sum(one["nombre"] for one in quota["par_region"]) == quota["total"]
    for series in pack("hopital-numerique")["series"]:
        assert sum(one["valeur"] for one in series["valeurs"]) == 100
    assert sum(part["part"] for part in pack("hopen2-aap")["financement"]["echeances"]) == 1


@pytest.mark.parametrize("how,expected", [("", "43"), ("#", "3"), ("^", "2017"), ("~", "absent"), ("~,", "gériatrie")])
def test_a_wrong_figure_would_be_found(how: str, expected: str) -> None:
    assert not holds([["2016-05-01", 42]] if how == "#" else [date(2016, 5, 1)] if how == "^" else [44], how, expected)[
        0
    ]
