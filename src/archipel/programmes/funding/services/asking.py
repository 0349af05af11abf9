"""Putting a question to the optimiser: its inputs are gathered once, and frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.funding.models import Run
from archipel.programmes.funding.queries.activity import parties
from archipel.programmes.funding.queries.eligible import eligible
from archipel.programmes.funding.queries.programme import Programme, programme
from archipel.programmes.funding.queries.projects import projects
from archipel.programmes.funding.queries.runs import RunState
from archipel.programmes.funding.rules.portfolio.instance import (
    Instance,
    Lock,
    Rules,
    Theme,
    Whose,
    checked,
    digest,
    frozen,
    thawed,
)

SECONDS = 60
MOST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``establishments`` are FINESS PMSI; amounts are whole euros.

    ``hopeful``: an establishment whose eligibility is unknown counts as eligible. ``keep_open``: the projects that are
    open already stay in the plan.
    """

    pack: str
    establishments: Sequence[str]
    version: str = ""
    title: str = ""
    at: date | None = None
    themes: Sequence[str] | None = None
    hopeful: bool = False
    keep_open: bool = True
    whose: Whose = Whose.TOUS
    distinct_themes: bool = True
    minimum: int = 1
    at_most: int | None = None
    locks: Sequence[Lock] = ()
    apart: Sequence[frozenset[str]] = ()
    barred: Iterable[tuple[str, str]] = ()
    spend: Mapping[tuple[str, str], int] | None = None
    seconds: int = SECONDS
    about: Mapping[str, str] = field(default_factory=dict)


def instance_of(question: Question) -> tuple[Programme, Instance]:
    """The programme and the instance of a question, with the facts of its date.

    Raises:
        Invalid, NotFound: see the messages; they name what is wrong.
    """
    day = question.at or timezone.localdate()
    about = programme(question.pack, question.version)
    opened = _open(about, question, day) if question.keep_open else []
    joined = (code for lock in opened for code in sorted(lock.perimeter))
    codes = list(dict.fromkeys([*question.establishments, *joined]))
    if not codes:
        raise Invalid("Choisissez au moins un établissement.", code="vide", field="etablissement")
    found = parties(codes, about.activity_fact, day)
    unplaced = [party.finess for party in found if not party.ej]
    if unplaced:
        raise NotFound(f"« {unplaced[0][:20]} » n'est pas un FINESS PMSI connu du périmètre.", code="finess-inconnu")
    wanted = set(question.themes) if question.themes is not None else set(about.themes)
    themes = tuple(
        Theme(one.theme, one.label, one.yes | (one.unknown if question.hopeful else frozenset()))
        for one in eligible(about.id, about.version, codes, day)
        if one.theme in wanted
    )
    own = {(lock.theme, lock.perimeter) for lock in question.locks}
    instance = Instance(
        parties=tuple(found),
        themes=themes,
        bands=about.bands,
        rules=Rules(about.limit, question.distinct_themes, question.whose, question.minimum, question.at_most),
        locks=(*question.locks, *(lock for lock in opened if (lock.theme, lock.perimeter) not in own)),
        apart=tuple(question.apart),
        barred=frozenset(question.barred),
        spend=question.spend,
        about={
            "pack": about.id,
            "version": about.version,
            "date": day.isoformat(),
            "inconnus": "eligibles" if question.hopeful else "ecartes",
            **question.about,
        },
    )
    return about, checked(instance)


def _open(about: Programme, question: Question, day: date) -> list[Lock]:
    """The projects, open already, of the establishments asked about."""
    asked = set(question.establishments)
    found = []
    for one in projects(pack=about.id, at=day):
        members = frozenset(party.finess for party in one.perimeter)
        if not one.position.refused and members & asked:
            found.append(Lock(one.theme, members))
    return found


def ask(*, scope: Scope, question: Question) -> int:
    """Freeze the inputs of a question and leave it to the worker; returns its number.

    Raises:
        Denied: an establishment is out of the caller's scope, or the account manages none of them.
        Invalid, NotFound: see :func:`instance_of`.
    """
    if not 1 <= question.seconds <= MOST_SECONDS:
        raise Invalid(f"La durée va de 1 à {MOST_SECONDS} secondes.", code="duree", field="secondes")
    about, instance = instance_of(question)
    legal = sorted({party.ej for party in instance.parties})
    outside = [code for code in legal if code not in scope.programmes]
    if outside:
        raise Denied(
            f"L'établissement {outside[0]} n'est pas dans votre périmètre : ses chiffres ne sont pas visibles.",
            code="portefeuille-perimetre",
        )
    _require(scope, legal)
    title = " ".join(question.title.split())[:200] or f"Portefeuille {about.title}"
    return _kept(scope, instance, title, about.id, about.version, question.seconds, None)


def _kept(
    scope: Scope, instance: Instance, title: str, pack: str, version: str, seconds: int, parent: int | None
) -> int:
    body, legal = frozen(instance), sorted({party.ej for party in instance.parties})
    with transaction.atomic():
        row = Run.objects.create(
            title=title,
            pack=pack,
            version=version,
            establishments=legal,
            inputs=body,
            digest=digest(body),
            seconds=seconds,
            parent_id=parent,
            actor=scope.actor,
            asked_at=timezone.now(),
        )
        record(
            scope=scope, action="portefeuille.demande", establishment=legal[0] if len(legal) == 1 else "",
            object_type="portefeuille", object_key=str(row.pk), details={"etablissements": len(legal)},
        )  # fmt: skip
    return row.pk


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs when a question is asked again: its locks, more groups parted, limits (None: as before)."""

    locks: Sequence[Lock] = ()
    apart: Sequence[frozenset[str]] = ()
    minimum: int | None = None
    at_most: int | None = None
    limited: bool = False
    """Whether ``at_most`` replaces the former limit, even by none."""


def ask_again(*, scope: Scope, number: int, changes: Changes) -> int:
    """Ask again on the very inputs of an earlier question, so that both answers compare; returns its number.

    Raises:
        NotFound: the scope does not see every establishment of it. Denied: the account manages none of them.
        Invalid: the changes make no sense.
    """
    before = Run.objects.filter(pk=number).first()
    if before is None:
        raise NotFound(f"Le portefeuille n° {number} est introuvable.", code="portefeuille-introuvable")
    _require(scope, before.establishments)
    old = thawed(before.inputs)
    rules = replace(
        old.rules,
        minimum=changes.minimum or old.rules.minimum,
        at_most=changes.at_most if changes.limited else old.rules.at_most,
    )
    apart = tuple(dict.fromkeys([*old.apart, *changes.apart]))
    instance = checked(replace(old, rules=rules, locks=tuple(changes.locks), apart=apart))
    return _kept(scope, instance, before.title, before.pack, before.version, before.seconds, number)


def _require(scope: Scope, establishments: Iterable[str]) -> None:
    kept = (Capability.GERER_PROGRAMMES, Capability.INSTRUIRE_PROGRAMMES)
    if not any(scope.may(capability, code) for code in establishments for capability in kept):
        raise Denied("Votre compte ne gère les programmes d'aucun de ces établissements.", code="portefeuille-droit")


def cancel(*, scope: Scope, number: int) -> None:
    """Give a question up; what was found so far is not kept.

    Raises:
        NotFound. Denied: the account manages none of its establishments. Conflict: it is over.
    """
    with transaction.atomic():
        row = Run.objects.select_for_update().filter(pk=number).first()
        if row is None:
            raise NotFound(f"Le portefeuille n° {number} est introuvable.", code="portefeuille-introuvable")
        _require(scope, row.establishments)
        if RunState(row.state).over:
            raise Conflict("Cette recherche est déjà terminée.", code="portefeuille-fini")
        row.state, row.ended_at = RunState.ANNULE.value, timezone.now()
        row.save(update_fields=["state", "ended_at"])
        record(scope=scope, action="portefeuille.annulation", object_type="portefeuille", object_key=str(number))
