"""PostgreSQL array literals, written by whole columns: much quicker than adapting values one by one.

They are passed as one text parameter each, then cast: ``unnest(%s::text[], %s::timestamptz[])``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

_MARK = "\x1f"


def text_array(values: Sequence[str | None]) -> str:
    """A PostgreSQL array literal of texts; much quicker than quoting them one by one."""
    if None in values:
        return "{" + ",".join("NULL" if v is None else _quoted(v) for v in values) + "}"
    joined = _MARK.join(values)  # type: ignore[arg-type]
    if not values or joined.count(_MARK) != len(values) - 1:
        return "{" + ",".join(_quoted(v or "") for v in values) + "}"
    if "\\" in joined or '"' in joined:
        joined = joined.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + joined.replace(_MARK, '","') + '"}'


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def plain_array(values: Sequence[Any]) -> str:
    """A literal for numbers and booleans."""
    return "{" + ",".join("NULL" if v is None else str(v) for v in values) + "}"


def time_array(values: Sequence[Any]) -> str:
    """A literal for dates and times."""
    return "{" + ",".join("NULL" if v is None else f'"{v.isoformat()}"' for v in values) + "}"


def bytes_array(values: Sequence[bytes]) -> str:
    """A literal for ``bytea[]``."""
    if not values:
        return "{}"
    return '{"\\\\x' + '","\\\\x'.join(value.hex() for value in values) + '"}'


LITERALS: dict[str, Callable[[Sequence[Any]], str]] = {
    "text": text_array,
    "jsonb": text_array,
    "bigint": plain_array,
    "integer": plain_array,
    "double precision": plain_array,
    "boolean": plain_array,
    "timestamptz": time_array,
    "date": time_array,
}


def literals_of(kind: str) -> tuple[str, Callable[[Sequence[Any]], str]]:
    """(type that carries a column of this type through ``unnest``, what writes its literal).

    ``unnest`` flattens arrays of arrays: a column of arrays goes as texts, to be cast row by row.
    """
    if not kind.endswith("[]"):
        return kind, LITERALS[kind]
    one = LITERALS[kind[:-2]]
    return "text", lambda values: text_array([None if value is None else one(value) for value in values])


def pairs(keys: Iterable[tuple[str, str]]) -> list[str]:
    """Two array literals for ``unnest(%s::text[], %s::text[])``."""
    listed = list(keys)
    return [text_array([key[0] for key in listed]), text_array([key[1] for key in listed])]
