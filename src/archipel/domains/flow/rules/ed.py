"""The emergency department: the step of a passage, from its timeline, its room and what people entered.

Steps only go forward: a patient sent back to the waiting room after a box is still in care. Taking back a
request for a downstream bed is the one way back, from ATTENTE_AVAL to what the rest says.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime

from archipel.domains.flow.rules.beds import standing
from archipel.domains.flow.rules.reading import state_at
from archipel.domains.flow.values import Place, Plan, Segment, VenueStatus, VenueTimeline
from archipel.domains.flow.values.ed import DownstreamRequest, EdFact, EdFactKind, EdLedger, EdStatus, EdStep

STEP_OF_USAGE: Mapping[str, EdStep] = {
    "accueil": EdStep.ACCUEIL,
    "tri": EdStep.TRI,
    "attente": EdStep.ATTENTE,
    "box": EdStep.SOINS,
    "dechocage": EdStep.SOINS,
    "uhcd": EdStep.SOINS,
    "aval": EdStep.ATTENTE_AVAL,
}
"""Usage of a room → the step that being there means. ``radio`` and unknown usages mean none of their own."""

_STEPS = tuple(EdStep)
_ORDER = {step: rank for rank, step in enumerate(_STEPS)}


def fold_ed_facts(facts: Iterable[EdFact], at: datetime, known_at: datetime) -> EdLedger:
    """Read the ledger of ONE passage at ``at``, with what was known at ``known_at``; order never matters.

    The last triage gives level and time; the first medical care its time; the last request for a downstream
    bed stands until cancelled.
    """
    past = [fact for fact in standing(facts, known_at) if fact.effective_at <= at]
    past.sort(key=lambda fact: (fact.effective_at, fact.recorded_at, fact.fact_id))
    triage_at = care_at = None
    level = ""
    request: DownstreamRequest | None = None
    for fact in past:
        details = fact.details
        if fact.kind is EdFactKind.TRI:
            triage_at = triage_at or fact.effective_at
            level = details.get("niveau") or level
        elif fact.kind is EdFactKind.PRISE_EN_CHARGE:
            care_at = care_at or fact.effective_at
        elif fact.kind is EdFactKind.DEMANDE_AVAL:
            since = request.since if request else fact.effective_at
            wanted = (details.get(name, "") for name in ("filiere", "sexe", "isolement"))
            request = DownstreamRequest(since, *wanted)
        elif fact.kind is EdFactKind.ANNULATION_DEMANDE:
            request = None
    return EdLedger(triage_at, level, care_at, request)


def _in_ed(segment: Segment, ed_ufs: Container[str]) -> bool:
    return (segment.place.uf or segment.uf_medicale) in ed_ufs


def _passage(timeline: VenueTimeline, ed_ufs: Container[str], at: datetime) -> list[Segment]:
    """The last unbroken run of segments in the emergency department that began by ``at``."""
    run: list[Segment] = []
    for segment in timeline.segments:
        if segment.begin > at:
            break
        if not _in_ed(segment, ed_ufs):
            continue
        if run and run[-1].end != segment.begin:
            run = []
        run.append(segment)
    return run


def _announced(plan: Plan, begin: datetime, at: datetime) -> datetime:
    """When a pending transfer was announced: the moment in its stamp, kept between ``begin`` and ``at``."""
    text = plan.stamp.partition("|")[0]
    moment = plan.at
    if len(text) == 20 and text.isascii() and text.isdigit():
        try:
            moment = datetime.strptime(text, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
        except ValueError:
            moment = plan.at
    return max(begin, min(moment, at))


def _reached(
    run: list[Segment], usages: Mapping[Place, str], ledger: EdLedger, plans: Iterable[Plan], at: datetime
) -> list[tuple[EdStep, datetime]]:
    """Every piece of evidence for a step, not yet made monotone."""
    begin = run[0].begin
    evidence = [(EdStep.ACCUEIL, begin)]
    for segment in run:
        step = STEP_OF_USAGE.get(usages.get(segment.place, ""))
        if step is not None:
            evidence.append((step, segment.begin))
    if ledger.triage_at is not None:
        evidence.append((EdStep.ATTENTE, ledger.triage_at))
    if ledger.care_at is not None:
        evidence.append((EdStep.SOINS, ledger.care_at))
    if ledger.request is not None:
        evidence.append((EdStep.ATTENTE_AVAL, ledger.request.since))
    for plan in plans:
        if plan.kind == "A15":
            evidence.append((EdStep.ATTENTE_AVAL, _announced(plan, begin, at)))
    return [(step, max(begin, moment)) for step, moment in evidence if moment <= at]


def _climb(evidence: list[tuple[EdStep, datetime]]) -> list[tuple[EdStep, datetime]]:
    """Keep what goes forward, in order of time."""
    steps: list[tuple[EdStep, datetime]] = []
    for step, moment in sorted(evidence, key=lambda e: (e[1], _ORDER[e[0]])):
        if not steps or _ORDER[step] > _ORDER[steps[-1][0]]:
            steps.append((step, moment))
    return steps


def ed_status(
    timeline: VenueTimeline,
    *,
    usages: Mapping[Place, str],
    ed_ufs: Container[str],
    ledger: EdLedger,
    at: datetime,
) -> EdStatus | None:
    """Say where a passage stands at ``at``; None when the venue was never in the emergency department.

    Args:
        timeline: the venue.
        usages: place → usage of the room (accueil, tri, attente, box, dechocage, aval, uhcd, radio).
        ed_ufs: codes of the UF that are an emergency department.
        ledger: what people entered, read at the same moment.
        at: the moment.

    A request for a downstream bed or a pending transfer (A15) means ATTENTE_AVAL. A discharge, or a place
    outside the emergency department, means SORTIE. A patient in short-stay beds of the emergency UF is in care.
    """
    if timeline.cancelled:
        return None
    run = _passage(timeline, ed_ufs, at)
    if not run:
        return None
    left = run[-1].end
    gone = left is not None and left <= at
    until = left if gone and left is not None else at
    plans = () if gone else timeline.plans
    steps = _climb(_reached(run, usages, ledger, plans, until))
    if gone and left is not None:
        steps.append((EdStep.SORTIE, left))
    step, since = steps[-1]
    return EdStatus(
        step=step,
        since=since,
        arrived_at=run[0].begin,
        steps=tuple(steps),
        usage="" if gone else usages.get(run[-1].place, ""),
        triage_level=ledger.triage_level,
        request=None if gone else ledger.request,
        absent=not gone and state_at(timeline, at).status is VenueStatus.ABSENTE,
    )
