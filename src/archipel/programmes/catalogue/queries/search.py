"""The search: what is found, in which order, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from rapidfuzz.distance import DamerauLevenshtein

from archipel.foundation.files import read_yaml, reference_dir
from archipel.programmes.catalogue.rules.search import (
    Raison,
    Synonymes,
    Terme,
    corrected,
    reasons,
    terms,
    tsquery,
)

MOST_NEAR = 3
FIELDS = ("titre", "autres noms ou opérateur", "thème", "description")
"""What the weights A to D of the index stand for."""


@dataclass(frozen=True, slots=True)
class Found:
    """A result: how well it answers (0 to 1), and why."""

    ref: str
    kind: str
    region: str
    title: str
    operators: str
    body: str
    score: float
    raisons: tuple[Raison, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the search answers; ``corriges``: (word, what was looked for instead)."""

    total: int
    found: tuple[Found, ...]
    termes: tuple[Terme, ...]
    corriges: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1)
def synonyms() -> Synonymes:
    """The groups of synonyms of ``reference/recherche/synonymes.yaml``."""
    path = reference_dir() / "recherche" / "synonymes.yaml"
    held = read_yaml(path)
    return Synonymes([[str(text) for text in group] for group in held["groupes"]])


_WHERE = """
    (%(theme)s = '' OR %(theme)s = ANY (themes)) AND (%(kind)s = '' OR kind = %(kind)s)
    AND (%(regions)s::text[] IS NULL OR region = ANY (%(regions)s))
"""
_RANK = "ts_rank('{0.1, 0.25, 0.5, 1.0}', words, to_tsquery('simple', %(wide)s), 1)"
_STRICT = "2 * ts_rank('{0.1, 0.25, 0.5, 1.0}', words, to_tsquery('simple', %(strict)s), 1)"
_HITS = """
WITH hits AS MATERIALIZED (SELECT ref, title, {score} AS score FROM catalogue_document WHERE {where}),
best AS (SELECT * FROM hits ORDER BY score DESC, title, ref LIMIT %(limit)s OFFSET %(offset)s)
SELECT d.ref, d.kind, d.region, d.title, d.operators, d.body, d.stems, b.score, (SELECT count(*) FROM hits)
FROM best b JOIN catalogue_document d ON d.ref = b.ref ORDER BY b.score DESC, b.title, b.ref
"""
_KNOWN = """
SELECT q.word FROM unnest(%s::text[]) AS q(word)
WHERE NOT EXISTS (SELECT 1 FROM catalogue_word w WHERE w.word = q.word)
    AND (length(q.word) <= 3 OR NOT EXISTS (
        SELECT 1 FROM catalogue_word w
        WHERE w.word COLLATE "C" >= q.word COLLATE "C" AND w.word COLLATE "C" < (q.word || '~') COLLATE "C"))
"""
_NEAR = "SELECT word FROM catalogue_word WHERE word %% %s ORDER BY similarity(word, %s) DESC, word LIMIT 12"


def search(
    query: str,
    *,
    theme: str = "",
    kind: str = "",
    regions: Sequence[str] | None = None,
    limit: int = 25,
    offset: int = 0,
) -> Answer:
    """Find aids, offers and feedback.

    Args:
        query: what somebody typed; empty, or made of words that say nothing: everything, by title.
        regions: those whose offers and feedback are shown; the national catalogue always is. None: all.
    """
    asked = terms(query, synonyms())
    near = _near(asked)
    wide = [corrected(term, near) for term in asked]
    values: dict[str, Any] = {
        "theme": theme,
        "kind": kind,
        "regions": None if regions is None else ["", *regions],
        "limit": limit,
        "offset": offset,
        "wide": tsquery(wide),
        "strict": tsquery([Terme(t.mot, t.formes[:1]) for t in wide]),
    }
    exact = values["wide"] == values["strict"]
    score = (_RANK if exact else f"{_RANK} + {_STRICT}") if wide else "0::real"
    where = f"words @@ to_tsquery('simple', %(wide)s) AND {_WHERE}" if wide else _WHERE
    with connection.cursor() as cursor:
        cursor.execute(_HITS.format(score=score, where=where), values)
        rows = cursor.fetchall()
    best = max((row[7] for row in rows), default=0.0) or 1.0
    found = tuple(_found(row, wide, best) for row in rows)
    fixed = tuple((term.mot, term.corrige) for term in wide if term.corrige)
    return Answer(int(rows[0][8]) if rows else 0, found, tuple(wide), fixed)


def _found(row: Sequence[Any], asked: Sequence[Terme], best: float) -> Found:
    ref, kind, region, title, operators, body, stems, score, _ = row
    told = reasons(asked, {name: text.split() for name, text in zip(FIELDS, stems, strict=True)})
    return Found(ref, kind, region, title, operators, body, float(score) / float(best), told)


def _near(asked: Sequence[Terme]) -> dict[str, list[str]]:
    """For each word that no document holds, the words that it may be meant for."""
    typed = sorted({word for term in asked for word in term.formes[0]})
    if not typed:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [typed])
        unknown = [row[0] for row in cursor.fetchall()]
        found = {}
        for word in unknown:
            cursor.execute(_NEAR, [word, word])
            close = [(DamerauLevenshtein.distance(word, other), other) for (other,) in cursor.fetchall()]
            allowed = 1 if len(word) <= 5 else 2
            kept = [other for distance, other in sorted(close) if distance <= allowed][:MOST_NEAR]
            if kept:
                found[word] = kept
    return found
