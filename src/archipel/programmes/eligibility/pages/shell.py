"""What these pages share: what the address asks for, and how answers are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from archipel.foundation.scope import Capability
from archipel.foundation.web.asking import scope_of
from archipel.foundation.web.export import table_response
from archipel.foundation.web.formats import PARIS
from archipel.kernel import clock
from archipel.kernel.errors import Invalid
from archipel.programmes.eligibility.queries.verdicts import Verdicts, verdicts
from archipel.programmes.eligibility.values import Answer, Needed, Question
from archipel.programmes.facts.public import day_of
from archipel.programmes.packs.public import Maille, Verdict
from archipel.programmes.perimetre.public import Key
from archipel.territory.screens.common import holding

__all__ = ["Asked", "answer_url", "asked", "entry_url", "scope_of", "seeing", "table_response"]

seeing = holding(Capability.VOIR_PROGRAMMES)
"""Let in connected accounts that see the steering data of some establishment."""
WHY = {"manque": "à dire", "contredit": "sources à départager", "perime": "périmé, à redire", "cache": "hors de vue"}
TRAIL = [("Programmes", "/programmes/"), ("Éligibilité", "/programmes/eligibilite/")]


def day_in(query: QueryDict, name: str = "au") -> date:
    """The day of the address; today when absent.

    Raises:
        Invalid: it is not a date.
    """
    text = query.get(name, "").strip()
    found = day_of(text) if text else timezone.localdate()
    if found is None:
        raise Invalid(
            f"« {text[:30]} » n'est pas une date de 1990 à 2100 : jj/mm/aaaa attendu.",
            code="date-impossible",
            field=name,
        )
    return found


def known_in(query: QueryDict) -> datetime | None:
    """The end of the past day ``su`` in Paris; None when it is not asked, or not past."""
    if not query.get("su", "").strip():
        return None
    day = day_in(query, "su")
    return datetime.combine(day, time.max, PARIS) if day < timezone.localdate() else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    at: date
    known_at: datetime | None
    subjects: tuple[str, ...]
    ght: str
    pack: str
    theme: str
    verdict: str
    closed: bool


def asked(request: HttpRequest) -> Asked:
    """What the address asks for: ``ght``, ``finess`` (several, or separated by blanks), ``pack``, ``theme``…"""
    query = request.GET
    codes = tuple(code for text in query.getlist("finess") for code in text.replace(",", " ").split())
    verdict = query.get("verdict", "")
    return Asked(
        day_in(query), known_in(query), codes, query.get("ght", ""), query.get("pack", ""), query.get("theme", ""),
        verdict if verdict in set(Verdict) else "", query.get("clos") == "1",
    )  # fmt: skip


def evaluated(request: HttpRequest, what: Asked, *, ways: bool = True) -> Verdicts:
    """The answers that the address asks for."""
    subjects = what.subjects or ((f"ght:{what.ght}",) if what.ght else None)
    return verdicts(
        scope=scope_of(request), at=what.at, subjects=subjects, pack=what.pack, theme=what.theme,
        known_at=what.known_at, closed=what.closed, ways=ways,
    )  # fmt: skip


def answer_url(question: Question, key: Key, what: Asked) -> str:
    """The page of one answer, at the same date."""
    theme = f"={question.rule}" if question.alone else question.theme or "-"
    url = reverse("eligibility:reponse", args=[question.pack, theme, key.kind.value, key.code])
    more = {"au": what.at.isoformat()} if what.at != timezone.localdate() else {}
    if what.known_at is not None:
        more["su"] = clock.day_of(what.known_at).isoformat()
    return f"{url}?{urlencode(more)}" if more else url


def entry_url(one: Needed, back: str) -> str:
    """Where a missing fact is told, or a contradiction settled; empty when it cannot be from here."""
    if one.why == "cache" or one.subject.maille is Maille.PROJET:
        return ""
    if one.why == "contredit":
        return reverse("facts:fait", args=[one.subject.maille.value, one.subject.code, one.fact])
    given = urlencode({"sujet": str(one.subject), "fait": one.fact, "suite": back})
    return f"{reverse('facts:saisir')}?{given}"


def shown_need(one: Needed, back: str) -> dict[str, Any]:
    """A missing fact for the template."""
    return {"n": one, "pourquoi": WHY[one.why], "url": entry_url(one, back)}


def shown_answer(one: Answer, what: Asked) -> dict[str, Any]:
    """An answer for the template."""
    return {"r": one, "url": answer_url(one.question, one.key, what)}
