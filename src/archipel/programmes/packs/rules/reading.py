"""From YAML text to plain values that remember their line.

A narrow YAML: no anchors, no tags, no doubled keys, keys are text. Dates stay text, numbers are exact (int or
Decimal), only ``true`` and ``false`` are booleans, whatever YAML 1.1 thinks of « oui » or « 12:30 ».
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

from archipel.programmes.packs.rules.problems import PackInvalid, Problem, path_text

MAX_BYTES = 4_000_000
MAX_DEPTH = 60

Mark = tuple[int, int]


class Table(dict[str, Any]):
    """A mapping that knows where it, its keys and its values stand (line and column from 1)."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.keys_at: dict[str, Mark] = {}
        self.values_at: dict[str, Mark] = {}


class Rows(list[Any]):
    """A sequence that knows where it and its items stand."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.values_at: list[Mark] = []


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?\d+$", "-+0123456789"),
    ("float", r"^[-+]?\d+\.\d+$", "-+0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern, re.ASCII), list(_first))


def read(text: str, file: str = "") -> Table:
    """Read a document whose root is a mapping.

    Raises:
        PackInvalid: not YAML, or not the narrow YAML above; every place is told.
    """
    if len(text) > MAX_BYTES:
        raise PackInvalid([Problem("trop-gros", f"le fichier dépasse {MAX_BYTES} caractères.", file)])
    _check_depth(text, file)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise PackInvalid([_syntax(error, file)]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PackInvalid([Problem("yaml", f"ce n'est pas du YAML lisible : {error}.", file)]) from None
    if not isinstance(node, yaml.MappingNode):
        raise PackInvalid([Problem("racine", "un pack est une suite de « clé: valeur ».", file, 1, 1)])
    reader = _Reader(file)
    document = reader.value(node, ())
    if reader.problems:
        raise PackInvalid(reader.problems)
    return document  # type: ignore[no-any-return]


def _check_depth(text: str, file: str) -> None:
    """Refuse nesting that no pack needs, before the recursive parser meets it."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    line = event.start_mark.line + 1 if event.start_mark else 0
                    raise PackInvalid([Problem("profondeur", f"plus de {MAX_DEPTH} niveaux imbriqués.", file, line)])
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth -= 1
    except yaml.MarkedYAMLError as error:
        raise PackInvalid([_syntax(error, file)]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise PackInvalid([Problem("yaml", f"ce n'est pas du YAML lisible : {error}.", file)]) from None


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = " ".join(str(part) for part in (error.context, error.problem) if part)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem("yaml", f"syntaxe YAML : {what} (colonne {column}).", file, line, column)


class _Reader:
    """Turns nodes into values, keeping every problem met."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def fail(self, node: yaml.Node, path: tuple[str | int, ...], code: str, sentence: str) -> None:
        mark = node.start_mark
        self.problems.append(Problem(code, sentence, self.file, mark.line + 1, mark.column + 1, path_text(path)))

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        if id(node) in self.seen:
            self.fail(node, path, "alias", "les ancres et renvois YAML (& et *) ne sont pas admis : écrivez la valeur.")
            return None
        self.seen.add(id(node))
        mark = (node.start_mark.line + 1, node.start_mark.column + 1)
        if not node.tag.startswith("tag:yaml.org,2002:"):
            self.fail(node, path, "etiquette", f"l'étiquette YAML « {node.tag} » n'est pas admise.")
        if isinstance(node, yaml.SequenceNode):
            rows = Rows(mark)
            for index, item in enumerate(node.value):
                rows.append(self.value(item, (*path, index)))
                rows.values_at.append((item.start_mark.line + 1, item.start_mark.column + 1))
            return rows
        return self.table(node, Table(mark), path)

    def table(self, node: yaml.Node, table: Table, path: tuple[str | int, ...]) -> Table:
        for key_node, value_node in node.value:
            key = self.scalar(key_node, path) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self.fail(key_node, path, "cle", "une clé est un mot ; celle-ci n'en est pas un.")
                continue
            if key in table:
                first = table.keys_at[key][0]
                self.fail(key_node, path, "cle-double", f"la clé « {key} » est déjà écrite ligne {first}.")
                continue
            table.keys_at[key] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            table.values_at[key] = (value_node.start_mark.line + 1, value_node.start_mark.column + 1)
            table[key] = self.value(value_node, (*path, key))
        return table

    def scalar(self, node: yaml.ScalarNode, path: tuple[str | int, ...]) -> Any:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        text: str = node.value
        if kind == "str":
            return text
        if kind == "int" and len(text) <= 30:
            return int(text)
        if kind == "float" and len(text) <= 40:
            return Decimal(text)
        if kind == "bool":
            return text == "true"
        if kind == "null":
            return None
        self.fail(node, path, "etiquette", f"« {text[:40]} » n'est ni un texte, ni un nombre, ni vrai ou faux.")
        return None


def place(document: Table, path: tuple[str | int, ...]) -> Mark:
    """Where the value at that path stands; that of its nearest container where it is absent."""
    node: Any = document
    mark = document.mark
    for part in path:
        if isinstance(node, Table) and isinstance(part, str) and part in node:
            mark = node.values_at.get(part, node.mark)
        elif isinstance(node, Rows) and isinstance(part, int) and part < len(node):
            mark = node.values_at[part]
        else:
            break
        node = node[part]
    return mark
