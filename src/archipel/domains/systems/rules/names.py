"""Names as they are compared, and the golden record that a written name most resembles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

SURE, LIKELY = 97.0, 82.0
"""From 0 to 100: above the first two names are one; between the two a person decides; below they are different."""
_LEGAL = re.compile(r"\b(sas|sasu|sa|sarl|gmbh|inc|ltd|llc|gie|groupe|group|societe|france|software|editions?)\b")
_MARKS = re.compile(r"[^a-z0-9+#]+")
_LETTERS = re.compile(r"\b[a-z](?: [a-z]\b)+")
_VERSION = re.compile(r"\bv(?:ersion)?\s*\d[\d.]*\b")


@lru_cache(maxsize=60_000)
def plain(text: str) -> str:
    """Lower case, without accents nor punctuation: ``Éditeur (S.A.)`` → ``editeur s a``."""
    folded = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("æ", "ae"))
    bare = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    return " ".join(_MARKS.sub(" ", bare).split())


@lru_cache(maxsize=60_000)
def normal(text: str) -> str:
    """A name as two writings of it are compared: plain, without legal form nor version; never empty for a name.

    ``G.A.M. v2 (SAS)`` → ``gam``.
    """
    whole = _LETTERS.sub(lambda found: found[0].replace(" ", ""), plain(text))
    bare = " ".join(_LEGAL.sub(" ", _VERSION.sub(" ", whole)).split())
    return bare or whole


def slug(text: str) -> str:
    """A code made from a name: ``Dossier patient (CHU)`` → ``DOSSIER-PATIENT-CHU``."""
    return plain(text).replace(" ", "-").upper()[:60] or "SANS-NOM"


@dataclass(frozen=True, slots=True)
class Match:
    """A written name, the golden record that it most resembles and how much (0 to 100)."""

    text: str
    code: str
    name: str
    score: float

    @property
    def sure(self) -> bool:
        """Nobody needs to look."""
        return self.score >= SURE

    @property
    def likely(self) -> bool:
        """A person has to say."""
        return LIKELY <= self.score < SURE


def resembling(written: Iterable[str], golden: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Match]:
    """For each written name, the golden record that it means or resembles.

    Args:
        written: names as found in files.
        golden: code → name of the golden records.
        known: normalised name → code, as people validated; "" says that no record is meant.
    """
    codes = list(golden)
    norms = [normal(golden[code]) for code in codes]
    exact = dict(zip(norms, codes, strict=True))
    found: dict[str, Match] = {}
    for text in dict.fromkeys(written):
        norm = normal(text)
        code = known.get(norm) or exact.get(norm)
        if code in golden and code is not None:
            found[text] = Match(text, code, golden[code], 100.0)
        elif norm in known:
            found[text] = Match(text, "", "", 0.0)
        else:
            found[text] = _nearest(text, norm, codes, norms, golden)
    return found


def _nearest(text: str, norm: str, codes: Sequence[str], norms: Sequence[str], golden: Mapping[str, str]) -> Match:
    best = process.extractOne(norm, norms, scorer=_alike, score_cutoff=LIKELY) if norms else None
    if best is None:
        return Match(text, "", "", 0.0)
    code = codes[best[2]]
    return Match(text, code, golden[code], min(float(best[1]), SURE - 0.1))


def _alike(one: str, other: str, **more: object) -> float:
    """The better of letters and words; one name inside the other counts, when it is not a single short word."""
    cutoff = float(str(more.get("score_cutoff") or 0))
    score = max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other))
    if min(len(one), len(other)) >= 5:
        score = max(score, 0.9 * fuzz.token_set_ratio(one, other))
    return score if score >= cutoff else 0.0


def twins(golden: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """Pairs of golden records that seem to be one: (code, code, resemblance), the most alike first."""
    codes = sorted(golden)
    norms = [normal(golden[code]) for code in codes]
    pairs = []
    for rank, norm in enumerate(norms):
        for _, score, other in process.extract(norm, norms[rank + 1 :], scorer=fuzz.token_sort_ratio,
                                               score_cutoff=90.0, limit=5):  # fmt: skip
            pairs.append((codes[rank], codes[rank + 1 + other], round(float(score), 1)))
    return sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))
