"""Parameters that an installation may replace: documented TOML files, read with errors that name the key."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archipel.foundation.files import reference_dir
from archipel.kernel.errors import Invalid, NotFound


def path_of(variable: str, shipped: str) -> Path:
    """The file in force.

    Args:
        variable: the environment variable that may name another file.
        shipped: the path of ours, below ``reference/``.
    """
    given = os.environ.get(variable, "")
    return Path(given) if given else reference_dir() / shipped


def load(path: Path, prefix: str) -> dict[str, Any]:
    """A TOML document.

    Args:
        path: the file.
        prefix: begins the codes of the errors.

    Raises:
        NotFound: the file is not there. Invalid: it is not TOML.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError:
        raise NotFound(f"Le fichier de paramètres {path} est absent.", code=f"{prefix}-absente") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path.name} n'est pas un TOML lisible ({error}).", code=f"{prefix}-illisible") from None


class Reader:
    """Typed reading of a document; every error tells the file, the key, what was found and what was expected."""

    def __init__(self, name: str, prefix: str) -> None:
        """Read the file called ``name``; ``prefix`` begins the codes of the errors."""
        self.name, self.prefix = name, prefix

    def wrong(self, key: str, found: object, expected: str) -> Invalid:
        """The error to raise."""
        text = f"{self.name}, clé « {key} » : trouvé « {str(found)[:60]} », attendu {expected}."
        return Invalid(text, code=f"{self.prefix}-invalide")

    def only(self, table: Mapping[str, Any], known: set[str], where: str = "") -> None:
        """Refuse a key that is not known. Raises Invalid."""
        for key in table:
            if key not in known:
                raise self.wrong(f"{where}{key}", key, f"une de {', '.join(sorted(known))}")

    def table(self, document: Mapping[str, Any], key: str, known: set[str] | None = None) -> Mapping[str, Any]:
        """A table, empty when it is not there; with the known keys only, where they are given. Raises Invalid."""
        table = document.get(key, {})
        if not isinstance(table, dict):
            raise self.wrong(key, table, "une table")
        if known is not None:
            self.only(table, known, f"{key}.")
        return table

    def whole(
        self, table: Mapping[str, Any], key: str, default: int | None = None, *, least: int | None = None,
        most: int | None = None,
    ) -> int:  # fmt: skip
        """A whole number between bounds; ``key`` may be the whole path, its last part is looked up. Raises Invalid."""
        value = table.get(key.rpartition(".")[2], default)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or (least is not None and value < least) or (most is not None and value > most):
            bounds = "" if least is None or most is None else f" de {least} à {most}"
            raise self.wrong(key, value, f"un nombre entier{bounds}")
        return int(value)

    def number(self, table: Mapping[str, Any], key: str, default: float | None = None) -> float:
        """A number, zero or more; ``key`` as for :meth:`whole`. Raises Invalid."""
        value = table.get(key.rpartition(".")[2], default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.wrong(key, value, "un nombre positif")
        return float(value)
