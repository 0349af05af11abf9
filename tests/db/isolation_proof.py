"""What the pages of proof are asked in the walk of every route."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from archipel.foundation.scope import in_scope, system_scope
from archipel.programmes.proof import public as proof
from archipel.programmes.proof.queries.packs import pack as find_pack
from archipel.programmes.proof.queries.subjects import subject
from archipel.programmes.proof.services import deposits, keys
from archipel.programmes.proof.services.readings import take
from archipel.programmes.proof.values import Level
from tests.factories.proof import PDF

PACK = "hopen2-aap"
_known: dict[str, dict[str, list[object]]] = {}


def furnish(code: str, mark: str) -> None:
    """A document, an opinion, a declaration, a comment, a reading and an archive, each holding the mark."""
    os.environ.setdefault("ARCHIPEL_PROOF_KEYS", tempfile.mkdtemp(prefix="archipel-cles-"))
    scope = system_scope(f"{mark}auteur", [code])
    with in_scope(scope):
        pack, whom = find_pack(PACK), subject(code, Level.EJ)
        measured = next(one for one in proof.requirements(pack) if one.binding.metric)
        common: dict[str, Any] = {"scope": scope, "pack": pack, "path": measured.path, "subject": whom}
        made = deposits.deposit_piece(
            **common, title=f"{mark}PIECE", effective_on=date(2026, 5, 4), name=f"{mark}.pdf",
            content=PDF.replace(b"/Catalog", f"/Catalog /Title ({mark})".encode()),
        )  # fmt: skip
        deposits.record_decision(**common, instance=f"{mark}CME", held_on=date(2026, 5, 4), opinion="favorable")
        deposits.declare(**common, answer="oui", effective_on=date(2026, 5, 4), note=f"{mark}NOTE")
        deposits.comment(**common, text=f"{mark}COMMENTAIRE")
        take(scope=scope, metric=measured.binding.metric, subject=whom)
        frozen = proof.freeze(scope=scope, pack=PACK, subject=code)
        asked = proof.ask_freeze(scope=scope, pack=PACK, subject=code)
    _known[code] = {
        "entry": [made.entry], "archive": [frozen.number], "numero": [asked], "pack_id": [PACK],
        "chemin": [measured.path], "mesure": [measured.binding.metric], "empreinte": [keys.signer().public.fingerprint],
    }  # fmt: skip


def values(pattern: str, name: str, code: str) -> list[object] | None:
    """The values of a parameter of these pages; None: not one of them."""
    if not pattern.startswith(("programmes/preuves", "api/v1/preuves")):
        return None
    first = next(iter(proof.requirements(find_pack(PACK)))).path
    unknown: dict[str, list[object]] = {
        "entry": [1], "archive": [1], "numero": [1], "pack_id": [PACK], "chemin": [first],
        "mesure": ["structure-partagee"], "empreinte": ["0" * 64],
    }  # fmt: skip
    return _known.get(code, unknown).get(name)


def queries(pattern: str, code: str) -> list[str]:
    """Query strings worth asking: about the establishment itself."""
    if not pattern.startswith(("programmes/preuves", "api/v1/preuves")):
        return []
    if pattern.startswith("api/"):
        return [f"sujet={code}"]
    return [f"sujet=ej-{code}", f"sujet=finess_pmsi-{code}&au=2026-11-20"]


def bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """What to post, by pattern."""
    whom, room = {"sujet": f"ej-{code}"}, "programmes/preuves/"
    entry = _known.get(code, {}).get("entry", [1])[0]
    acts: list[dict[str, Any]] = [
        {"action": "piece", "titre": "intrus", "date": "2026-05-05", "fichier": SimpleUploadedFile("x.pdf", PDF)},
        {"action": "decision", "instance": "intrus", "date": "2026-05-05", "avis": "favorable"},
        {"action": "declaration", "reponse": "non", "date": "2026-05-05"},
        {"action": "commentaire", "texte": "intrus"},
        {"action": "liaison", "nature": "declaratif", "raison": "intrus", "date": "2026-05-05"},
        {"action": "retrait", "ligne": str(entry), "raison": "intrus"},
        {"action": "relire"},
    ]
    return {
        room + "exigences/<str:pack_id>/<path:chemin>/agir": [whom | one for one in acts],
        room + "mesures/<str:mesure>/relire": [whom],
        room + "archives/geler": [whom | {"pack": PACK}],
        room + "archives/verifier/": [{"archive": SimpleUploadedFile("x.zip", b"PK")}],
    }


def api_bodies(code: str) -> dict[str, list[dict[str, Any]]]:
    """The same for the programming interface."""
    return {"api/v1/preuves/gels": [{"pack": PACK, "sujet": code}]}
