"""Money in the database: what the services accept, who may write, the limit of two, what nobody may change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from archipel.foundation.accounts.roles import Role
from archipel.foundation.scope import Scope, in_scope
from archipel.kernel.errors import Conflict, Denied, Invalid, NotFound
from archipel.programmes.funding import public as funding
from archipel.programmes.funding.models import Line, Project, Run
from archipel.programmes.funding.public import Kind
from tests.factories.accounts import audit_entries
from tests.factories.funding import AC, ACTIVITIES, CHAUMONT, DAY, PACK, SINCE, open_project, tell_activities, write
from tests.factories.programmes import CHU, LANGRES, MACON, pmsi, scope_for, tell

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Scope:
    return tell_activities()


def held(scope: Scope, number: int, at: date | None = None) -> funding.ProjectMoney:
    with in_scope(scope):
        return funding.project(number, at)


def test_a_programme_is_read_from_its_pack(group: Scope) -> None:
    about = funding.programme(PACK)
    assert [(band.category, band.amount) for band in about.bands] == [
        ("A", 35_000), ("B", 51_000), ("C", 85_000), ("D", 205_000),
    ]  # fmt: skip
    assert [(one.share, one.year) for one in about.instalments] == [(D("0.5"), 2026), (D("0.5"), 2027)]
    assert len(about.criteria) == 5 and len(about.themes) == 4 and about.limit == 2
    assert {one.id for one in funding.programmes()} == {PACK}
    assert about.sources["plafonds"].startswith("S4")


def test_the_activity_is_a_fact_and_never_a_mean(group: Scope) -> None:
    with in_scope(group):
        one, other = funding.parties([LANGRES, MACON], AC, DAY)
        assert one.activity == 120_000 and "DIM" in one.source and one.ej == LANGRES
        assert other.activity is None and other.source == "non renseignée"
        tell(group, pmsi(LANGRES), AC, D(130_000), SINCE, "ARS")
        (torn,) = funding.parties([LANGRES], AC, DAY)
    assert torn.activity is None and "contradictoires" in torn.source
    with in_scope(scope_for(Role.DIRECTION, CHU)):
        (hidden,) = funding.parties([LANGRES], AC, DAY)
    assert hidden.activity is None, "what is out of scope is unknown"


def test_a_whole_life(group: Scope) -> None:
    project = open_project(group, LANGRES, CHAUMONT)
    found = held(group, project)
    assert (found.ceiling.amount, found.state, found.position.expected) == (205_000, "depose", D(205_000))
    with pytest.raises(Invalid, match="dépasse le plafond"):
        write(group, project, Kind.OCTROI, 205_001)
    with pytest.raises(Invalid, match="critère de modulation"):
        write(group, project, Kind.OCTROI, 180_000)
    grant = write(group, project, Kind.OCTROI, 180_000, reasons={"impact": "cible moindre"}, text="notification")
    with pytest.raises(Invalid, match="reste 90"):
        write(group, project, Kind.ENCAISSEMENT, 90_001, establishment=LANGRES, year=2026, instalment="versement-2026")
    write(group, project, Kind.CONDITION, instalment="versement-2026")
    with pytest.raises(Conflict, match="déjà remplie"):
        write(group, project, Kind.CONDITION, instalment="versement-2026")
    write(group, project, Kind.ENCAISSEMENT, 90_000, establishment=LANGRES, year=2026, instalment="versement-2026")
    write(group, project, Kind.DEPENSE_PREVUE, 100_000, establishment=CHAUMONT, year=2026)
    write(group, project, Kind.DEPENSE_PREVUE, 110_000, establishment=CHAUMONT, year=2026)
    write(group, project, Kind.DEPENSE, "40000.50", establishment=CHAUMONT, year=2026)
    write(group, project, Kind.COFINANCEMENT, 5_000, establishment=LANGRES, year=2027)
    found = held(group, project)
    held_money = found.position
    assert (held_money.granted, held_money.secured, held_money.received) == (180_000, 90_000, 90_000)
    assert (held_money.planned, held_money.spent, held_money.cofunded) == (110_000, D("40000.50"), 5_000)
    assert held_money.reasons == {"impact": "cible moindre"}
    entities = funding.by_entity([found])
    assert (entities[LANGRES].expected, entities[LANGRES].received) == (180_000, 90_000)
    assert (entities[CHAUMONT].expected, entities[CHAUMONT].spent) == (0, D("40000.50"))
    with pytest.raises(Conflict, match="reçues au titre"), in_scope(group):
        funding.undo(scope=group, line=grant, reason="erreur de saisie")
    with pytest.raises(Conflict, match="déjà été reçus"):
        write(group, project, Kind.OCTROI, 80_000, reasons={"impact": "x"})
    assert held(group, project, SINCE).position.granted is None
    assert {entry.action for entry in audit_entries(object_type="financement")} >= {"financement.octroi"}


def test_a_line_is_taken_back_and_stays_readable(group: Scope) -> None:
    project = open_project(group, LANGRES)
    line = write(group, project, Kind.DEPENSE, 10, establishment=LANGRES, year=2026)
    with in_scope(group):
        with pytest.raises(Invalid, match="Dites pourquoi"):
            funding.undo(scope=group, line=line, reason=" ")
        funding.undo(scope=group, line=line, reason="doublon de facture")
        with pytest.raises(Conflict, match="déjà annulée"):
            funding.undo(scope=group, line=line, reason="encore une fois")
        with pytest.raises(NotFound):
            funding.undo(scope=group, line=line + 100, reason="encore une fois")
    found = held(group, project)
    assert found.position.spent == 0 and len(found.facts) == 3


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        (Kind.DEPENSE, {"establishment": MACON, "year": 2026}, "n'est pas dans le périmètre"),
        (Kind.DEPENSE, {"establishment": LANGRES}, "exercice"),
        (Kind.DEPENSE, {"establishment": LANGRES, "year": 1926}, "exercice"),
        (Kind.ENCAISSEMENT, {"establishment": LANGRES, "year": 2026, "instalment": "versement-2026"}, "octroyé"),
        (Kind.CONDITION, {"instalment": "versement-2026"}, "octroyé"),
        (Kind.PERIMETRE, {}, "ne s'écrit pas ici"),
        (Kind.REFUS, {}, "pourquoi"),
    ],
)
def test_what_makes_no_sense_is_refused(group: Scope, kind: Kind, more: dict[str, object], words: str) -> None:
    project = open_project(group, LANGRES)
    with pytest.raises((Invalid, Conflict), match=words):
        write(group, project, kind, None if kind in (Kind.CONDITION, Kind.PERIMETRE, Kind.REFUS) else 10, **more)
    for amount in ("-1", "0.001", "NaN", "1e12"):
        with pytest.raises(Invalid, match="montant"):
            write(group, project, Kind.DEPENSE_PREVUE, amount, establishment=LANGRES, year=2026)
    assert len(held(group, project).facts) == 1


# --- two projects for a FINESS


def test_a_third_project_is_refused_whoever_bears_it(group: Scope) -> None:
    open_project(group, LANGRES)
    second = open_project(group, CHAUMONT, LANGRES, theme="logistique-produits")
    langres = scope_for(Role.DIRECTION, LANGRES)
    chu = scope_for(Role.DIRECTION, CHU)
    for scope, perimeter in ((langres, (LANGRES,)), (chu, (CHU, LANGRES))):
        with pytest.raises(Invalid, match=f"{LANGRES} est déjà dans 2 projets"):
            open_project(scope, *perimeter, theme="temps-travail-rh")
    write(group, second, Kind.REFUS, text="non retenu")
    open_project(chu, CHU, LANGRES, theme="temps-travail-rh")
    with in_scope(group):
        assert Project.objects.count() == 3


@pytest.mark.parametrize(
    ("perimeter", "words"),
    [([], "au moins un"), ([LANGRES, LANGRES], "deux fois"), (["999999999"], "n'est pas un FINESS PMSI")],
)
def test_a_perimeter_that_makes_no_sense(group: Scope, perimeter: list[str], words: str) -> None:
    with pytest.raises((Invalid, NotFound), match=words):
        open_project(group, *perimeter)
    with pytest.raises(Invalid, match="thématique"):
        open_project(group, LANGRES, theme="cuisine")


def test_the_perimeter_changes_and_those_who_join_see_the_past(group: Scope) -> None:
    project = open_project(group, LANGRES)
    write(group, project, Kind.DEPENSE, 10, establishment=LANGRES, year=2026)
    chaumont = scope_for(Role.DIRECTION, CHAUMONT)
    with in_scope(chaumont):
        assert funding.projects() == []
    with in_scope(group):
        funding.set_perimeter(scope=group, project=project, perimeter=[LANGRES, CHAUMONT], effective_on=DAY)
    with in_scope(chaumont):
        (seen,) = funding.projects()
    assert len(seen.facts) == 3 and seen.position.spent == 10
    assert held(group, project, SINCE).ceiling.amount == 85_000
    assert held(group, project, DAY).ceiling.amount == 205_000


# --- who


def test_who_may_write_what(group: Scope) -> None:
    project = open_project(group, LANGRES, CHAUMONT)
    ars, partner = scope_for(Role.REFERENT_ARS, "region:27"), scope_for(Role.CHARGE_PROGRAMMES, CHAUMONT)
    write(ars, project, Kind.OCTROI, 205_000)
    with pytest.raises(Denied):
        write(ars, project, Kind.DEPENSE, 10, establishment=LANGRES, year=2026)
    with pytest.raises(Denied):
        write(partner, project, Kind.OCTROI, 205_000)
    with pytest.raises(Denied):
        write(partner, project, Kind.DEPENSE, 10, establishment=LANGRES, year=2026)
    write(partner, project, Kind.DEPENSE, 10, establishment=CHAUMONT, year=2026)
    with pytest.raises(NotFound):
        write(scope_for(Role.DIRECTION, MACON), project, Kind.DEPENSE, 10, establishment=LANGRES, year=2026)
    facts = held(group, project).facts
    assert [fact.by_authority for fact in facts] == [False, True, False]
    write(scope_for(Role.DIRECTION, LANGRES), project, Kind.CONDITION, instalment="versement-2026")
    assert not held(group, project).facts[-1].by_authority, "written from the notification, and said so"
    with pytest.raises(Denied):
        open_project(scope_for(Role.REFERENT_ARS, "region:27"), CHU)


# --- the portfolio


def ask(scope: Scope, *codes: str, **more: object) -> int:
    with in_scope(scope):
        question = funding.Question(PACK, codes, at=DAY, hopeful=True, **more)  # type: ignore[arg-type]
        return funding.ask(scope=scope, question=question)


def test_a_question_is_frozen_answered_and_found_again(group: Scope) -> None:
    asked = ask(group, LANGRES, CHAUMONT, CHU, title=" Plan du GHT ")
    with in_scope(group):
        waiting = funding.run(asked)
    assert (waiting.state, waiting.title) == (funding.RunState.ATTENTE, "Plan du GHT")
    with in_scope(group):
        tell(group, pmsi(LANGRES), AC, D(1), DAY, "DIM")
    assert funding.claim() == asked and funding.claim() is None
    funding.execute(asked)
    with in_scope(group):
        done = funding.run(asked)
    assert done.state is funding.RunState.FINI and done.certified and done.result["entrees"] == done.digest
    assert done.result["total"] == 2 * 205_000 + 2 * 205_000, "the facts are those of the day it was asked"
    verdict = funding.check(done.inputs, done.result["projets"], done.result["total"], done.result["certificat"])
    assert verdict.optimal
    for change in (
        {"result": {}}, {"inputs": {}}, {"state": "attente"},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), in_scope(group), transaction.atomic():
            Run.objects.filter(pk=asked).update(**change)
    with pytest.raises(DatabaseError), in_scope(group), transaction.atomic():
        Run.objects.filter(pk=asked).delete()


def test_open_projects_stay_in_the_plan(group: Scope) -> None:
    open_project(group, LANGRES)
    for keep, locked in ((True, 1), (False, 0)):
        asked = ask(group, LANGRES, CHAUMONT, keep_open=keep)
        with in_scope(group):
            assert len(funding.run(asked).inputs["verrous"]) == locked


def test_a_question_is_for_who_sees_every_figure_of_it(group: Scope) -> None:
    langres = scope_for(Role.DIRECTION, LANGRES)
    with pytest.raises(Denied, match=CHAUMONT):
        ask(langres, LANGRES, CHAUMONT)
    asked = ask(group, LANGRES, CHAUMONT)
    with in_scope(langres), pytest.raises(NotFound):
        funding.run(asked)
    with in_scope(scope_for(Role.CHARGE_PROGRAMMES, "ght:BFC-03")):
        assert funding.run(asked).id == asked
    with in_scope(scope_for(Role.REFERENT_ARS, "region:84")), pytest.raises(NotFound):
        funding.run(asked)


def test_what_cannot_be_asked(group: Scope) -> None:
    for codes, more, words in [
        ((), {}, "au moins un"),
        (("999999999",), {}, "n'est pas un FINESS PMSI"),
        ((MACON,), {}, "activité combinée est connue"),
        ((LANGRES,), {"seconds": 0}, "durée"),
    ]:
        with pytest.raises((Invalid, NotFound), match=words):
            ask(group, *codes, **more)  # type: ignore[arg-type]


def test_a_search_is_given_up_and_one_that_died_is_asked_again(group: Scope) -> None:
    given_up, died = ask(group, LANGRES), ask(group, CHAUMONT)
    with in_scope(group):
        funding.cancel(scope=group, number=given_up)
        with pytest.raises(Conflict):
            funding.cancel(scope=group, number=given_up)
    assert funding.claim() == died
    from archipel.programmes.funding.services import running

    for left in ("attente", "echec"):
        with in_scope(group):
            Run.objects.filter(pk=died).update(seen_at="2026-01-01T00:00:00Z")
            running.SEARCHES.again()
            assert funding.run(died).state.value == left
        funding.claim()


def test_what_the_solver_refuses_is_told(group: Scope) -> None:
    """Inputs written by another version: the search fails with a sentence, and stays readable."""
    with in_scope(group):
        good = Run.objects.get(pk=ask(group, LANGRES))
        spoilt = Run.objects.create(
            title="x", pack=good.pack, version=good.version, establishments=good.establishments,
            inputs={**good.inputs, "format": 9}, digest="x", state="en_cours", actor="x", asked_at=good.asked_at,
        )  # fmt: skip
    funding.execute(spoilt.pk)
    with in_scope(group):
        told = funding.run(spoilt.pk)
    assert told.state is funding.RunState.ECHEC and "Format d'entrées 9" in told.error


# --- what nobody changes


def test_the_ledger_is_only_added_to(group: Scope) -> None:
    project = open_project(group, LANGRES)
    with pytest.raises(DatabaseError), in_scope(group), transaction.atomic():
        Line.objects.filter(project_id=project).update(text="autre")
    with pytest.raises(DatabaseError), in_scope(group), transaction.atomic():
        Line.objects.filter(project_id=project).delete()


def test_rows_are_hidden_from_the_others(group: Scope) -> None:
    project = open_project(group, LANGRES)
    for scope in (scope_for(Role.DIRECTION, MACON), scope_for(Role.REFERENT_ARS, "region:84")):
        with in_scope(scope):
            assert (Project.objects.count(), Line.objects.count()) == (0, 0)
            with pytest.raises(DatabaseError), transaction.atomic():
                Line.objects.create(
                    project_id=project, kind="depense", effective_on=DAY, recorded_at="2026-06-15T00:00Z", actor="x"
                )
    assert set(ACTIVITIES) == {CHU, LANGRES, CHAUMONT}
