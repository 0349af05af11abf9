"""What an ARS adds to the catalogue: offers in versions, and the delays that it gives itself to answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope, in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.catalogue.models import AnswerDelay, Offer
from archipel.programmes.catalogue.queries.aids import MODES, OFFER, themes
from archipel.programmes.catalogue.services.index import refresh
from archipel.programmes.catalogue.values import Acteur
from archipel.programmes.perimetre import public as perimetre


@dataclass(frozen=True, slots=True)
class Written:
    """The offer, and a French sentence."""

    ref: str
    message: str


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """An offer as a form gives it; texts, so that what is wrong can be told field by field."""

    nom: str
    operateur: str
    description: str = ""
    themes: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    prix: str = ""
    part_ars: str = ""
    delai_mois: str = ""
    du: str = ""
    au: str = ""
    quota: str = ""
    acces: str = ""
    par_ars: bool = True
    prerequis: tuple[str, ...] = ()
    liens: tuple[str, ...] = ()


def write_offer(*, scope: Scope, region: str, draft: OfferDraft, code: str = "", reason: str = "") -> Written:
    """Add an offer to a region's catalogue, or a new version of it (``code``).

    Raises:
        Denied: the account does not instruct for the whole region.
        NotFound: no offer of that code.
        Invalid: a field that cannot be accepted, named.
    """
    establishments = _region(scope, region)
    content = _content(draft)
    with in_scope(scope):
        key = code or _code(draft.nom)
        _lock(f"{region}/{key}")
        last = Offer.objects.filter(region=region, code=key).order_by("-version").first()
        if code and last is None:
            raise NotFound("Cette offre n'existe pas.", code="offre-inconnue")
        if last is not None and not code and not last.withdrawn:
            raise Conflict("Une offre de ce nom existe déjà : modifiez-la.", code="offre-existante")
        row = _write(scope, region, key, establishments, content, last, reason=reason)
        refresh()
        return Written(f"{OFFER}{region}/{key}", f"Offre « {content['nom']} » publiée, version {row.version}.")


def withdraw_offer(*, scope: Scope, region: str, code: str, reason: str) -> Written:
    """Stop proposing an offer; requests already made go on. Writing a new version proposes it again.

    Raises:
        Denied, NotFound: not the account's region, or no such offer.
        Invalid: no reason.
        Conflict: already withdrawn.
    """
    establishments = _region(scope, region)
    if not reason.strip():
        raise Invalid("Dites pourquoi l'offre est retirée.", code="motif", field="motif")
    with in_scope(scope):
        _lock(f"{region}/{code}")
        last = Offer.objects.filter(region=region, code=code).order_by("-version").first()
        if last is None:
            raise NotFound("Cette offre n'existe pas.", code="offre-inconnue")
        if last.withdrawn:
            raise Conflict("Cette offre est déjà retirée.", code="offre-retiree")
        _write(scope, region, code, establishments, last.content, last, withdrawn=True, reason=reason)
        refresh()
        return Written(f"{OFFER}{region}/{code}", "Offre retirée.")


def fix_answer_delay(*, scope: Scope, region: str, party: Acteur, days: int | None) -> Written:
    """Fix how many days a party gives itself to answer in the region; None: no delay, hence no alarm.

    Raises:
        Denied: the account does not instruct for the whole region.
        Invalid: out of 1 to 730.
    """
    establishments = _region(scope, region)
    if days is not None and not 1 <= days <= 730:
        raise Invalid("Le délai est de 1 à 730 jours.", code="delai", field="jours")
    with in_scope(scope):
        AnswerDelay.objects.create(
            region=region,
            establishments=establishments,
            party=party.value,
            days=days,
            actor=scope.actor,
            recorded_at=timezone.now(),
        )
        record(
            scope=scope, action="aide.delai", object_type="region", object_key=region,
            details={"partie": party.value, "jours": days},
        )  # fmt: skip
    return Written(region, "Délai de réponse enregistré.")


def _region(scope: Scope, region: str) -> list[str]:
    codes = sorted(perimetre.in_region(region))
    if not codes or not all(scope.may(Capability.INSTRUIRE_PROGRAMMES, code) for code in codes):
        raise Denied("Seule l'ARS de la région peut le faire.", capability=Capability.INSTRUIRE_PROGRAMMES.value)
    return codes


def _write(
    scope: Scope,
    region: str,
    code: str,
    establishments: Sequence[str],
    content: Mapping[str, Any],
    last: Offer | None,
    *,
    withdrawn: bool = False,
    reason: str = "",
) -> Offer:
    row = Offer.objects.create(
        code=code,
        region=region,
        version=1 if last is None else last.version + 1,
        establishments=list(establishments),
        content=dict(content),
        withdrawn=withdrawn,
        reason=" ".join(reason.split())[:300],
        actor=scope.actor,
        recorded_at=timezone.now(),
    )
    record(
        scope=scope,
        action="aide.offre.retirer" if withdrawn else "aide.offre.ecrire",
        object_type="offre",
        object_key=f"{region}/{code}",
        reason=row.reason,
        details={"version": row.version},
    )
    return row


def _content(draft: OfferDraft) -> dict[str, Any]:
    name, operator = _text(draft.nom, 200), _text(draft.operateur, 200)
    if not name or not operator:
        field, what = ("nom", "un nom") if not name else ("operateur", "un opérateur")
        raise Invalid(f"Donnez {what} à l'offre.", code=field, field=field)
    known = {theme.id for theme in themes()}
    if not draft.themes or not set(draft.themes) <= known:
        raise Invalid("Choisissez au moins un thème de la liste.", code="themes", field="themes")
    if not set(draft.modes) <= set(MODES):
        raise Invalid("Mode de financement inconnu.", code="modes", field="modes")
    begin, stop = _day(draft.du, "du"), _day(draft.au, "au")
    if begin and stop and stop < begin:
        raise Invalid("L'offre finit avant d'avoir commencé.", code="dates", field="au")
    return {
        "nom": name,
        "operateur": operator,
        "description": draft.description.strip()[:8000],
        "themes": list(draft.themes),
        "modes": list(draft.modes),
        "prix": _number(draft.prix, "prix", 10_000_000),
        "part_ars": _number(draft.part_ars, "part_ars", 100),
        "delai_mois": _whole(draft.delai_mois, "delai_mois", 60),
        "du": begin.isoformat() if begin else "",
        "au": stop.isoformat() if stop else "",
        "quota": _whole(draft.quota, "quota", 10_000),
        "acces": _text(draft.acces, 500),
        "par_ars": draft.par_ars,
        "prerequis": [_text(one, 300) for one in draft.prerequis if one.strip()][:20],
        "liens": [_text(one, 500) for one in draft.liens if one.strip().startswith(("http://", "https://"))][:10],
    }


def _text(text: str, most: int) -> str:
    return " ".join(text.split())[:most]


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise Invalid(f"« {text[:20]} » n'est pas une date.", code="date", field=field) from None


def _number(text: str, field: str, most: int) -> str:
    if not text.strip():
        return ""
    try:
        value = Decimal("".join(text.split()).replace(",", "."))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= most:
        raise Invalid(f"« {text[:20]} » trouvé, un nombre de 0 à {most} attendu.", code="nombre", field=field)
    return str(value)


def _whole(text: str, field: str, most: int) -> int | None:
    found = _number(text, field, most)
    if found and Decimal(found) != int(Decimal(found)):
        raise Invalid(f"« {text[:20]} » trouvé, un nombre entier attendu.", code="nombre", field=field)
    return int(Decimal(found)) if found else None


def _code(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "offre"


def _lock(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7205333, hashtext(%s))", [key])
