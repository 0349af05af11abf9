"""What is wrong with a pack, said so that its author finds the place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archipel.kernel.errors import Invalid


class Problem(NamedTuple):
    """One thing wrong: where (file, line and column from 1, path in the document) and a French sentence.

    ``warning``: worth looking at, but the pack can be used as it is.
    """

    code: str
    sentence: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = self.file or "pack"
        if self.line:
            place += f", ligne {self.line}"
        if self.path:
            place += f", {self.path}"
        return f"{place} : {self.sentence}"


class PackInvalid(Invalid):
    """A pack that cannot be accepted; ``problems`` tells everything that was found, in the order of the file."""

    code = "pack-invalide"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.file, one.line, one.column)))
        shown = "\n".join(map(str, self.problems))
        super().__init__(f"{count(len(self.problems), 'défaut')} dans le pack :\n{shown}")


def count(number: int, noun: str) -> str:
    """``1 défaut``, ``2 défauts``."""
    return f"{number} {noun}{'s' if number > 1 else ''}"


def path_text(path: Sequence[str | int], root: object = None) -> str:
    """A path in a document as people read it: ``regles[rattrapage].si``; lines with an id are named by it."""
    text, node = "", root
    for part in path:
        try:
            node = node[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(part, int):
            name = node.get("id") if isinstance(node, dict) else None
            text += f"[{name if isinstance(name, str) else part + 1}]"
        else:
            text += f".{part}" if text else str(part)
    return text
