"""Loading packs and regional overlays from their files. Nothing here touches the database."""

from __future__ import annotations

from pathlib import Path

from archipel.foundation.files import reference_dir
from archipel.programmes.packs.rules.decoding import decode
from archipel.programmes.packs.rules.problems import PackInvalid, Problem
from archipel.programmes.packs.rules.reading import Table, read
from archipel.programmes.packs.rules.schema import violations
from archipel.programmes.packs.values.pack import Pack, Surcharge


def load_text(text: str, file: str = "") -> Pack:
    """Load a pack from the text of its file.

    Args:
        text: YAML.
        file: name of the file, for the errors.

    Raises:
        PackInvalid: everything that is wrong, each at its line.
    """
    return pack_of(read_document(text, file), file)


def pack_of(document: Table, file: str = "") -> Pack:
    """The pack of a document that :func:`read_document` accepted.

    Raises:
        PackInvalid: it is a regional overlay.
    """
    if "surcharge" in document:
        raise PackInvalid([Problem("surcharge", "ce fichier est une surcharge régionale, pas un pack.", file, 1, 1)])
    return decode(Pack, document)


def load_overlay(text: str, file: str = "") -> Surcharge:
    """Load a regional overlay from the text of its file.

    Raises:
        PackInvalid: everything that is wrong, each at its line.
    """
    return overlay_of(read_document(text, file), file)


def overlay_of(document: Table, file: str = "") -> Surcharge:
    """The overlay of a document that :func:`read_document` accepted.

    Raises:
        PackInvalid: it is a pack.
    """
    if "surcharge" not in document:
        raise PackInvalid([Problem("pack", "ce fichier est un pack, pas une surcharge régionale.", file, 1, 1)])
    return decode(Surcharge, document)


def load_file(path: Path) -> Pack:
    """Load a pack from its file.

    Raises:
        PackInvalid: everything that is wrong, each at its line.
    """
    return load_text(read_text(path), str(path))


def read_document(text: str, file: str = "") -> Table:
    """The raw document, once the schema has accepted it.

    Raises:
        PackInvalid: everything that is wrong, each at its line.
    """
    document = read(text, file)
    problems = violations(document, file)
    if problems:
        raise PackInvalid(problems)
    return document


def read_text(path: Path) -> str:
    """The text of a file, which must be UTF-8.

    Raises:
        PackInvalid: absent, or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PackInvalid([Problem("illisible", f"fichier illisible ({error.strerror}).", str(path))]) from None
    except UnicodeDecodeError as error:
        sentence = f"le fichier n'est pas en UTF-8 (octet {error.start + 1})."
        raise PackInvalid([Problem("encodage", sentence, str(path))]) from None


def shipped_files() -> list[Path]:
    """The packs shipped with the project, ``reference/packs/<pack>/<version>.yaml``, in order."""
    return sorted((reference_dir() / "packs").glob("*/*.yaml"))


def shipped_overlays() -> list[Path]:
    """The overlays shipped with the project, ``reference/packs/<pack>/regions/<region>.yaml``, in order."""
    return sorted((reference_dir() / "packs").glob("*/regions/*.yaml"))
