"""The situations in which a professional works, as Pro Santé Connect lists them.

Source: claim ``SubjectRefPro.exercices[].activities[]``. A situation names who is acting and for which structure; it
never adds a right. When its legal entity (FINESS EJ) is one for which the account holds a role, the account works for
that establishment alone until another situation is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass
from typing import Any

from archipel.foundation.accounts.models import User
from archipel.foundation.accounts.sessions import acting
from archipel.foundation.audit.services import record
from archipel.kernel.errors import Invalid

OFFERED = "archipel_situations"
CHOSEN = "archipel_situation"
ESTABLISHMENT = "archipel_situation_ej"
MUST_CHOOSE = "archipel_must_choose"


@dataclass(frozen=True, slots=True)
class Situation:
    """One activity of a professional."""

    key: str
    structure: str
    sector: str
    profession: str
    mode: str
    finess_ej: str
    finess_eg: str


def read(claims: Mapping[str, Any]) -> list[Situation]:
    """The activities listed by the provider, in its order; whatever is malformed is left out."""
    found: list[Situation] = []
    for rank, exercice in enumerate(_dicts(_mapping(claims.get("SubjectRefPro")).get("exercices"))):
        for place, activity in enumerate(_dicts(exercice.get("activities"))):
            structure = _text(activity, "raisonSocialeSite") or _text(activity, "enseigneCommercialeSite")
            found.append(
                Situation(
                    key=f"{rank}-{place}",
                    structure=structure or "Structure non renseignée",
                    sector=_text(activity, "codeSecteurDactivite"),
                    profession=_text(exercice, "codeProfession"),
                    mode=_text(activity, "codeModeExercice"),
                    finess_ej=_text(activity, "numeroFinessetablissementJuridique"),
                    finess_eg=_text(activity, "numeroFinessSite"),
                )
            )
    return found


def offer(session: MutableMapping[str, Any], user: User, found: list[Situation]) -> bool:
    """Keep the activities in the session; returns whether the person must choose (more than one)."""
    session[OFFERED] = [asdict(item) for item in found]
    session[MUST_CHOOSE] = len(found) > 1
    if len(found) == 1:
        choose(session, user, found[0].key)
    return len(found) > 1


def offered(session: Mapping[str, Any]) -> list[Situation]:
    """The activities kept in the session."""
    return [Situation(**item) for item in session.get(OFFERED, [])]


def choose(session: MutableMapping[str, Any], user: User, key: str) -> Situation:
    """Work in this situation from now on.

    Raises:
        Invalid: not one of those offered.
    """
    chosen = next((item for item in offered(session) if item.key == key), None)
    if chosen is None:
        raise Invalid("Choisissez une des situations d'exercice proposées.", code="situation-inconnue")
    held = set(user.grants.values_list("establishment", flat=True))
    session[CHOSEN] = asdict(chosen)
    session[ESTABLISHMENT] = chosen.finess_ej if chosen.finess_ej in held else ""
    session[MUST_CHOOSE] = False
    record(
        scope=acting(user),
        action="situation.choix",
        establishment=session[ESTABLISHMENT],
        object_type="compte",
        object_key=str(user.pk),
        details={"secteur": chosen.sector, "finess_ej": chosen.finess_ej, "finess_eg": chosen.finess_eg},
    )
    return chosen


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value.strip()[:200] if isinstance(value, str) else ""
