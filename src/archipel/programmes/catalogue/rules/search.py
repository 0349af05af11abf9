"""Search in French: accents, plurals, synonyms, acronyms and typing errors; and why each result is there.

A word is folded (no accent, no capital, no plural), a query is widened by the synonyms, a word that no document holds
is replaced by those nearest to it. The database does the matching; these are the words that it is given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
STOP = frozenset(
    re.findall(
        r"\w+",
        """a au aux avec c ce ces d dans de des du elle en entre et il ils j je l la le les leur leurs lui m ma mais me
        mes n ne nos notre nous on ou par pas pour qu que qui s sa se ses son sur t ta te tes un une vos votre vous y
        quel quelle quels quelles comment aide aider besoin faire""",
    )
)
"""Words too common to say anything; « aide » is what everything is here."""
MOST_WORDS, LONGEST_QUERY = 12, 200
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu)'")


def folded(text: str) -> str:
    """Without accents, ligatures nor capitals; typographic apostrophes straightened."""
    low = text.lower().replace("œ", "oe").replace("æ", "ae")
    bare = "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c))
    return bare.replace("’", "'").replace("ʼ", "'").lower()


def stem(word: str) -> str:
    """A folded word without its plural: ``hopitaux`` → ``hopital``, ``achats`` → ``achat``, ``medicaux`` → ``medical``.

    Feminine forms meet the masculine: ``medicale`` → ``medical``, ``territoriales`` → ``territorial``.
    """
    if len(word) <= 3 or word.isdigit():
        return word
    if word.endswith("eaux"):
        word = word[:-1]
    elif word.endswith("aux") and len(word) > 4:
        word = word[:-3] + "al"
    elif word.endswith(("s", "x")) and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("elle") and len(word) > 6:
        return word[:-2]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def words(text: str) -> list[str]:
    """The stems of a text, in order, without the words that say nothing."""
    plain = _ELIDED.sub(" ", folded(text)).replace("'", " ")
    return [stem(word) for word in _WORD.findall(plain) if word not in STOP]


@dataclass(frozen=True, slots=True)
class Terme:
    """A word of the query and what stands for it: phrases (each a run of stems), and how they were found."""

    mot: str
    formes: tuple[tuple[str, ...], ...]
    synonymes: tuple[str, ...] = ()
    corrige: tuple[str, ...] = ()


class Synonymes:
    """Groups of words and expressions that mean the same; any of them finds the others."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self.groups = [tuple(group) for group in groups]
        self.index: dict[tuple[str, ...], list[int]] = {}
        for rank, group in enumerate(self.groups):
            for text in group:
                key = tuple(words(text))
                if key:
                    self.index.setdefault(key, []).append(rank)
        self.longest = max((len(key) for key in self.index), default=1)

    def of(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """The other expressions of the groups that hold this one, as they are written."""
        found = [text for rank in self.index.get(key, ()) for text in self.groups[rank] if tuple(words(text)) != key]
        return tuple(dict.fromkeys(found))


def terms(query: str, synonyms: Synonymes) -> list[Terme]:
    """The query as terms: the longest expressions that have synonyms first, then single words."""
    stems = words(query[:LONGEST_QUERY])[:MOST_WORDS]
    found, rank = [], 0
    while rank < len(stems):
        for size in range(min(synonyms.longest, len(stems) - rank), 0, -1):
            key = tuple(stems[rank : rank + size])
            others = synonyms.of(key)
            if others or size == 1:
                forms = tuple(dict.fromkeys([key, *(tuple(words(text)) for text in others)]))
                found.append(Terme(" ".join(key), tuple(form for form in forms if form), others))
                rank += size
                break
    return found


def corrected(term: Terme, near: Mapping[str, Sequence[str]]) -> Terme:
    """The term with the words nearest to those that no document holds; unchanged when it is known as it is."""
    forms, fixed = [], []
    for form in term.formes:
        unknown = [word for word in form if word in near]
        if not unknown:
            forms.append(form)
            continue
        for word in unknown:
            for other in near[word]:
                forms.append(tuple(other if one == word else one for one in form))
                fixed.append(other)
    return Terme(term.mot, tuple(dict.fromkeys(forms)) or term.formes, term.synonymes, tuple(dict.fromkeys(fixed)))


def tsquery(found: Sequence[Terme]) -> str:
    """The terms as PostgreSQL reads them: all of them, each by any of its forms, runs of words in their order."""
    return " & ".join("(" + " | ".join(_phrase(form) for form in term.formes) + ")" for term in found)


def _phrase(form: tuple[str, ...]) -> str:
    return " <-> ".join(f"'{word}':*" if len(word) > 3 else f"'{word}'" for word in form)


@dataclass(frozen=True, slots=True)
class Raison:
    """Why a result is there: a term, the field that holds it, and how it was reached."""

    terme: str
    champ: str
    par: str = ""


def reasons(found: Sequence[Terme], fields: Mapping[str, Sequence[str]]) -> tuple[Raison, ...]:
    """For each term, the first field (given by its stems) that holds one of its forms."""
    told = []
    for term in found:
        for name, stems in fields.items():
            form = next((form for form in term.formes if _holds(stems, form)), None)
            if form is not None:
                told.append(Raison(term.mot, name, _route(term, form)))
                break
    return tuple(told)


def _route(term: Terme, form: tuple[str, ...]) -> str:
    text = " ".join(form)
    if text == term.mot:
        return ""
    if any(word in term.corrige for word in form):
        return f"orthographe : {text}"
    written = next((one for one in term.synonymes if tuple(words(one)) == form), text)
    return f"synonyme : {written}"


def _holds(stems: Sequence[str], form: Sequence[str]) -> bool:
    if len(form) == 1:
        return any(_same(have, form[0]) for have in stems)
    size = len(form)
    return any(
        all(_same(have, want) for have, want in zip(stems[start : start + size], form, strict=True))
        for start in range(len(stems) - size + 1)
        if _same(stems[start], form[0])
    )


def _same(have: str, want: str) -> bool:
    return have == want or (len(want) > 3 and have.startswith(want))
