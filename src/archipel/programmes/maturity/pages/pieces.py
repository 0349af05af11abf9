"""The evidence of an answer that is a document of the proof room: chosen, linked, and told when it has lapsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from archipel.kernel.errors import Invalid
from archipel.programmes.maturity import public as maturity
from archipel.programmes.proof.public import HeldPiece, held_pieces

PREFIX = "piece:"
"""A reference to a document of the proof room: ``piece:<n°>``; any other is free text."""
_WORDS = {
    "perime": ("perime", "Périmée"),
    "bientot": ("en_cours", "Bientôt périmée"),
    "a_venir": ("en_cours", "À venir"),
    "valable": ("prouve", "Valable"),
    "retire": ("abandonne", "Retirée"),
}

Known = Mapping[int, HeldPiece]


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence on the screen: its link, its state (chip, word, first day without effect)."""

    said: maturity.Evidence
    url: str = ""
    chip: str = ""
    word: str = ""
    lapses: date | None = None


def known(establishments: Iterable[str]) -> dict[int, HeldPiece]:
    """Number → document of the proof room that concerns the establishments, as far as the scope sees."""
    return {one.number: one for one in held_pieces(establishments)}


def offered(found: Known, day: date) -> list[tuple[int, str]]:
    """Those that may be chosen, the title with what is to be known of it."""
    alive = [one for one in found.values() if not one.withdrawn]
    return [(one.number, f"{one.title} ({_WORDS[one.state(day)][1].lower()}, {one.effective_on:%d/%m/%Y})")
            for one in sorted(alive, key=lambda one: (one.title, one.number))]  # fmt: skip


def chosen(found: Known, text: str) -> maturity.Evidence | None:
    """The piece of evidence that a form points at; None when it points at nothing.

    Raises:
        Invalid: a document that is not there, was withdrawn, or is not seen.
    """
    if not text:
        return None
    one = found.get(int(text)) if text.isascii() and text.isdigit() else None
    if one is None or one.withdrawn:
        raise Invalid(
            f"La pièce n° {text[:20]} n'est pas dans la salle de preuve de cet établissement, ou a été retirée.",
            code="piece", field="piece",
        )  # fmt: skip
    return maturity.Evidence(one.title[:300], f"{PREFIX}{one.number}", one.effective_on.isoformat())


def shown(evidence: Iterable[maturity.Evidence], found: Known, day: date) -> list[Shown]:
    """The evidence of an answer, the documents linked and with their state of that day."""
    return [_shown(one, found, day) for one in evidence]


def _shown(said: maturity.Evidence, found: Known, day: date) -> Shown:
    number = said.reference.removeprefix(PREFIX)
    if number == said.reference or not (number.isascii() and number.isdigit()):
        return Shown(said)
    one = found.get(int(number))
    if one is None:
        return Shown(said, chip="inconnu", word="Pièce introuvable, ou hors de votre périmètre")
    chip, word = _WORDS[one.state(day)]
    return Shown(said, reverse("proof:piece", args=[one.number]), chip, word, one.lapses)
