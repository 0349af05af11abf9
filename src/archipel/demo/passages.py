"""What the emergency teams of the demonstration send out: documents to a platform of ours that acknowledges, and the
patients' own pages. Through the same services as their screens; every text is invented.

``plateforme-documents.jsonl`` in the demonstration's folder proves each exchange; ``fil-ariane.json`` holds the address
of one open page, since an address is told only once.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from archipel.connectors.mdm.mock import Behaviour, Mock
from archipel.demo.site import scope_for
from archipel.demo.staff import patiently
from archipel.domains.flow import public as flow
from archipel.foundation.accounts.models import Grant, User
from archipel.foundation.accounts.roles import Role
from archipel.foundation.accounts.services import scope_of
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import ArchipelError
from archipel.passages.documents import public as documents
from archipel.passages.pathway import public as pathway
from archipel.territory.reference_values import RefGht

RPPS = "10100000019"
TURN_SECONDS = 12.0
AT_ONCE = 6
"""Documents validated in one turn."""
OF_A_HUNDRED_VALIDATED, OF_A_HUNDRED_FOLLOWED = 75, 40
CASES = (
    {
        "motif": "Douleur thoracique", "examen": "Auscultation normale, tension 132/78.",
        "examens": "Électrocardiogramme et troponine sans particularité.", "diagnostic": "Douleur pariétale",
        "sortie": "Antalgique simple. Revoir le médecin traitant sous 8 jours.",
    },
    {
        "motif": "Chute de sa hauteur", "examen": "Pas de déficit, douleur du poignet droit.",
        "examens": "Radiographie : pas de fracture.", "diagnostic": "Entorse du poignet",
        "traitement": "Attelle posée.", "sortie": "Attelle 10 jours, antalgiques.",
    },
    {
        "motif": "Fièvre et toux", "examen": "Foyer de la base droite, saturation 96 %.",
        "examens": "Radiographie : foyer de la base droite.", "diagnostic": "Pneumopathie",
        "traitement": "Première dose d'antibiotique donnée.", "sortie": "Antibiotique 7 jours, contrôle à 48 h.",
    },
    {
        "motif": "Malaise", "examen": "Examen sans particularité, glycémie 0,95 g/L.",
        "diagnostic": "Malaise vagal", "sortie": "Hydratation, repos. Consulter si récidive.",
    },
)  # fmt: skip
HODA = documents.Recipient("Dr Alix Fictif", "alix.fictif@medecin.mssante.example", "ps", "10100000027")
HOME = documents.Recipient("EHPAD Les Modèles", "accueil@ehpad-modele.mssante.example", "ehpad", "210999990")


def start_platform(home: Path, host: str) -> Mock:
    """The exchange platform of the demonstration, and the settings by which our own processes find it."""
    with socket.create_server((host, 0)) as probe:
        replies = int(probe.getsockname()[1])
    mock = Mock(Behaviour((host, replies), delay=2.0), host=host, path=home / "plateforme-documents.jsonl")
    os.environ.setdefault("ARCHIPEL_PFI", f"{host}:{mock.port}")
    os.environ.setdefault("ARCHIPEL_PFI_LISTEN_HOST", host)
    os.environ.setdefault("ARCHIPEL_PFI_LISTEN_PORT", str(replies))
    return mock.start()


def give_physician(ght: RefGht) -> None:
    """The account ``medecin`` answers for the documents of every emergency department of the group."""
    with in_scope(scope_for(ght)):
        user = User.objects.get(username="medecin")
        user.rpps, user.last_name, user.first_name = RPPS, "MODELE", "Camille"
        user.save(update_fields=["rpps", "last_name", "first_name"])
        for ej in ght.ejs:
            if any(eg.urgences for eg in ej.egs):
                Grant.objects.get_or_create(user=user, role=Role.MEDECIN_URGENCES.value, establishment=ej.finess.value)


def prepare(ght: RefGht, home: Path, *, host: str, web: int) -> Teams:
    """The platform listens, the physician has a number; the teams begin when they are started."""
    give_physician(ght)
    return Teams(home, f"http://{host}:{web}", start_platform(home, host))


class Teams(threading.Thread):
    """Physicians who validate, nurses who open pages, a turn every few seconds until told to stop."""

    def __init__(self, home: Path, base: str, platform: Mock) -> None:
        super().__init__(daemon=True)
        self.path, self.base, self.platform = home / "fil-ariane.json", base, platform
        self.stopping = threading.Event()

    def stop(self) -> None:
        """The teams go home, the platform closes."""
        self.stopping.set()
        self.platform.stop()

    def run(self) -> None:
        """Work until :attr:`stopping` is set; what the situation refuses is left aside."""
        while not self.stopping.wait(TURN_SECONDS):
            for act in (self._validate, self._open):
                with contextlib.suppress(ArchipelError, OSError):
                    patiently(act)

    def _physician(self) -> Scope:
        return scope_of(User.objects.get(username="medecin"))

    def _validate(self) -> None:
        scope = self._physician()
        waiting = [one for one in documents.drafts(scope=scope, limit=300) if one[1] % 100 < OF_A_HUNDRED_VALIDATED]
        for number, venue, kind in waiting[:AT_ONCE]:
            _quietly(partial(_answer_for, scope, number, venue, kind))

    def _open(self) -> None:
        scope = self._physician()
        with in_scope(scope):
            loads = [load for load in flow.ed_loads(scope=scope) if load.present]
            present = [
                patient
                for load in loads
                if scope.sees_names(load.site.establishment)
                for patient in flow.ed_board(scope=scope, site=load.site.finess).patients
                if patient.step.value in ("tri", "attente", "soins")
            ]
        known = pathway.with_thread(scope=scope, venues=[patient.venue_id for patient in present])
        waiting = [p for p in present if p.venue_id % 100 < OF_A_HUNDRED_FOLLOWED and p.venue_id not in known]
        for patient in waiting[:AT_ONCE]:
            language = ("fr", "fr", "fr", "en", "ar", "es", "pt")[patient.venue_id % 7]
            _quietly(partial(self._hand_over, scope, patient.venue_id, language))

    def _hand_over(self, scope: Scope, venue: int, language: str) -> None:
        opened = pathway.open_thread(scope=scope, venue=venue, agreed=True, language=language)
        told = {"adresse": f"{self.base}/fil/{opened.token}/", "passage": venue, "langue": language}
        self.path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _quietly(act: Callable[[], None]) -> None:
    with contextlib.suppress(ArchipelError):
        act()


def _answer_for(scope: Scope, number: int, venue: int, kind: documents.Kind) -> None:
    resident = kind is documents.Kind.FLUDR
    documents.write(
        scope=scope,
        document=number,
        sections=CASES[venue % len(CASES)],
        recipients=[HOME] if resident else [HODA] if venue % 3 else [],
        wishes={"dmp": True, "patient": True},
    )
    documents.validate(scope=scope, document=number)
