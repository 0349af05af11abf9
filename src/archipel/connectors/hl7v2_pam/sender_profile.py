"""A sender's reading profile as people type it: checked field by field, every problem told in French."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archipel.connectors.hl7v2_pam.codec.times import zone
from archipel.connectors.hl7v2_pam.senders import profile_from
from archipel.kernel.errors import Invalid
from archipel.kernel.hl7v2.charset import codec_for

CHARSETS = (
    ("8859/1", "ISO 8859-1 (latin 1)"),
    ("8859/15", "ISO 8859-15 (latin 9)"),
    ("UNICODE UTF-8", "UTF-8"),
    ("ASCII", "ASCII"),
)
TIMEZONES = (
    "Europe/Paris",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Cayenne",
    "Indian/Reunion",
    "Indian/Mayotte",
    "America/Miquelon",
    "Pacific/Noumea",
    "Pacific/Tahiti",
    "UTC",
)
MAX_PAIRS = 5_000
MAX_CODE = 80
_HEADERS = ({"recu", "structure"}, {"reçu", "structure"}, {"code_recu", "code_structure"})


@dataclass(slots=True)
class Typed:
    """What was typed, read: the profile, and the problems by field."""

    name: str
    silence_minutes: int
    profile: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def pairs_text(pairs: Mapping[str, str]) -> str:
    """A correspondence as typed: one ``reçu ; nom`` a line."""
    return "\n".join(f"{left} ; {right}" for left, right in sorted(pairs.items()))


def read_pairs(text: str) -> dict[str, str]:
    """Read a correspondence, one ``reçu ; nom`` a line; also the content of a CSV file, header line or not.

    Raises:
        Invalid: a line that is not two values, a value that is too long, twice the same on the left, too many
        lines; the sentence names the line.
    """
    found: dict[str, str] = {}
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";")
    try:
        for number, row in enumerate(rows, 1):
            cells = [cell.strip() for cell in row]
            if not any(cells) or (number == 1 and {cell.lower() for cell in cells} in _HEADERS):
                continue
            _read_pair(number, cells, found)
    except csv.Error as error:
        raise Invalid(f"Le fichier n'est pas un CSV lisible : {error}.", code="csv") from error
    return found


def _read_pair(number: int, cells: list[str], found: dict[str, str]) -> None:
    if len(cells) != 2 or not all(cells):
        raise Invalid(
            f"Ligne {number} : trouvé {len([c for c in cells if c])} valeur(s), attendu « reçu ; nom dans Archipel ».",
            code="correspondance",
        )
    left, right = cells
    if max(len(left), len(right)) > MAX_CODE:
        raise Invalid(f"Ligne {number} : une valeur dépasse {MAX_CODE} caractères.", code="correspondance")
    if found.get(left, right) != right:
        raise Invalid(
            f"Ligne {number} : « {left} » a déjà une autre correspondance, « {found[left]} ».", code="correspondance"
        )
    found[left] = right
    if len(found) > MAX_PAIRS:
        raise Invalid(f"Plus de {MAX_PAIRS} correspondances.", code="correspondance")


def read_typed(values: Mapping[str, str], *, facility: str) -> Typed:
    """Read the form of a sender; problems are in ``errors``, by name of field.

    Args:
        values: the fields nom, silence, charset, strict, timezone, authority, authorities, uf_map.
        facility: MSH-4 of the sender, the authority by default.
    """

    def given(name: str) -> str:
        return values.get(name, "").strip()

    typed = Typed(given("nom")[:200], 0, {})
    errors = typed.errors
    if not typed.name:
        errors["nom"] = "Donnez un nom à l'émetteur."
    silence = given("silence")
    if silence.isascii() and silence.isdecimal() and int(silence) <= 10_080:
        typed.silence_minutes = int(silence)
    else:
        errors["silence"] = "Attendu un nombre de minutes, de 0 (pas d'alarme) à 10 080 (7 jours)."
    profile: dict[str, Any] = {}
    if codec_for(given("charset")) is None:
        errors["charset"] = f"Jeu de caractères « {given('charset')[:40]} » inconnu."
    profile["charset"] = given("charset")
    profile["strict"] = given("strict") == "oui"
    _zone(given("timezone"), profile, errors)
    if authority := given("authority"):
        profile["authority"] = authority[:MAX_CODE]
    for name in ("authorities", "uf_map"):
        try:
            if pairs := read_pairs(values.get(name, "")):
                profile[name] = pairs
        except Invalid as refusal:
            errors[name] = refusal.message
    if not errors:
        try:
            profile_from(profile, facility=facility)
        except (Invalid, TypeError) as refusal:
            errors["profil"] = str(refusal)
    typed.profile = profile
    return typed


def _zone(name: str, profile: dict[str, Any], errors: dict[str, str]) -> None:
    try:
        zone(name)
    except (ValueError, KeyError, OSError):
        errors["timezone"] = f"Fuseau horaire « {name[:40]} » inconnu : par exemple Europe/Paris."
        return
    profile["timezone"] = name
