"""What the pages of exit documents are asked in the walk of every route."""

from __future__ import annotations

from typing import Any

from archipel.foundation.scope import in_scope, system_scope
from archipel.kernel import clock
from archipel.passages.documents.models import Correspondent, Document, Event

_numbers: dict[str, int] = {}
_addresses: dict[str, int] = {}
_venues: dict[str, int] = {}


def furnish(code: str, mark: str, venue: int, key: str) -> None:
    """A draft about a passage of the establishment and a correspondent, each holding its mark."""
    now = clock.now()
    with in_scope(system_scope("tests", [code])):
        row = Document.objects.create(
            establishment=code, venue=key, venue_number=venue, patient=key, kind="cr_passage", uid=f"2.25.{venue}",
            set_uid=f"2.25.{venue}", left_at=now, sections={"diagnostic": f"{mark}DIAGNOSTIC"}, created_at=now,
            updated_at=now, problem=f"{mark}PROBLEME",
        )  # fmt: skip
        Event.objects.create(
            document=row, establishment=code, kind="prepare", at=now, actor=f"{mark}ACTEUR", text=f"{mark}TEXTE"
        )
        someone = Correspondent.objects.create(
            establishment=code, name=f"{mark}EHPAD", kind="ehpad", address=f"{mark}@ehpad.mssante.fr".lower(),
            created_by="tests", created_at=now,
        )  # fmt: skip
    _numbers[code], _addresses[code], _venues[code] = int(row.pk), int(someone.pk), venue


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    if not pattern.startswith("documents/"):
        return None
    return {"number": [_numbers.get(code, 1)]}.get(name)


def bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    number = _numbers.get(code, 1)
    common = {"document": number, "etablissement": code, "r_diagnostic": "intrus", "motif": "essai", "envoi": "1"}
    return {
        "documents/preparer": [{"venue": _venues.get(code, 1), "type": "fludr"}],
        "documents/<int:number>/agir": [
            {"action": action, **common}
            for action in ("ecrire", "valider", "renvoyer", "parti", "pas_parti", "abandonner")
        ],
        "documents/<int:number>/corriger": [{}],
        "documents/correspondants/": [
            {"etablissement": code, "nom": "Intrus", "type": "ehpad", "adresse": "intrus@ehpad.mssante.fr"},
            {"retirer": _addresses.get(code, 1)},
        ],
    }
