"""Scenarios in the database: frozen facts, settings over time, searches, what each constraint costs, the choice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.foundation.webhooks.models import Subscription
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.scenarios.trajectory import public as trajectory
from archipel.scenarios.trajectory.models import Answer, Publication, Run, Scenario, Snapshot, Version
from archipel.scenarios.trajectory.public import Hand, Preset, RunState
from archipel.scenarios.trajectory.rules.checker import cost_of
from tests.factories.accounts import audit_entries
from tests.factories.systems import CHU, LANGRES, application
from tests.factories.trajectory import MEMBERS, furnish, make, solve

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope() -> Scope:
    return furnish()


def found(scope: Scope, number: int) -> trajectory.Solution:
    with in_scope(scope):
        answer = trajectory.solution(trajectory.scenario(number))
    assert answer is not None
    return answer


def tune(scope: Scope, number: int, **changes: object) -> None:
    with in_scope(scope):
        settings = replace(trajectory.scenario(number).version.settings, **changes)  # type: ignore[arg-type]
        trajectory.change(scope=scope, number=number, settings=settings, what="essai")


def test_a_scenario_from_the_inventory_to_the_choice(scope: Scope) -> None:
    number = make(scope, prices=True)
    solve(scope, number)
    with in_scope(scope):
        info = trajectory.scenario(number)
    assert info.run is not None and info.run.state is RunState.FINI, info.run
    plan = found(scope, number)
    assert plan.sound and plan.results is not None and plan.gap <= 0.01
    assert plan.body["cout"] == cost_of(plan.built.problem, plan.choices) == round(sum(plan.results.totals))
    last = {c.by_year[-1] for c in plan.choices if c.function == "dpi"}
    assert len(last) == 1, "everybody ends on one patient record"
    assert {one["key"].partition(":")[0] for one in plan.prices} >= {"equipes", "grande", "cible", "precedence"}
    assert all(one["found"] >= 0 and one["least"] <= one["found"] <= one["most"] for one in plan.prices)
    with in_scope(scope):
        trajectory.choose(scope=scope, number=number, note="Avis favorable du comité")
        chosen = trajectory.chosen()
        assert chosen is not None and chosen.info.id == number and chosen.note
        with pytest.raises(Invalid, match="pourquoi"):
            trajectory.take_back(scope=scope, number=number, note=" ")
        trajectory.take_back(scope=scope, number=number, note="à revoir")
        assert trajectory.chosen() is None
    actions = {entry.action for entry in audit_entries(object_type="scenario")}
    assert actions >= {"trajectoire.scenario", "trajectoire.calcul", "trajectoire.publication", "trajectoire.retrait"}


def test_other_systems_are_told(scope: Scope) -> None:
    with in_scope(scope):
        row = Subscription.objects.create(
            name="essai", url="https://exemple.invalid/", topics=["trajectory.scenario"], secret="x",
            created_by="tests", created_at=timezone.now(),
        )  # fmt: skip
        number = make(scope)
        trajectory.ask(scope=scope, number=number)
    told = row.deliveries.order_by("occurred_at").values_list("payload", flat=True)
    assert [(one["scenario"], one["acte"]) for one in told] == [(number, "scenario"), (number, "calcul")]


def test_the_facts_are_frozen(scope: Scope) -> None:
    number = make(scope, Preset.GARDER)
    with in_scope(scope):
        before = trajectory.facts_of(trajectory.scenario(number).snapshot)
    application(CHU, "NOUVELLE", scope, fonctions=["supervision"], cout_licence="1000")
    other = make(scope, Preset.GARDER)
    with in_scope(scope):
        info, fresh = trajectory.scenario(number), trajectory.scenario(other)
        assert trajectory.facts_of(info.snapshot) == before
        assert fresh.ledger > info.ledger and fresh.digest != info.digest
        assert any(use.code == "NOUVELLE" for use in trajectory.facts_of(fresh.snapshot).uses)


def test_what_is_kept_costs_what_the_inventory_says(scope: Scope) -> None:
    number = make(scope, Preset.GARDER)
    with in_scope(scope):
        info = trajectory.scenario(number)
        made, facts = trajectory.built(info), trajectory.facts_of(info.snapshot)
    held = {(use.establishment, use.code): use for use in made.held.values()}
    known = sum(use.cost for use in held.values() if use.licence is not None and use.run is not None)
    priced = sum(one.licence + one.run for one in made.problem.prices)
    unknown = sum(use.licence is None or use.run is None for use in held.values())
    assert priced >= known and (unknown or priced == known)
    assert {one.code for one in facts.members} == set(MEMBERS)


def test_settings_change_and_a_change_is_taken_back(scope: Scope) -> None:
    number = make(scope)
    tune(scope, number, sovereign_share=0.5)
    tune(scope, number, carbon_cut=0.1)
    with in_scope(scope):
        assert trajectory.undo(scope=scope, number=number) == "essai"
        assert trajectory.scenario(number).version.settings.carbon_cut is None
        assert trajectory.scenario(number).version.settings.sovereign_share == 0.5
        trajectory.undo(scope=scope, number=number)
        assert trajectory.scenario(number).version.settings.sovereign_share == 0.0
        with pytest.raises(Conflict, match="rien à annuler"):
            trajectory.undo(scope=scope, number=number)
        assert len(trajectory.versions(number)) == 5
    with pytest.raises(Invalid, match="Part souveraine"):
        tune(scope, number, sovereign_share=1.5)
    with pytest.raises(Invalid, match="hors de la période"):
        tune(scope, number, hands=(Hand(CHU, "dpi", "Horizon DPI", 2050),))
    with pytest.raises(Invalid, match="inconnu des données figées"):
        tune(scope, number, barred=("Produit de nulle part",))


def test_a_choice_by_hand_is_kept_and_what_it_costs_is_told(scope: Scope) -> None:
    number = make(scope, Preset.LIBRE, gap=0.0, prices=True)
    solve(scope, number)
    free = found(scope, number)
    tune(scope, number, hands=(Hand(LANGRES, "dpi", "Lantern EHR"),))
    with in_scope(scope), pytest.raises(Conflict, match="ont changé"):
        trajectory.choose(scope=scope, number=number)
    solve(scope, number)
    forced = found(scope, number)
    assert not forced.conflict, forced.conflict
    chosen = next(c for c in forced.choices if (c.establishment, c.function) == (LANGRES, "dpi"))
    assert chosen.by_year[-1] == "Lantern EHR"
    price = next(one for one in forced.prices if one["key"] == "choix:0")
    assert "Lantern EHR" in price["sentence"] and price["found"] > 0
    assert price["found"] == pytest.approx(forced.body["cout"] - free.body["cout"], abs=0.001 * free.body["cout"])


def test_what_cannot_be_is_explained_by_its_smallest_conflict(scope: Scope) -> None:
    number = make(scope)
    with in_scope(scope):
        settings = trajectory.scenario(number).version.settings
    tune(scope, number, capacity=(1,) * settings.years)
    solve(scope, number)
    answer = found(scope, number)
    assert answer.conflict["plus_petit"] and not answer.sound
    sentences = [text for _, text in answer.conflict["phrases"]]
    assert any("jours-homme" in text for text in sentences)
    with in_scope(scope), pytest.raises(Conflict, match="pas de plan vérifié"):
        trajectory.choose(scope=scope, number=number)


def test_a_plan_that_the_checker_refuses_is_never_shown(scope: Scope) -> None:
    number = make(scope, Preset.GARDER)
    run = solve(scope, number)
    with in_scope(scope):
        body = dict(Answer.objects.filter(run_id=run, kind="plan").get().body)
        body["choix"] = [[*one[:3], ["Horizon DPI", *one[3][1:]]] for one in body["choix"]]
        Answer.objects.create(
            run_id=run, kind="plan", body=body, digest="x", made_at=trajectory.scenario(number).made_at
        )
    spoilt = found(scope, number)
    assert spoilt.broken and spoilt.results is None and not spoilt.sound
    with in_scope(scope), pytest.raises(Conflict):
        trajectory.choose(scope=scope, number=number)


def test_a_waiting_search_is_given_up(scope: Scope) -> None:
    number = make(scope)
    with in_scope(scope):
        trajectory.ask(scope=scope, number=number)
        trajectory.stop(scope=scope, number=number)
        assert trajectory.scenario(number).run.state is RunState.ANNULE  # type: ignore[union-attr]
        with pytest.raises(Conflict, match="Aucun calcul"):
            trajectory.stop(scope=scope, number=number)
    assert trajectory.claim() is None


def test_scenarios_of_the_same_facts_compare(scope: Scope) -> None:
    number = make(scope)
    with in_scope(scope):
        other = trajectory.copy(scope=scope, number=number, title="Sans hâte")
        one, two = trajectory.scenario(number), trajectory.scenario(other)
    assert (one.snapshot, one.digest) == (two.snapshot, two.digest) and two.copied_from == number


def test_who_may(scope: Scope) -> None:
    from tests.factories.programmes import scope_for as account_scope

    number = make(scope)
    one = account_scope(Role.SERVICES_NUMERIQUES, LANGRES)
    with in_scope(one):
        assert trajectory.scenarios() == []
        with pytest.raises(NotFound):
            trajectory.scenario(number)
        with pytest.raises(Denied):
            trajectory.create(scope=one, preset=Preset.LIBRE, members=[LANGRES, CHU])
        assert trajectory.create(scope=one, preset=Preset.LIBRE, members=[LANGRES])
    reader = account_scope(Role.DIRECTION, "*")
    with in_scope(reader), pytest.raises(Denied):
        trajectory.ask(scope=reader, number=number)


def test_what_is_kept_is_never_changed(scope: Scope) -> None:
    number = make(scope, Preset.GARDER)
    run = solve(scope, number)
    with in_scope(scope):
        trajectory.choose(scope=scope, number=number)
        for model in (Snapshot, Scenario, Version, Answer, Publication):
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            Run.objects.filter(pk=run).update(error="autre")


def test_the_inventory_of_nobody(scope: Scope) -> None:
    with in_scope(scope), pytest.raises(Invalid, match="au moins un"):
        trajectory.create(scope=scope, preset=Preset.LIBRE, members=[])
