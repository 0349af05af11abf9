"""Where the files shipped beside the code are found."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml

from archipel.kernel.errors import NotFound

_MARK = Path("territory") / "ght.csv"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The reader written in C where it is there: a page that reads a reference file for the first time does not wait."""


def reference_dir() -> Path:
    """Return the folder of reference data.

    Looked for in this order: the environment variable ``ARCHIPEL_REFERENCE_DIR``, the ``reference`` folder of the
    checkout that holds this file, then ``share/archipel/reference`` under ``sys.prefix`` (an installed package).

    Raises:
        NotFound: none of them holds the reference data.
    """
    given = os.environ.get("ARCHIPEL_REFERENCE_DIR")
    if given:
        if not (Path(given) / _MARK).is_file():
            raise NotFound(
                f"ARCHIPEL_REFERENCE_DIR désigne « {given} », où « {_MARK} » est absent.", code="reference-absente"
            )
        return Path(given)
    candidates = [parent / "reference" for parent in Path(__file__).resolve().parents]
    candidates.append(Path(sys.prefix) / "share" / "archipel" / "reference")
    for candidate in candidates:
        if (candidate / _MARK).is_file():
            return candidate
    raise NotFound(
        "Les données de référence sont introuvables : indiquez leur dossier dans ARCHIPEL_REFERENCE_DIR.",
        code="reference-absente",
    )


def read_yaml(path: Path) -> Any:
    """What a YAML file of the reference says (texts, numbers, lists and tables only).

    Raises:
        OSError: unreadable.
        yaml.YAMLError: not YAML; the message names line and column.
    """
    return yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - the safe loader, in C
