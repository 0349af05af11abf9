"""What lines would change in the inventory."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archipel.domains.systems.rules.names import resembling, slug
from archipel.domains.systems.values.files import Doubtful, Effect, Line, Planned
from archipel.domains.systems.values.records import Key, Record
from archipel.domains.systems.values.schema import GOLDEN, Kind


def plan(lines: Sequence[Line], known: Mapping[Key, Record]) -> list[Planned]:
    """What each line does to what is known."""
    return [_planned(line, known.get(line.key)) for line in lines]


def _planned(line: Line, before: Record | None) -> Planned:
    content = merged(before.content if before else {}, line.content)
    if before is None:
        return Planned(line, Effect.NOUVEAU, content)
    same = content == dict(before.content)
    return Planned(line, Effect.INCHANGE if same else Effect.MODIFIE, content, before)


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The new fields over the old ones; None erases."""
    return {name: value for name, value in {**old, **new}.items() if value not in (None, "", [])}


def digest(planned: Iterable[Planned]) -> str:
    """Of what would be written: another digest means something else."""
    made = hashlib.sha256()
    for one in planned:
        if one.effect is not Effect.INCHANGE:
            made.update(json.dumps([one.line.key, one.content], ensure_ascii=False, sort_keys=True).encode())
    return made.hexdigest()[:16]


def doubtful(
    lines: Sequence[Line], golden: Mapping[Kind, Mapping[str, str]], aliases: Mapping[tuple[Kind, str], str]
) -> list[Doubtful]:
    """The names of vendors and products that no golden record surely is, the most written first."""
    found: list[Doubtful] = []
    for kind in GOLDEN:
        counts = Counter(
            str(line.content[kind.value])
            for line in lines
            if line.key.kind not in GOLDEN and line.content.get(kind.value)
        )
        here = {line.key.code: str(line.content["nom"]) for line in lines if line.key.kind is kind}
        known = {text: code for (of, text), code in aliases.items() if of is kind}
        found += _unsure(kind, counts, {**golden.get(kind, {}), **here}, known)
    return found


def _unsure(kind: Kind, counts: Counter[str], golden: dict[str, str], known: Mapping[str, str]) -> list[Doubtful]:
    """The unsure names of a kind; a name that resembles a new one of the same file waits for a person too."""
    matches = resembling(counts, golden, known)
    unsure = [match for match in matches.values() if not match.sure]
    made = [Doubtful(kind, m.text, counts[m.text], m.code, m.name, m.score) for m in unsure if m.code]
    new: dict[str, str] = {}
    for match in sorted((m for m in unsure if not m.code), key=lambda m: (-counts[m.text], len(m.text), m.text)):
        near = resembling([match.text], new, {})[match.text]
        if near.sure:
            continue
        if near.code:
            made.append(Doubtful(kind, match.text, counts[match.text], near.code, near.name, near.score, new=True))
        else:
            new[slug(match.text)] = match.text
            made.append(Doubtful(kind, match.text, counts[match.text]))
    return sorted(made, key=lambda one: (-one.score, -one.lines, one.text))
