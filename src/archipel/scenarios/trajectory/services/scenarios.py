"""Beginning a scenario, changing its settings, taking a change back, choosing a plan for the group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from archipel.foundation.audit.services import record
from archipel.foundation.outbox.services import publish as announce
from archipel.foundation.scope import Capability, Scope
from archipel.kernel.errors import Conflict, Denied, Invalid
from archipel.scenarios.trajectory.models import Publication, Run, Scenario, Snapshot, Version
from archipel.scenarios.trajectory.queries.facts import read_facts
from archipel.scenarios.trajectory.queries.scenarios import RunState, facts_of, scenario, solution
from archipel.scenarios.trajectory.rules.assumptions import defaults
from archipel.scenarios.trajectory.rules.freezing import digest_of_facts, frozen
from archipel.scenarios.trajectory.rules.presets import settings_for
from archipel.scenarios.trajectory.rules.validating import checked
from archipel.scenarios.trajectory.values.settings import PRESETS, Preset, Settings

TOPIC = "trajectory.scenario"


def require_keeper(scope: Scope, establishments: Sequence[str]) -> None:
    """Raise Denied unless the account keeps the inventory of every establishment of the scenario."""
    for place in establishments:
        scope.require(Capability.GERER_SYSTEMES, place)
        if place not in scope.systems & scope.prices:
            raise Denied("Votre compte ne tient pas l'inventaire de tous ces établissements.", code="inventaire")


def create(
    *, scope: Scope, preset: Preset, members: Sequence[str], title: str = "", day: date | None = None,
    change: Callable[[Settings], Settings] | None = None,
) -> int:  # fmt: skip
    """Freeze the inventory and begin a scenario on it; returns its number.

    Args:
        scope: keeps the inventory of every member.
        preset: the ready-made settings to begin with.
        members: FINESS EJ.
        title: name; that of the preset by default.
        day: the day of the inventory; today by default.
        change: what to make of the preset's settings.

    Raises:
        Denied. Invalid: no member, an empty inventory, settings that make no sense.
    """
    places = sorted(set(members))
    if not places:
        raise Invalid("Choisissez au moins un établissement.", code="vide", field="etablissement")
    require_keeper(scope, places)
    facts = read_facts(places, day)
    settings = settings_for(preset, facts, defaults())
    settings = checked(change(settings) if change else settings, facts, defaults())
    body = frozen(facts)
    with transaction.atomic():
        snapshot = Snapshot.objects.create(
            establishments=places, day=facts.day, ledger=facts.ledger, facts=body, digest=digest_of_facts(body),
            actor=scope.actor, made_at=timezone.now(),
        )  # fmt: skip
        return _begin(scope, snapshot, title or PRESETS[preset][0], settings, None)


def copy(*, scope: Scope, number: int, title: str = "") -> int:
    """Begin another scenario on the very same facts, with the settings as they are now; returns its number.

    Raises:
        Denied. NotFound.
    """
    info = scenario(number)
    require_keeper(scope, info.establishments)
    with transaction.atomic():
        snapshot = Snapshot.objects.get(pk=info.snapshot)
        return _begin(scope, snapshot, title or f"{info.title} (copie)", info.version.settings, number)


def _begin(scope: Scope, snapshot: Snapshot, title: str, settings: Settings, copied: int | None) -> int:
    now = timezone.now()
    row = Scenario.objects.create(
        title=" ".join(title.split())[:120], establishments=snapshot.establishments, snapshot=snapshot,
        copied_from_id=copied, actor=scope.actor, made_at=now,
    )  # fmt: skip
    change = f"Copie du scénario n° {copied}" if copied else f"Préréglage : {PRESETS[settings.preset][0]}"
    Version.objects.create(scenario=row, settings=frozen(settings), change=change, actor=scope.actor, made_at=now)
    _trace(scope, "trajectoire.scenario", row.pk, {"prereglage": settings.preset.value})
    return row.pk


def _trace(scope: Scope, action: str, number: int, details: dict[str, object]) -> None:
    record(scope=scope, action=action, object_type="scenario", object_key=str(number), details=details)
    announce(TOPIC, {"scenario": number, "acte": action.removeprefix("trajectoire.")})


def change(*, scope: Scope, number: int, settings: Settings, what: str) -> int:
    """Give a scenario other settings; returns the number of the version.

    Args:
        scope: keeps the inventory of every member.
        number: the scenario.
        settings: the new settings, whole.
        what: what changed, in French.

    Raises:
        Denied. NotFound. Invalid: settings that make no sense.
    """
    info = scenario(number)
    require_keeper(scope, info.establishments)
    settings = checked(settings, facts_of(info.snapshot), defaults())
    if settings == info.version.settings:
        return info.version.id
    with transaction.atomic():
        row = Version.objects.create(
            scenario_id=number, settings=frozen(settings), change=what[:300], actor=scope.actor, made_at=timezone.now()
        )
        _trace(scope, "trajectoire.reglage", number, {"version": row.pk})
    return row.pk


def undo(*, scope: Scope, number: int) -> str:
    """Take the last change of settings back; returns what it was.

    Raises:
        Denied. NotFound. Conflict: there is nothing to take back.
    """
    info = scenario(number)
    require_keeper(scope, info.establishments)
    with transaction.atomic():
        past = list(Version.objects.filter(scenario_id=number).order_by("id"))
        standing = _standing(past)
        if len(standing) < 2:
            raise Conflict("Il n'y a rien à annuler : ce sont les premiers réglages.", code="rien-a-annuler")
        lost, before = standing[-1], standing[-2]
        row = Version.objects.create(
            scenario_id=number, settings=before.settings, change=f"Annulé : {lost.change}"[:300], undone=True,
            restores=before, actor=scope.actor, made_at=timezone.now(),
        )  # fmt: skip
        _trace(scope, "trajectoire.annulation", number, {"version": row.pk})
    return lost.change


def _standing(past: Sequence[Version]) -> list[Version]:
    """The changes that stand, in order: each undoing takes the last one away."""
    kept: list[Version] = []
    for row in past:
        if row.undone and kept:
            kept.pop()
        elif not row.undone:
            kept.append(row)
    return kept


def choose(*, scope: Scope, number: int, note: str = "") -> None:
    """Choose the plan of a scenario as the trajectory of the group; what was chosen before stays readable.

    Raises:
        Denied. NotFound. Conflict: no plan, one that the checker refuses, or settings changed since.
    """
    info = scenario(number)
    require_keeper(scope, info.establishments)
    found = solution(info)
    if found is None or not found.sound:
        raise Conflict("Ce scénario n'a pas de plan vérifié à publier : calculez-le d'abord.", code="sans-plan")
    if found.run.version != info.version.id:
        raise Conflict("Les réglages ont changé depuis ce plan : recalculez avant de publier.", code="plan-vieilli")
    with transaction.atomic():
        Publication.objects.create(
            scenario_id=number, run_id=found.run.id, note=note.strip()[:1000], actor=scope.actor, made_at=timezone.now()
        )
        _trace(scope, "trajectoire.publication", number, {"recherche": found.run.id})


def take_back(*, scope: Scope, number: int, note: str) -> None:
    """The group has no chosen trajectory any more; the scenario stays readable.

    Raises:
        Denied. NotFound. Conflict: it is not the one that was chosen. Invalid: no reason.
    """
    require_keeper(scope, scenario(number).establishments)
    last = Publication.objects.order_by("-id").first()
    if last is None or last.withdrawn or last.scenario_id != number:
        raise Conflict("Ce scénario n'est pas la trajectoire publiée.", code="sans-publication")
    if not note.strip():
        raise Invalid("Dites pourquoi la trajectoire est retirée.", code="motif", field="motif")
    with transaction.atomic():
        Publication.objects.create(
            scenario_id=last.scenario_id, run_id=last.run_id, withdrawn=True, note=note.strip()[:1000],
            actor=scope.actor, made_at=timezone.now(),
        )  # fmt: skip
        _trace(scope, "trajectoire.retrait", last.scenario_id, {})


def ask(*, scope: Scope, number: int) -> int:
    """Leave the scenario to the worker; returns the number of the search.

    Raises:
        Denied. NotFound. Conflict: a search is under way already.
    """
    info = scenario(number)
    require_keeper(scope, info.establishments)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Run.objects.create(
                    scenario_id=number, version_id=info.version.id, actor=scope.actor, asked_at=timezone.now()
                )
        except IntegrityError as error:
            raise Conflict(
                "Un calcul est déjà en cours : attendez-le, ou arrêtez-le.", code="calcul-en-cours"
            ) from error
        _trace(scope, "trajectoire.calcul", number, {"recherche": row.pk})
    return row.pk


def stop(*, scope: Scope, number: int) -> None:
    """Stop the search of a scenario: what was found is kept when it has begun.

    Raises:
        Denied. NotFound. Conflict: none is under way.
    """
    info = scenario(number)
    require_keeper(scope, info.establishments)
    with transaction.atomic():
        row = (
            Run.objects.select_for_update()
            .filter(scenario_id=number, state__in=("attente", "en_cours"))
            .order_by("-id")
            .first()
        )
        if row is None:
            raise Conflict("Aucun calcul n'est en cours.", code="sans-calcul")
        if row.state == RunState.ATTENTE.value:
            row.state, row.ended_at = RunState.ANNULE.value, timezone.now()
        row.stopping = True
        row.save(update_fields=["state", "ended_at", "stopping"])
        _trace(scope, "trajectoire.arret", number, {"recherche": row.pk})
