"""Feedback on missions: what was written, where it stands, what is published, how the help is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Max

from archipel.programmes.catalogue.models import FeedbackEvent, Publication, Request

SMALLEST = 3
"""Marks are averaged from that many feedbacks on; fewer would name who gave them."""


class Stage(StrEnum):
    """Where a feedback stands."""

    ECRIT = "ecrit"
    SOUMIS = "soumis"
    A_REPRENDRE = "a_reprendre"
    PUBLIE = "publie"
    RETIRE = "retire"


STAGE_LABELS = {
    Stage.ECRIT: "Brouillon",
    Stage.SOUMIS: "À relire",
    Stage.A_REPRENDRE: "À reprendre",
    Stage.PUBLIE: "Publié",
    Stage.RETIRE: "Retiré",
}
FIELDS = (
    ("titre", "Titre"),
    ("contexte", "Contexte et besoin"),
    ("fait", "Ce qui a été fait"),
    ("resultats", "Résultats, avec leurs mesures"),
    ("difficultes", "Difficultés et risques à connaître"),
    ("conseils", "Conseils à ceux qui suivent"),
    ("besoins", "Besoins auxquels l'offre ne répond pas"),
)
"""The parts of a feedback; the last one goes to the ARS, and is not published."""
MARKS = (("qualite", "Qualité de l'accompagnement"), ("pertinence", "Pertinence pour le GHT"))


@dataclass(frozen=True, slots=True)
class FeedbackLine:
    """A feedback as it stands."""

    request: int
    aid: str
    aid_name: str
    ght: str
    stage: Stage
    content: dict[str, Any]
    actor: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A published feedback, as everybody reads it."""

    number: int
    request: int
    aid: str
    aid_name: str
    region: str
    ght: str
    content: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Marks:
    """How an aid is judged: means on 5, from enough published feedbacks; else None."""

    count: int
    means: dict[str, float] = field(default_factory=dict)


def feedback_of(request: int) -> FeedbackLine | None:
    """The feedback on a request; None when nothing was written."""
    row = FeedbackEvent.objects.filter(request_id=request).select_related("request").order_by("-id").first()
    return _line(row) if row else None


def feedbacks() -> list[FeedbackLine]:
    """The feedbacks in scope, those to review first."""
    last = FeedbackEvent.objects.values("request_id").annotate(last=Max("id")).values_list("last", flat=True)
    rows = FeedbackEvent.objects.filter(pk__in=list(last)).select_related("request")
    return sorted((_line(row) for row in rows), key=lambda f: (f.stage is not Stage.SOUMIS, f.at))


def _line(row: FeedbackEvent) -> FeedbackLine:
    held: Request = row.request
    return FeedbackLine(
        held.pk, held.aid, held.aid_name, held.ght, Stage(row.kind), row.content, row.actor, row.recorded_at, row.reason
    )


def published(aid: str = "") -> list[Published]:
    """What everybody may read, newest first; of one aid, or of all."""
    rows = Publication.objects.order_by("request", "-id").distinct("request")
    found = [
        Published(r.pk, r.request, r.aid, r.aid_name, r.region, r.ght, r.content, r.recorded_at)
        for r in rows
        if not r.withdrawn and aid in ("", r.aid)
    ]
    return sorted(found, key=lambda p: -p.number)


def marks(aid: str) -> Marks:
    """The means of the marks given to an aid."""
    known = published(aid)
    if len(known) < SMALLEST:
        return Marks(len(known))
    means = {}
    for name, _ in MARKS:
        given = [int(p.content[name]) for p in known if p.content.get(name)]
        if len(given) >= SMALLEST:
            means[name] = sum(given) / len(given)
    return Marks(len(known), means)
