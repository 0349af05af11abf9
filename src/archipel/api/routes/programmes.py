"""Who is eligible to which programme, and why. No personal data."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from archipel.api.access import scope_of_request
from archipel.api.tables import Page, PagingQuery, answer
from archipel.foundation.web.formats import PARIS
from archipel.programmes.eligibility.public import flat, verdicts

router = Router(tags=["programmes"])


class ValeurOut(Schema):
    """What one source says of a fact."""

    valeur: str
    source: str
    depuis: date | None
    jusqu_au: date | None
    preuve: str
    mode: str
    numero: int


class FaitLuOut(Schema):
    """A fact that the rule reads; several values contradict one another."""

    fait: str
    libelle: str
    finess: str
    niveau: str
    etat: str
    valeurs: list[ValeurOut]


class FaitUtileOut(Schema):
    """A fact that would help to decide: to be told, to be told again, or to be settled."""

    fait: str
    libelle: str
    finess: str
    niveau: str
    nom: str
    pourquoi: str


class EligibiliteOut(Schema):
    """The answer to one question for one establishment."""

    NESTED: ClassVar[tuple[str, ...]] = ("faits", "suffirait_pour_oui", "trancherait", "explication")
    etablissement: str
    ej: str
    ght: str
    finess: str
    niveau: str
    nom: str
    pack: str
    version: str
    programme: str
    theme: str
    libelle: str
    regle: str
    source: str
    au: date
    verdict: str
    phrase: str
    contradiction: bool
    faits: list[FaitLuOut]
    suffirait_pour_oui: list[list[FaitUtileOut]]
    trancherait: list[list[FaitUtileOut]]
    explication: list[str]


class Demande(Schema):
    """Of whom, about what, at which date."""

    finess: list[str] = []
    pack: str = ""
    theme: str = ""
    au: date | None = None
    su: date | None = None
    clos: bool = False
    regles: bool = False


@router.get("/eligibilite", response=Page[EligibiliteOut], summary="Qui est éligible à quoi, et pourquoi")
def eligibility(request: HttpRequest, paging: PagingQuery, demande: Annotated[Demande, Query()]) -> Any:
    """`verdict` : `oui`, `non` ou `inconnu`. `finess` : numéros, codes de GHT ou `region:<code>`, répétés ; par défaut
    tous ceux que le compte voit. `au` : date de l'évaluation ; `su` : d'après ce qui était su ce jour-là. `regles` :
    chaque règle au lieu des thèmes. `suffirait_pour_oui` et `trancherait` : plus petits ensembles de faits."""
    known = datetime.combine(demande.su, time.max, PARIS) if demande.su else None
    found = verdicts(
        scope=scope_of_request(request), at=demande.au or timezone.localdate(), subjects=demande.finess or None,
        pack=demande.pack, theme=demande.theme, known_at=known, closed=demande.clos, rules=demande.regles,
    )  # fmt: skip
    rows = [EligibiliteOut(**one) for one in flat(found)]
    return answer(request, "eligibilite", EligibiliteOut, rows, paging)
