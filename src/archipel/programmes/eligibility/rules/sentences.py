"""The answer in one French sentence, and what to do first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from archipel.programmes.eligibility.values import Answer, Needed, Question, Todo, Way
from archipel.programmes.packs.public import Parce, Verdict

MAX_SHOWN = 3


def decisive(because: Parce) -> Iterator[Parce]:
    """The facts, or the bare conditions, that make a decided answer what it is.

    A condition that holds does so by those under it that hold, one that fails by those that fail; a contrary by the
    opposite ones.
    """
    seen: set[int] = set()
    stack = [because]
    while stack:
        node = stack.pop()
        if id(node) in seen or node.value is None:
            continue
        seen.add(id(node))
        under = [child for child in node.children if child.value is node.value]
        if not under:
            under = [child for child in node.children if child.value is not None]
        if not under:
            yield node
        stack.extend(reversed(under))


@lru_cache(maxsize=4096)
def _inner(label: str) -> str:
    """A label between quotation marks: its own become double ones (« a “b” »)."""
    return re.sub(r"«\s*", "“", re.sub(r"\s*»", "”", label))


def listed(labels: Sequence[str]) -> str:
    """``« a »``, ``« a » et « b »``, ``« a », « b », « c » et 2 autres``."""
    names = list(dict.fromkeys(map(_inner, labels)))
    shown = [f"« {name} »" for name in names[:MAX_SHOWN]]
    rest = len(names) - len(shown)
    if rest > 0:
        return f"{', '.join(shown)} et {rest} autre{'s' if rest > 1 else ''}"
    return " et ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def sentence(
    question: Question, verdict: Verdict, *, because: Sequence[str], missing: Sequence[Needed], told: bool
) -> str:
    """The answer in French.

    Args:
        question: what is asked.
        verdict: the answer.
        because: what makes it so (``condition (value found)``).
        missing: the facts of the smallest set that would decide.
        told: whether anything is known of what the rule reads.
    """
    subject = "La règle" if question.alone else "L'établissement"
    word = "est remplie" if question.alone else "est éligible"
    if verdict is Verdict.OUI:
        return f"{subject} {word}" + (f" : {' ; '.join(because[:MAX_SHOWN])}." if because else ".")
    if verdict is Verdict.NON:
        said = word.replace("est ", "n'est pas ")
        return f"{subject} {said}" + (f" : {' ; '.join(because[:MAX_SHOWN])}." if because else ".")
    against = [one.label for one in missing if one.why == "contredit"]
    hidden = [one.label for one in missing if one.why == "cache"]
    lacking = [one.label for one in missing if one.why in ("manque", "perime")]
    parts = []
    if against:
        parts.append(f"les sources se contredisent sur {listed(against)}")
    if lacking:
        parts.append(f"il manque {listed(lacking)}")
    if hidden:
        parts.append(f"{listed(hidden)} n'est pas visible de votre compte")
    if not parts:
        return "On ne peut pas le dire : la source, ou le périmètre, ne le permet pas."
    start = "On ne sait pas encore" if told else "On ne sait pas"
    return f"{start} : {', et '.join(parts)}."


def todo(answers: Iterable[Answer]) -> list[Todo]:
    """The facts to tell first: those that settle the most unknown answers, alone then with others."""
    alone: dict[Needed, set[str]] = defaultdict(set)
    helps: dict[Needed, set[str]] = defaultdict(set)
    for answer in answers:
        if answer.verdict is not Verdict.INCONNU:
            continue
        where = f"{answer.question.label} ({answer.name})"
        for way in answer.decide:
            for one in way:
                helps[one].add(where)
                if len(way) == 1:
                    alone[one].add(where)
        for way in answer.to_yes:
            for one in way:
                helps[one].add(where)
    found = [
        Todo(one, len(alone[one]), len(where), tuple(sorted(where)))
        for one, where in helps.items()
        if one.why != "cache"
    ]
    return sorted(found, key=lambda t: (-t.helps, -t.alone, t.needed.name, t.needed.label))


def shortest(ways: Sequence[Way]) -> Way:
    """The set with the fewest facts; none when there is no set."""
    return min(ways, key=lambda way: (len(way), [one.label for one in way]), default=())
